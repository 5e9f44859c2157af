#include "common/sip/address.h"

#include <algorithm>
#include <charconv>

#include "common/sip/text.h"

namespace um::sip {
namespace {

constexpr size_t kMaxUri = 2048;
constexpr size_t kMaxNameAddr = 4096;
// What may stand unescaped (RFC 3261 section 25.1: mark, user-unreserved, param-unreserved).
constexpr std::string_view kMark = "-_.!~*'()";
constexpr std::string_view kInUser = "-_.!~*'()&=+$,;?/";
constexpr std::string_view kInParameter = "-_.!~*'()[]/:&+$";
constexpr std::string_view kInTelNumber = "+-.()*#!";

std::string Escape(std::string_view text, std::string_view allowed) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsAlnum(c) || allowed.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

bool IsHost(std::string_view host) {
  if (host.empty()) return false;
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return false;
    host = host.substr(1, host.size() - 2);
    return std::ranges::all_of(host, [](char c) { return IsHex(c) || c == ':' || c == '.'; });
  }
  // The underscore is in no grammar and in many networks.
  return std::ranges::all_of(host,
                             [](char c) { return IsAlnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool ParseUriParameters(std::string_view text, Uri& uri) {
  while (!text.empty()) {
    const std::string_view one = Trim(TakeUntil(text, ';'));
    if (one.empty()) continue;
    std::string_view value = one;
    const std::string_view name = Trim(TakeUntil(value, '='));
    auto plain_name = Unescape(name);
    auto plain_value = Unescape(Trim(value));
    if (name.empty() || !plain_name || !plain_value) return false;
    uri.parameters.emplace_back(Lower(*plain_name), *std::move(plain_value));
  }
  return true;
}

bool ParseHostPort(std::string_view text, Uri& uri) {
  const size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const size_t colon = text.find(':', bracket);
  uri.host = text.substr(0, colon);
  if (!IsHost(uri.host)) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = Number(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535) return false;
  uri.port = static_cast<uint16_t>(*port);
  return true;
}

// What follows "tel:" (RFC 3966 section 3). It has no headers there, but some peers put
// History-Info's Reason so.
bool ParseTel(std::string_view rest, Uri& uri) {
  if (const size_t question = rest.find('?'); question != std::string_view::npos) {
    uri.headers = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  auto number = Unescape(TakeUntil(rest, ';'));
  if (!number || number->empty()) return false;
  const auto allowed = [](char c) {
    return IsAlnum(c) || kInTelNumber.find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(*number, allowed)) return false;
  uri.user = *std::move(number);
  return ParseUriParameters(rest, uri);
}

// What follows "sip:" or "sips:" (RFC 3261 section 19.1.1).
bool ParseSip(std::string_view rest, Uri& uri) {
  // ';' and '?' may stand in the user part, '@' nowhere else: so '@' first.
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    // A password is dropped: it is deprecated, and nothing here may pass a secret on.
    auto user = Unescape(rest.substr(0, std::min(at, rest.find(':'))));
    if (!user || user->empty()) return false;
    uri.user = *std::move(user);
    rest.remove_prefix(at + 1);
  }
  if (const size_t question = rest.find('?'); question != std::string_view::npos) {
    uri.headers = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  const std::string_view host_port = TakeUntil(rest, ';');
  return ParseHostPort(host_port, uri) && ParseUriParameters(rest, uri);
}

template <class Parameters>
std::optional<std::string> Find(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> ParseHeaderParameters(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!text.empty()) {
    const std::string_view one = Trim(TakeUntilUnquoted(text, ';'));
    std::string_view value = one;
    const std::string_view name = Trim(TakeUntil(value, '='));
    if (!name.empty()) parameters.emplace_back(Lower(name), Unquote(Trim(value)));
  }
  return parameters;
}

// A URI without angle brackets ends at the first ';' (RFC 3261 section 20): what follows belongs to
// the header. Some peers leave the brackets out although the user part has a ';': then the end is
// looked for after the '@'.
std::optional<NameAddr> ParseAddrSpec(std::string_view text) {
  const size_t at = text.find('@');
  for (const size_t from : {size_t{0}, at}) {
    if (from == std::string_view::npos) break;
    const size_t end = std::min(text.find(';', from), text.size());
    auto uri = Uri::Parse(Trim(text.substr(0, end)));
    if (!uri) continue;
    return NameAddr{.display_name = {},
                    .uri = *std::move(uri),
                    .parameters = ParseHeaderParameters(text.substr(end))};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Uri> Uri::Parse(std::string_view text) {
  text = Trim(text);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Uri uri;
  uri.scheme = Lower(text.substr(0, colon));
  const std::string_view rest = text.substr(colon + 1);
  const bool is_sip = uri.scheme == "sip" || uri.scheme == "sips";
  if (!is_sip && uri.scheme != "tel") return std::nullopt;
  // Some peers leave the blanks of History-Info's Reason unescaped, in what follows '?'.
  const size_t at = is_sip ? text.find('@') : std::string_view::npos;
  const std::string_view before =
      text.substr(0, text.find('?', at == std::string_view::npos ? 0 : at));
  if (text.size() > kMaxUri || before.find(' ') != std::string_view::npos ||
      std::ranges::any_of(text, IsControl)) {
    return std::nullopt;
  }
  if (!(is_sip ? ParseSip(rest, uri) : ParseTel(rest, uri))) return std::nullopt;
  return uri;
}

std::optional<std::string> Uri::Parameter(std::string_view name) const {
  return Find(parameters, name);
}

std::string Uri::ToString() const {
  std::string out = scheme + ":";
  if (scheme == "tel") {
    out += Escape(user, "+-.()*!");
  } else {
    if (!user.empty()) out += Escape(user, kInUser) + "@";
    out += host;
    if (port != 0) out += ":" + std::to_string(port);
  }
  for (const auto& [name, value] : parameters) {
    out += ";" + Escape(name, kMark);
    if (!value.empty()) out += "=" + Escape(value, kInParameter);
  }
  if (!headers.empty()) out += "?" + headers;
  return out;
}

std::optional<NameAddr> NameAddr::Parse(std::string_view text) {
  text = Trim(text);
  if (text.size() > kMaxNameAddr) return std::nullopt;
  std::string_view rest = text;
  const std::string_view display = Trim(TakeUntilUnquoted(rest, '<'));
  if (display.size() == text.size()) return ParseAddrSpec(text);
  const size_t end = rest.find('>');
  if (end == std::string_view::npos) return std::nullopt;
  auto uri = Uri::Parse(rest.substr(0, end));
  if (!uri) return std::nullopt;
  NameAddr result{.display_name = Unquote(display),
                  .uri = *std::move(uri),
                  .parameters = ParseHeaderParameters(rest.substr(end + 1))};
  std::ranges::replace_if(result.display_name, IsControl, ' ');
  return result;
}

std::optional<std::string> NameAddr::Parameter(std::string_view name) const {
  return Find(parameters, name);
}

std::vector<std::string_view> SplitList(std::string_view value, size_t limit) {
  std::vector<std::string_view> elements;
  while (!value.empty() && elements.size() < limit) {
    size_t end = 0;
    for (; end < value.size() && value[end] != ','; ++end) {
      if (value[end] == '"') {
        end = EndOfQuoted(value, end);
      } else if (value[end] == '<') {
        end = std::min(value.find('>', end), value.size());
      }
      if (end >= value.size()) break;
    }
    end = std::min(end, value.size());
    const std::string_view element = Trim(value.substr(0, end));
    if (!element.empty()) elements.push_back(element);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return elements;
}

}  // namespace um::sip
