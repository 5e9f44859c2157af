// The mail that tells of a message: voice mail with its recording, or a missed call.
//
// The same message gives the same bytes every time, so that a repeated submission is a repetition
// and not a second mail.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mailbox/store/message_store.h"

namespace um::delivery {

/// Who writes the mail.
struct Originator {
  std::string address;    ///< of header From, beside the caller's name: "voicemail@example.com"
  std::string host_name;  ///< the right side of Message-IDs
};

/// Builds the mail: RFC 5322, 7-bit, CRLF line ends. Classes and headers: [MS-OXOUM] section 2.2.5,
/// [MS-OXCMAIL] sections 2.1.3.2.2 and 2.2.3.2.23.   Thread: any.
/// In the language of the call's dial plan, if it is one of words.h, and the user's time zone.
/// @param audio the recording in the message's format; ignored for a missed call.
std::string BuildMail(const store::StoredMessage& message, std::string_view audio,
                      const Originator& originator);

/// The same from the store: reads the recording, makes it as loud as others and cuts off the
/// silence around it (domain::ForListeners), encodes it, builds the mail. Blocking.
absl::StatusOr<std::string> ComposeMail(store::MessageStore& store, store::StoredMessage message,
                                        const Originator& originator);

/// A message's recording, as it is kept, as a file of `format`; "" for a missed call. Blocking.
absl::StatusOr<std::string> ComposeAudio(store::MessageStore& store,
                                         const store::StoredMessage& message,
                                         domain::AudioFormat format);

}  // namespace um::delivery
