// The mail that tells a user something: that voice mail is there, or a new PIN.
#pragma once

#include <string>
#include <vector>

#include "mailbox/delivery/mail.h"
#include "mailbox/store/notice_store.h"

namespace um::delivery {

/// What a notice tells beside the PIN.
struct NoticeFacts {
  std::string name;     ///< the user's: "Ann Archer"
  std::string address;  ///< the mailbox' own
  std::string language = "en-US";
  std::vector<std::string> extensions;  ///< the primary one first
  std::string access_number;            ///< to call voice mail at; "": none is known
  std::string text;                     ///< the policy's, plain or simple HTML
};

/// Builds the mail. A notice's every mail has a Message-ID of its own, because it has a PIN of its
/// own: a mail system that drops what it has seen must not drop the right one.   Thread: any.
/// @param recipient of the mail. @param at when it is written
std::string BuildNotice(const store::StoredNotice& notice, const NoticeFacts& facts,
                        const std::string& recipient, const std::string& pin, domain::WallTime at,
                        const Originator& originator);

}  // namespace um::delivery
