// From the store to the mail.
#include "common/base/status.h"
#include "mailbox/audio/files.h"
#include "mailbox/delivery/mail.h"
#include "mailbox/domain/loudness.h"

namespace um::delivery {

namespace {

std::vector<int16_t> SamplesOf(domain::Law law, const std::string& codes) {
  const auto& table = domain::G711Table(law);
  std::vector<int16_t> samples(codes.size());
  for (size_t i = 0; i < codes.size(); ++i) samples[i] = table[static_cast<uint8_t>(codes[i])];
  return samples;
}

std::string CodesOf(domain::Law law, const std::vector<int16_t>& samples) {
  std::string codes(samples.size(), 0);
  domain::EncodeG711(law, samples, reinterpret_cast<uint8_t*>(codes.data()));
  return codes;
}

}  // namespace

absl::StatusOr<std::string> ComposeAudio(store::MessageStore& store,
                                         const store::StoredMessage& message,
                                         domain::AudioFormat format) {
  if (message.kind == domain::MessageKind::kMissedCall) return std::string();
  const domain::Law law = message.call.law;
  UM_ASSIGN_OR_RETURN(const std::string codes, store.Audio(message.call.message_id));
  if (format == domain::AudioFormat::kG711) return audio::WavOfG711(law, codes);
  return audio::Encode(SamplesOf(law, codes), format);
}

absl::StatusOr<std::string> ComposeMail(store::MessageStore& store, store::StoredMessage message,
                                        const Originator& originator) {
  if (message.kind == domain::MessageKind::kMissedCall) return BuildMail(message, "", originator);
  const domain::Law law = message.call.law;
  UM_ASSIGN_OR_RETURN(const std::string codes, store.Audio(message.call.message_id));
  const std::vector<int16_t> samples = domain::ForListeners(SamplesOf(law, codes));
  message.duration = domain::Milliseconds(samples.size() * 1000 / domain::kSampleRate);
  if (message.call.audio_format == domain::AudioFormat::kG711) {
    return BuildMail(message, audio::WavOfG711(law, CodesOf(law, samples)), originator);
  }
  UM_ASSIGN_OR_RETURN(const std::string audio, audio::Encode(samples, message.call.audio_format));
  return BuildMail(message, audio, originator);
}

}  // namespace um::delivery
