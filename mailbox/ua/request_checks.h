// What every request must pass before it means anything (RFC 3261 section 8.2).   Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "common/sip/message.h"
#include "mailbox/ua/user_agent.h"

namespace um::ua {

/// 420 with Unsupported if Require names anything but what we support (section 8.2.2.3).
std::optional<Refuse> CheckRequire(const sip::Message& request);

/// 406 if an Accept is there that excludes SDP (section 8.2.3, 20.1).
std::optional<Refuse> CheckAccept(const sip::Message& request);

/// Whether the body says of itself that it need not be understood; by default it must
/// (section 20.11).
bool IsOptional(const sip::Message& request);

/// The session description in a request, alone or in a multipart body (RFC 5621): its text, nullopt
/// if there is none, or 415 (section 8.2.3) for a body that we would have to understand and do not.
std::variant<std::optional<std::string>, Refuse> SessionDescriptionIn(const sip::Message& request);

/// The same for what answers an offer of ours: "" for anything but SDP.
std::string AnswerIn(const sip::Message& message);

/// How many seconds the INVITE is good for (section 13.3.1); nullopt: not said.
std::optional<int> ExpiresIn(const sip::Message& invite);

}  // namespace um::ua
