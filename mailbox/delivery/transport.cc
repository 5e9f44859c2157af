#include "mailbox/delivery/transport.h"

#include <algorithm>
#include <charconv>

#include "common/base/status.h"
#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

absl::Status BadAddress(std::string_view address, const char* why) {
  return absl::InvalidArgumentError(fmt::format("mail server \"{}\": {}", CleanLine(address), why));
}

// "HOST", "HOST:PORT", "[IPV6]:PORT" into `server`; false if it is none.
bool ParseHostPort(std::string_view text, ServerAddress& server) {
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    server.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const size_t colon = text.find(':');
    server.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  const bool plain = std::all_of(server.host.begin(), server.host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == ':' || c == '_';
  });
  if (server.host.empty() || server.host.size() > 253 || !plain) return false;
  if (port.empty()) return true;
  const auto [end, error] =
      std::from_chars(port.data() + 1, port.data() + port.size(), server.port);
  return port[0] == ':' && error == std::errc() && end == port.data() + port.size() &&
         server.port > 0 && server.port < 65536;
}

}  // namespace

absl::StatusOr<ServerAddress> ParseServerAddress(std::string_view address) {
  ServerAddress server;
  const size_t colon = address.find("://");
  const std::string_view scheme = address.substr(0, colon);
  if (colon == std::string_view::npos)
    return BadAddress(address, "want lmtp://, smtp:// or smtps:// and a host");
  std::string_view rest = address.substr(colon + 3);
  if (scheme == "lmtp") {
    server.scheme = ServerAddress::kLmtp;
    server.port = 24;
    if (rest.starts_with('/')) {
      if (rest.size() > 107)
        return BadAddress(address, "a socket's path has at most 107 characters");
      server.path = rest;
      return server;
    }
  } else if (scheme == "smtp" || scheme == "smtps") {
    server.scheme = scheme == "smtp" ? ServerAddress::kSmtp : ServerAddress::kSmtps;
    server.port = scheme == "smtp" ? 25 : 465;
  } else {
    return BadAddress(address, "the scheme is none of lmtp, smtp, smtps");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (!ParseHostPort(rest, server)) return BadAddress(address, "not HOST or HOST:PORT");
  return server;
}

bool IsMailAddress(std::string_view address) {
  if (address.empty() || address.size() > 254)
    return false;  // RFC 5321 section 4.5.3.1.3, without the brackets
  const size_t at = address.rfind('@');
  if (at == 0 || at == address.size() - 1) return false;
  return std::all_of(address.begin(), address.end(), [](char c) {
    return c > ' ' && c < 0x7F &&
           std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
  });
}

Outcome OutcomeOf(std::string_view command, int code, std::string_view text) {
  const std::string said = CleanLine(fmt::format("{}: {} {}", command, code, text), 300);
  if (code >= 200 && code < 300) return {Outcome::kAccepted, said};
  const bool about_this_mail =
      command == "RCPT" || command == "DATA" || (command == "MAIL" && code == 552);
  return {code >= 500 && code < 600 && about_this_mail ? Outcome::kPermanent : Outcome::kTemporary,
          said};
}

absl::StatusOr<std::unique_ptr<Transport>> MakeTransport(const MailOptions& options,
                                                         const TimeLimits& limits) {
  UM_ASSIGN_OR_RETURN(const ServerAddress server, ParseServerAddress(options.address));
  if (server.scheme != ServerAddress::kLmtp) return MakeSmtp(server, options, limits);
  if (options.require_tls || !options.username.empty()) {
    return BadAddress(options.address,
                      "LMTP knows no TLS and no login here; use smtp:// or smtps://");
  }
  return MakeLmtp(server, options.host_name, limits);
}

}  // namespace um::delivery
