// Who was called before the call came to us: Diversion (RFC 5806), History-Info (RFC 4244,
// RFC 7044) and voicemail URIs (RFC 4458).   Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/sip/address.h"

namespace um::sip {

/// Why a call was diverted.
enum class DiversionReason { kUnknown, kUserBusy, kNoAnswer, kUnconditional, kOther };

/// One party that the call was diverted from.
struct Diversion {
  Uri uri;
  std::string display_name;
  DiversionReason reason = DiversionReason::kUnknown;
  bool operator==(const Diversion&) const = default;
};

/// True if two URIs name the same user or number, wherever. Without a user the hosts count.
bool SameParty(const Uri& a, const Uri& b);

/// The Diversion headers' values in order of appearance: the newest diversion first, the original
/// party last (RFC 5806 section 4). Entries that do not parse are left out.
std::vector<Diversion> ParseDiversion(const std::vector<std::string>& header_values);

/// The diversions that History-Info tells of, newest first as above: each entry that was left for
/// somebody else. Entries that only say where a user is (`rc`, `np`; or the same user at another
/// host) are none, and `mp` names the entry that was left (RFC 7044 section 5). The last entry is
/// who is called now, unless it has a Reason and is not `request_uri`: some peers do not list that
/// one. The reason is that of the escaped Reason header, else of the `cause` parameter (RFC 4458).
std::vector<Diversion> ParseHistoryInfo(const std::vector<std::string>& header_values,
                                        const Uri& request_uri = {});

/// The mailbox that a request URI itself asks for: its `target` and `cause` parameters (RFC 4458).
/// nullopt: it has no usable target.
std::optional<Diversion> ParseVoicemailTarget(const Uri& request_uri);

}  // namespace um::sip
