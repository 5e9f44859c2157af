// The INVITEs of tests/fixtures/gateways and the organisation they come to.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "mailbox/domain/route.h"
#include "tests/support/catch.h"

namespace um::tests {

/// One file: what is expected, and the message with its line ends as on the wire.
struct GatewayTrace {
  std::string name;
  std::map<std::string, std::string> head;
  std::string invite;
  /// A line of the head; "" if it is not there.
  std::string Expected(const std::string& key) const {
    const auto it = head.find(key);
    return it == head.end() ? "" : it->second;
  }
};

inline GatewayTrace ReadTrace(const std::filesystem::path& path) {
  static const std::set<std::string> kKeys = {"gateway", "mailbox",       "called",     "reason",
                                              "refused", "caller-number", "caller-name"};
  GatewayTrace trace{.name = path.stem().string()};
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line) && line.starts_with("# ")) {
    const size_t colon = std::min(line.find(':'), line.size());
    const std::string key = line.substr(2, colon - 2);
    if (!kKeys.contains(key)) continue;
    trace.head[key] = colon + 2 < line.size() ? line.substr(colon + 2) : "";
  }
  while (std::getline(file, line)) trace.invite += line + "\r\n";
  trace.invite += "\r\n";
  return trace;
}

/// All of them, by name.
inline std::vector<GatewayTrace> GatewayTraces() {
  const std::filesystem::path folder =
      std::filesystem::path(getenv("UM_SOURCE_DIR")) / "tests/fixtures/gateways";
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".sip") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<GatewayTrace> traces;
  for (const auto& path : paths) traces.push_back(ReadTrace(path));
  REQUIRE(traces.size() >= 30);
  return traces;
}

/// Gateways have addresses of the loopback, so that a test can call from them.
inline const std::map<std::string, std::string>& TraceGateways() {
  static const std::map<std::string, std::string> gateways = {
      {"main", "127.0.4.1"},   {"oldest", "127.0.4.2"}, {"newest", "127.0.4.3"},
      {"direct", "127.0.4.4"}, {"global", "127.0.4.5"}, {"sip", "127.0.4.6"}};
  return gateways;
}

inline domain::Organisation TraceOrganisation() {
  domain::Organisation o{.id = "example"};
  for (const auto& [name, address] : TraceGateways()) {
    domain::IpGateway gateway{.name = name, .addresses = {*net::Network::Parse(address)}};
    if (name == "oldest") gateway.diverted_party = domain::DivertedParty::kOldest;
    if (name == "newest") gateway.diverted_party = domain::DivertedParty::kNewest;
    o.gateways.push_back(std::move(gateway));
    const bool main = name != "global" && name != "sip";
    const std::string pilot = name == "global"   ? "+1 (202) 555-0199"
                              : name == "sip"    ? "voicemail@example.com"
                              : name == "direct" ? ""
                                                 : "8000";
    o.hunt_groups.push_back({name, name, pilot, main ? "Main" : name});
  }
  o.dial_plans = {{.name = "Main", .number_formats = {*domain::NumberMask::Parse("1202555xxxx")}},
                  {.name = "global", .uri_type = domain::UriType::kE164},
                  {.name = "sip", .uri_type = domain::UriType::kSipName}};
  domain::Mailbox ann{"ann", "Main", "1001", "Ann Archer", "ann@example.com"};
  ann.addresses = {{"Main", "0110"}, {"global", "+12025550110"}, {"sip", "ann@example.com"}};
  domain::Mailbox bela{"bela", "Main", "1002", "Bela Novak", "bela@example.com"};
  bela.addresses = {{"global", "+12025550111"}, {"sip", "bela@example.com"}};
  o.mailboxes = {ann, bela};
  return o;
}

inline net::IpAddress PeerOf(const GatewayTrace& trace) {
  return *net::IpAddress::Parse(TraceGateways().at(trace.Expected("gateway")));
}

/// The outcome in the words of a fixture's head.
inline std::string Told(const std::variant<domain::CallRoute, domain::Refusal>& outcome) {
  if (const auto* refusal = std::get_if<domain::Refusal>(&outcome)) {
    return fmt::format("refused: {}", refusal->diagnostics_id);
  }
  const auto& route = std::get<domain::CallRoute>(outcome);
  return fmt::format("mailbox: {}, called: {}, reason: {}, caller-number: {}, caller-name: {}",
                     route.mailbox.id, route.called, domain::ToString(route.reason),
                     route.caller.number, route.caller.name);
}

inline std::string Expected(const GatewayTrace& trace) {
  if (trace.head.contains("refused")) return "refused: " + trace.Expected("refused");
  return fmt::format("mailbox: {}, called: {}, reason: {}, caller-number: {}, caller-name: {}",
                     trace.Expected("mailbox"), trace.Expected("called"), trace.Expected("reason"),
                     trace.Expected("caller-number"), trace.Expected("caller-name"));
}

}  // namespace um::tests
