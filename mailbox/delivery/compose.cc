// From the store to the mail.
#include "common/base/status.h"
#include "mailbox/audio/files.h"
#include "mailbox/delivery/mail.h"

namespace um::delivery {
namespace {

constexpr int kBitRate = 16000;  // [bit/s]

}  // namespace

absl::StatusOr<std::string> ComposeMp3(store::MessageStore& store,
                                       const store::StoredMessage& message) {
  if (message.kind == domain::MessageKind::kMissedCall) return std::string();
  UM_ASSIGN_OR_RETURN(const std::string codes, store.Audio(message.call.message_id));
  const auto& table = domain::G711Table(message.call.law);
  std::vector<int16_t> samples(codes.size());
  for (size_t i = 0; i < codes.size(); ++i) samples[i] = table[static_cast<uint8_t>(codes[i])];
  return audio::EncodeMp3(samples, kBitRate);
}

absl::StatusOr<std::string> ComposeMail(store::MessageStore& store,
                                        const store::StoredMessage& message,
                                        const Originator& originator) {
  UM_ASSIGN_OR_RETURN(const std::string mp3, ComposeMp3(store, message));
  return BuildMail(message, mp3, originator);
}

}  // namespace um::delivery
