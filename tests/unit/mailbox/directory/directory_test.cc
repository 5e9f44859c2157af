#include "mailbox/directory/directory.h"

#include <cstdlib>
#include <fstream>

#include "common/base/status.h"
#include "tests/support/catch.h"

using namespace um;

namespace {

absl::StatusOr<domain::Organisation> Load(const std::string& yaml) {
  char path[] = "/tmp/um-organisation-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  std::ofstream(path) << yaml;
  auto result = directory::LoadOrganisation(path);
  unlink(path);
  close(fd);
  return result;
}

constexpr const char* kGood = R"(
id: example
gateways:
  - {name: pbx, addresses: [127.0.0.1, 192.0.2.0/24], rtp_source: strict, advertised_address: 203.0.113.5}
hunt_groups:
  - {name: main, gateway: pbx, pilot: "5000", dial_plan: Main}
dial_plans:
  - {name: Main, min_speech_ms: 0}
mailboxes:
  - {dial_plan: Main, extension: "1001", name: Ann Archer, email: ann@example.com}
)";

}  // namespace

TEST_CASE("a good document gives the organisation, with defaults filled in") {
  const auto o = Load(kGood);
  REQUIRE(o.ok());
  CHECK(o->gateways[0].rtp_source == domain::RtpSourceRule::kStrict);
  CHECK(o->gateways[0].advertised_address->ToString() == "203.0.113.5");
  CHECK(o->dial_plans[0].max_recording == std::chrono::minutes(20));
  CHECK(o->dial_plans[0].min_speech == std::chrono::milliseconds(0));
  CHECK(o->mailboxes[0].id == "ann@example.com");
}

TEST_CASE("a document that contradicts itself is refused with every reason") {
  const auto o = Load(R"(
id: "not a name"
gateways:
  - {name: pbx, addresses: [127.0.0.1, nonsense]}
  - {name: pbx, addresses: [127.0.0.1]}
hunt_groups:
  - {name: main, gateway: pbx, pilot: "5000", dial_plan: Main}
  - {name: other, gateway: pbx, pilot: "5000", dial_plan: None}
dial_plans:
  - {name: Main, max_call_minutes: 10}
mailboxes:
  - {dial_plan: Main, extension: "1001", name: Ann, email: ann@example.com}
  - {dial_plan: Main, extension: "1001", name: Bob, email: bob}
  - {dial_plan: Main, extension: "10001", name: "", email: ann@example.com}
)");
  REQUIRE_FALSE(o.ok());
  const std::string text = Message(o.status());
  for (const char* expected :
       {"id: must be a name", "gateways[0].addresses[1]: must be an IP address",
        "gateways[1].name: IP gateway pbx is there twice",
        "gateways[1].addresses[0]: belongs to another IP gateway too",
        "hunt_groups[1].dial_plan: there is no dial plan None",
        "hunt_groups[1].pilot: IP gateway pbx has this pilot already",
        "dial_plans[0].max_call_minutes: must be above max_recording_minutes",
        "mailboxes[1].extension: dial plan Main has extension 1001 already",
        "mailboxes[1].email: must be an e-mail address",
        "mailboxes[2].extension: must have 4 digits in dial plan Main",
        "mailboxes[2].name: must have",
        "mailboxes[2].email: mailbox ann@example.com is there twice"}) {
    INFO(text);
    CHECK(text.find(expected) != std::string::npos);
  }
}
