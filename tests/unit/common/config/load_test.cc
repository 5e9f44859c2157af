#include "common/config/load.h"

#include "tests/support/catch.h"
#include "um/config/v1/organisation.pb.h"
#include "um/config/v1/proxy.pb.h"

using namespace um::config;

namespace {
std::string Problems(const std::string& yaml) {
  v1::Organisation message;
  return Describe("o.yaml", FromYaml(yaml, message));
}
}  // namespace

TEST_CASE("a YAML document becomes the message, enums by their short names") {
  v1::Organisation o;
  const auto problems = FromYaml(R"(
id: example
gateways:
  - name: pbx
    addresses: [192.0.2.10, "2001:db8::/64"]
    enabled: false
    ticket: required
dial_plans:
  - name: Main
    extension_digits: 4
mailboxes:
)",
                                 o);
  CHECK(Describe("", problems).empty());
  CHECK(o.gateways(0).addresses(1) == "2001:db8::/64");
  CHECK(o.gateways(0).has_enabled());
  CHECK(o.gateways(0).ticket() == v1::TICKET_RULE_REQUIRED);
  CHECK(o.dial_plans(0).extension_digits() == 4);
  v1::Proxy proxy;
  CHECK(FromYaml("unknown_peer_udp: forbid", proxy).empty());
  CHECK(proxy.unknown_peer_udp() == v1::UNKNOWN_PEER_FORBID);
}

TEST_CASE("everything that is wrong is reported at once, with path and line") {
  CHECK(Problems(R"(id: [a, b]
gateway: x
gateways:
  - name: pbx
    addresses: 192.0.2.10
    enabled: maybe
    ticket: always
dial_plans:
  - extension_digits: -4
  - extension_digits: 4294967296
  - just text
id: twice
)") == "o.yaml:1: id: must be text, is a list\n"
       "o.yaml:2: gateway: is not known here; known: id, gateways, hunt_groups, dial_plans, "
       "mailboxes\n"
       "o.yaml:5: gateways[0].addresses: must be a list, is a value\n"
       "o.yaml:6: gateways[0].enabled: must be true or false\n"
       "o.yaml:7: gateways[0].ticket: must be one of: preferred, required\n"
       "o.yaml:9: dial_plans[0].extension_digits: must be a whole number from 0 to 4294967295\n"
       "o.yaml:10: dial_plans[1].extension_digits: must be a whole number from 0 to 4294967295\n"
       "o.yaml:11: dial_plans[2]: must be a map, is a value\n"
       "o.yaml:12: id: is given twice\n");
}

TEST_CASE("hostile documents are refused in a sentence") {
  CHECK(Problems("id: \"a\\nb\"").find("control characters") != std::string::npos);
  CHECK(Problems("id: \"\xff\xfe\"").find("valid UTF-8") != std::string::npos);
  CHECK(Problems("a: &x [1]\nb: *x\n").find("aliases") != std::string::npos);
  CHECK(Problems(std::string(100000, '[')).find("nested too deep") != std::string::npos);
  CHECK(Problems("id: x\n" + std::string(2 << 20, '#')) == "o.yaml: is longer than 1 MB\n");
  CHECK(Problems("[1, 2]").find("must be a map") != std::string::npos);
  CHECK(Problems("id: {").find("not valid YAML") != std::string::npos);
  CHECK(Problems("? [a]\n: b\n").find("plain name") != std::string::npos);
  CHECK(Problems("").empty());
}

TEST_CASE("a file that is not there is an error that names it") {
  v1::Proxy proxy;
  CHECK(std::string(LoadFile("/nonexistent/x.yaml", proxy).message()) ==
        "/nonexistent/x.yaml: cannot be read");
}
