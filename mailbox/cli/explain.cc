#include "mailbox/cli/explain.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "mailbox/cli/changes.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

std::optional<int64_t> SecondsOf(std::string_view unit) {
  if (unit == "s") return 1;
  if (unit == "m" || unit == "min") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  if (unit == "w") return 7 * 86400;
  return std::nullopt;
}

std::string Rfc3339(int64_t seconds) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(seconds),
                          absl::UTCTimeZone());
}

std::optional<std::string> TimeOf(std::string_view text, int64_t now, bool ahead) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (error == std::errc() && count >= 0 && count < 1'000'000) {
    if (const auto seconds = SecondsOf(unit))
      return Rfc3339(now + (ahead ? 1 : -1) * count * *seconds);
  }
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    absl::Time time;
    if (absl::ParseTime(format, absl::string_view(text.data(), text.size()), &time, nullptr)) {
      return Rfc3339(absl::ToUnixSeconds(time));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> SinceTime(std::string_view text, int64_t now) {
  return TimeOf(text, now, false);
}

std::optional<std::string> UntilTime(std::string_view text, int64_t now) {
  return TimeOf(text, now, true);
}

void ExplainMailbox(const Client& client, const std::string& mailbox, const std::string& feature,
                    bool json) {
  v1::ExplainFeaturesRequest request;
  request.set_mailbox(mailbox);
  request.set_feature(feature);
  const v1::ExplainFeaturesResponse response = client.Explain(request);
  if (json) {
    fputs(ToApiJson(response).c_str(), stdout);
    return;
  }
  size_t width = 7;
  for (const auto& each : response.features()) width = std::max(width, each.feature().size());
  const bool colour = Coloured();
  for (const auto& each : response.features()) {
    fmt::print("{:<{}}  {}{}{}\n", Printable(each.feature()), width,
               !colour     ? ""
               : each.on() ? "\x1b[32m"
                           : "\x1b[31m",
               each.on() ? "on" : "off", colour ? "\x1b[0m" : "");
    for (const std::string& why : each.off_because()) {
      fmt::print("{:<{}}  - {}\n", "", width, Printable(why));
    }
  }
}

void TestNumber(const Client& client, const v1::TestNumberRequest& request, bool json) {
  const v1::TestNumberResponse response = client.TestNumber(request);
  if (json) {
    fputs(ToApiJson(response).c_str(), stdout);
    return;
  }
  int n = 0;
  for (const std::string& step : response.steps()) fmt::print("{:>2}. {}\n", ++n, Printable(step));
  if (request.calling()) {
    fmt::print("=> {}\n", response.resolves_to().empty()
                              ? "nobody's number"
                              : "the number of " + Printable(response.resolves_to()));
  } else if (response.allowed()) {
    fmt::print("=> dials {}\n", Printable(response.dial_string()));
  } else {
    puts("=> refused");
  }
}

void ShowAudit(const Client& client, v1::ListAuditRequest request, const std::string& since,
               uint32_t limit, bool json) {
  if (!since.empty()) {
    const auto time = SinceTime(since, std::time(nullptr));
    if (!time) Die("--since wants 30min, 2h, 3d, or a time like 2026-01-31T12:00:00Z", 2);
    request.set_since(*time);
  }
  v1::ListAuditResponse all;
  uint32_t left = limit ? limit : UINT32_MAX;
  do {
    request.set_page_size(std::min<uint32_t>(left, 1000));
    v1::ListAuditResponse page = client.Audit(request);
    request.set_page_token(page.next_page_token());
    left -= std::min(left, static_cast<uint32_t>(page.entries_size()));
    all.mutable_entries()->MergeFrom(page.entries());
  } while (left > 0 && !request.page_token().empty());
  if (json) {
    fputs(ToApiJson(all).c_str(), stdout);
    return;
  }
  if (all.entries().empty()) puts("No changes.");
  for (const v1::AuditEntry& entry : all.entries()) {
    fmt::print("{} UTC  {}  #{}\n", Time(entry.time()), Printable(entry.actor()), entry.sequence());
    google::protobuf::RepeatedPtrField<v1::Changed> one;
    *one.Add() = entry.changed();
    fputs(DiffText(one, Coloured()).c_str(), stdout);
  }
  if (!request.page_token().empty()) {
    fmt::print(stderr, "Older changes are not shown; --all shows all\n");
  }
}

}  // namespace um::cli
