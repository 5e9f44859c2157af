// What umctl explains: features, numbers, and who changed what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mailbox/cli/client.h"

namespace um::cli {

/// "2h", "3d", "30min", or a time, as RFC 3339 in UTC. @param now [s since 1970] nullopt: neither
std::optional<std::string> SinceTime(std::string_view text, int64_t now);
/// The same, ahead: "90d" is 90 days from now.
std::optional<std::string> UntilTime(std::string_view text, int64_t now);

void ExplainMailbox(const Client& client, const std::string& mailbox, const std::string& feature,
                    bool json);
void TestNumber(const Client& client, const admin::v1::TestNumberRequest& request, bool json);
/// @param limit entries; 0: all. @param since as in SinceTime(); "": from the beginning
void ShowAudit(const Client& client, admin::v1::ListAuditRequest request, const std::string& since,
               uint32_t limit, bool json);

}  // namespace um::cli
