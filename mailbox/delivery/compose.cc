// From the store to the mail.
#include "common/base/status.h"
#include "mailbox/audio/files.h"
#include "mailbox/delivery/mail.h"

namespace um::delivery {

absl::StatusOr<std::string> ComposeAudio(store::MessageStore& store,
                                         const store::StoredMessage& message,
                                         domain::AudioFormat format) {
  if (message.kind == domain::MessageKind::kMissedCall) return std::string();
  UM_ASSIGN_OR_RETURN(const std::string codes, store.Audio(message.call.message_id));
  if (format == domain::AudioFormat::kG711) return audio::WavOfG711(message.call.law, codes);
  const auto& table = domain::G711Table(message.call.law);
  std::vector<int16_t> samples(codes.size());
  for (size_t i = 0; i < codes.size(); ++i) samples[i] = table[static_cast<uint8_t>(codes[i])];
  return audio::Encode(samples, format);
}

absl::StatusOr<std::string> ComposeMail(store::MessageStore& store,
                                        const store::StoredMessage& message,
                                        const Originator& originator) {
  UM_ASSIGN_OR_RETURN(const std::string audio,
                      ComposeAudio(store, message, message.call.audio_format));
  return BuildMail(message, audio, originator);
}

}  // namespace um::delivery
