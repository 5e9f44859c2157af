// The key that an INFO inside a call brings (RFC 6086 appendix A: the use of INFO from before its
// packages).   Pure.
#pragma once

#include <variant>

#include "common/sip/message.h"
#include "mailbox/ua/user_agent.h"

namespace um::ua {

/// Takes application/dtmf-relay ("Signal=5", "Duration=160") and application/dtmf ("5").
/// @return '0' to '9', '*', '#'; 0 if the INFO is fine and brings none (no body, or a key that
/// telephones do not have, like A or the hook flash); else how it is refused.
std::variant<char, Refuse> KeyIn(const sip::Message& info);

}  // namespace um::ua
