#include "common/sip/redirection.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "common/sip/text.h"

namespace um::sip {
namespace {

// No PBX diverts a call this often; a hostile peer may say so.
constexpr size_t kMaxEntries = 32;

std::vector<NameAddr> ParseEntries(const std::vector<std::string>& header_values) {
  std::vector<NameAddr> entries;
  for (const std::string& value : header_values) {
    for (const std::string_view element : SplitList(value)) {
      if (entries.size() == kMaxEntries) return entries;
      if (auto entry = NameAddr::Parse(element)) entries.push_back(*std::move(entry));
    }
  }
  return entries;
}

// The reasons of RFC 5806 section 4 and the spellings that PBXs make of them.
DiversionReason ReasonFromName(std::string_view name) {
  std::string letters;
  std::ranges::copy_if(Lower(name), std::back_inserter(letters), IsAlnum);
  const auto is_one = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, letters) != names.end();
  };
  if (letters.empty() || letters == "unknown") return DiversionReason::kUnknown;
  if (is_one({"userbusy", "busy", "cfb"})) return DiversionReason::kUserBusy;
  if (is_one({"noanswer", "noreply", "cfnr", "cfna"})) return DiversionReason::kNoAnswer;
  if (is_one({"unconditional", "cfu", "cfi"})) return DiversionReason::kUnconditional;
  return DiversionReason::kOther;
}

// The `cause` URI parameter (RFC 4458 section 2).
DiversionReason ReasonFromCause(uint32_t cause) {
  switch (cause) {
    case 302:
      return DiversionReason::kUnconditional;
    case 408:
      return DiversionReason::kNoAnswer;
    case 486:
      return DiversionReason::kUserBusy;
    case 404:
      return DiversionReason::kUnknown;
    default:
      return DiversionReason::kOther;
  }
}

// One value of a Reason header (RFC 3326): "SIP;cause=302;text=\"Moved\"" or "Q.850;cause=17".
struct Reason {
  std::string protocol;  // lower case
  std::string cause;
  std::string detail;  // Avaya's avaya-cm-reason
};

Reason ParseReason(std::string_view value) {
  Reason reason{.protocol = Lower(Trim(TakeUntil(value, ';')))};
  while (!value.empty()) {
    std::string_view parameter = TakeUntilUnquoted(value, ';');
    const std::string_view name = Trim(TakeUntil(parameter, '='));
    if (EqualsIgnoreCase(name, "cause") && reason.cause.empty()) {
      reason.cause = Unquote(Trim(parameter));
    } else if (EqualsIgnoreCase(name, "avaya-cm-reason")) {
      reason.detail = Lower(Unquote(Trim(parameter)));
    }
  }
  return reason;
}

// "Redirection;cause=CFNR" and "Redirection;cause=NORMAL;avaya-cm-reason=\"cover-dont-answer\"":
// Avaya Communication Manager's own. It says what the SIP cause beside it, mostly 302, does not.
std::optional<DiversionReason> ReasonFromRedirection(const Reason& reason) {
  const auto says = [&](std::string_view word) {
    return reason.detail.find(word) != std::string::npos;
  };
  if (says("busy")) return DiversionReason::kUserBusy;
  if (says("dont-answer") || says("no-answer")) return DiversionReason::kNoAnswer;
  const DiversionReason named = ReasonFromName(reason.cause);
  if (named == DiversionReason::kOther || named == DiversionReason::kUnknown) return std::nullopt;
  return named;
}

std::optional<DiversionReason> ReasonFromNetwork(const Reason& reason) {
  const auto cause = Number(reason.cause);
  if (!cause) return std::nullopt;
  if (reason.protocol == "sip") {
    if (*cause == 600) return DiversionReason::kUserBusy;
    // A phone that rang out, or that is not there: to the caller both are "no answer".
    return ReasonFromCause(*cause == 480 ? 408 : *cause);
  }
  if (reason.protocol == "q.850") {
    if (*cause == 17) return DiversionReason::kUserBusy;
    if (*cause == 18 || *cause == 19) return DiversionReason::kNoAnswer;
    return DiversionReason::kOther;
  }
  return std::nullopt;
}

// The Reason headers in a URI's header part: "Reason=SIP%3Bcause%3D302&Privacy=history" (RFC 4244
// section 4.1).
std::optional<DiversionReason> ReasonFromUriHeaders(std::string_view headers) {
  std::optional<DiversionReason> found;
  while (!headers.empty()) {
    std::string_view value = TakeUntil(headers, '&');
    if (!EqualsIgnoreCase(Trim(TakeUntil(value, '=')), "Reason")) continue;
    const auto plain = Unescape(value);
    if (!plain) continue;
    for (const std::string_view one : SplitList(*plain)) {
      const Reason reason = ParseReason(one);
      if (reason.protocol == "redirection") {
        if (const auto better = ReasonFromRedirection(reason)) return better;
      } else if (!found) {
        found = ReasonFromNetwork(reason);
      }
    }
  }
  return found;
}

std::optional<DiversionReason> ReasonFromCauseParameter(const Uri& uri) {
  const auto cause = Number(uri.Parameter("cause").value_or(""));
  if (!cause) return std::nullopt;
  return ReasonFromCause(*cause);
}

// Who a URI means, for comparison: its user without parameters and a number's visual separators, or
// its host.
std::string PartyOf(const Uri& uri) {
  if (uri.user.empty()) return Lower(uri.host);
  std::string_view rest = uri.user;
  const std::string_view user = TakeUntil(rest, ';');
  if (user.find_first_not_of("+0123456789-.()*#") != std::string_view::npos)
    return std::string(user);
  std::string number;
  std::ranges::copy_if(user, std::back_inserter(number), [](char c) {
    return std::string_view("-.()").find(c) == std::string_view::npos;
  });
  return number;
}

// "1.2.1" as numbers; nullopt if it is not an index (RFC 4244 section 4.1).
std::optional<std::vector<uint32_t>> ParseIndex(const NameAddr& entry) {
  std::vector<uint32_t> index;
  const std::string text = entry.Parameter("index").value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    const auto number = Number(TakeUntil(rest, '.'));
    if (!number) return std::nullopt;
    index.push_back(*number);
  }
  if (index.empty()) return std::nullopt;
  return index;
}

// Puts the entries in the order of their indexes, if all have one: some proxies reorder header
// lines.
void SortByIndex(std::vector<NameAddr>& entries) {
  std::vector<std::pair<std::vector<uint32_t>, size_t>> order;
  for (size_t i = 0; i < entries.size(); ++i) {
    auto index = ParseIndex(entries[i]);
    if (!index) return;
    order.emplace_back(*std::move(index), i);  // equal indexes keep their order
  }
  std::ranges::sort(order);
  std::vector<NameAddr> sorted;
  for (const auto& [index, position] : order) sorted.push_back(std::move(entries[position]));
  entries = std::move(sorted);
}

// Which entry the call was at before it went to entries[i]: the one that `mp` names by its index,
// else the one before.
size_t EntryLeftFor(const std::vector<NameAddr>& entries, size_t i) {
  if (const auto mapped = entries[i].Parameter("mp"); mapped && !mapped->empty()) {
    for (size_t k = 0; k < i; ++k) {
      if (entries[k].Parameter("index") == mapped) return k;
    }
  }
  return i - 1;
}

}  // namespace

bool SameParty(const Uri& a, const Uri& b) { return PartyOf(a) == PartyOf(b); }

std::vector<Diversion> ParseDiversion(const std::vector<std::string>& header_values) {
  std::vector<Diversion> diversions;
  for (NameAddr& entry : ParseEntries(header_values)) {
    const DiversionReason reason = ReasonFromName(entry.Parameter("reason").value_or(""));
    diversions.push_back({std::move(entry.uri), std::move(entry.display_name), reason});
  }
  return diversions;
}

std::vector<Diversion> ParseHistoryInfo(const std::vector<std::string>& header_values,
                                        const Uri& request_uri) {
  std::vector<NameAddr> entries = ParseEntries(header_values);
  SortByIndex(entries);
  if (!entries.empty() && !request_uri.scheme.empty() &&
      ReasonFromUriHeaders(entries.back().uri.headers) &&
      !SameParty(entries.back().uri, request_uri)) {
    entries.push_back({.display_name = {}, .uri = request_uri, .parameters = {}});
  }
  std::vector<Diversion> diversions;
  for (size_t i = entries.size(); i-- > 1;) {
    const NameAddr& target = entries[i];
    if (target.Parameter("rc") || target.Parameter("np")) continue;
    const NameAddr& diverted = entries[EntryLeftFor(entries, i)];
    if (SameParty(diverted.uri, target.uri)) continue;  // routing, not diversion
    // RFC 4244 section 4.3.3.1.2 puts Reason on the entry that was left; RFC 4458 puts `cause` on
    // the new target; after a fork the branch that failed last has it.
    auto reason = ReasonFromUriHeaders(diverted.uri.headers);
    if (!reason) reason = ReasonFromCauseParameter(target.uri);
    if (!reason) reason = ReasonFromCauseParameter(diverted.uri);
    if (!reason) reason = ReasonFromUriHeaders(entries[i - 1].uri.headers);
    diversions.push_back(
        {diverted.uri, diverted.display_name, reason.value_or(DiversionReason::kUnknown)});
  }
  return diversions;
}

std::optional<Diversion> ParseVoicemailTarget(const Uri& request_uri) {
  auto target = Uri::Parse(request_uri.Parameter("target").value_or(""));
  if (!target || target->user.empty()) return std::nullopt;
  const auto reason = ReasonFromCauseParameter(request_uri);
  return Diversion{*std::move(target), "", reason.value_or(DiversionReason::kUnknown)};
}

}  // namespace um::sip
