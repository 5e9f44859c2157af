// Who was called before the call came to us: Diversion (RFC 5806) and History-Info (RFC 4244, RFC 7044).   Pure.
#pragma once

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

/// The Diversion headers' values in order of appearance: the newest diversion first, the original party last (RFC 5806
/// section 4). Entries that do not parse are left out.
std::vector<Diversion> ParseDiversion(const std::vector<std::string>& header_values);

/// The diversions that History-Info tells of, newest first as above: every entry but the last (that is us), where its
/// user differs from its successor's; the reason from the escaped Reason header or the `cause` parameter (RFC 4458).
std::vector<Diversion> ParseHistoryInfo(const std::vector<std::string>& header_values);

}  // namespace um::sip
