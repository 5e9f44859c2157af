// What real devices send, from tests/fixtures/gateways: read by the real parser, routed by the real
// rules.
#include "tests/support/gateway_traces.h"

#include "common/sip/message.h"

namespace um::tests {

TEST_CASE("every device's INVITE leads to the right user, with the right caller and reason") {
  const domain::RoutingCopy routing(TraceOrganisation());
  for (const GatewayTrace& trace : GatewayTraces()) {
    CAPTURE(trace.name);
    const auto message = sip::Message::Parse(trace.invite);
    REQUIRE(message.ok());
    CHECK_FALSE(message->defect());
    const auto facts = sip::FactsOf(*message);
    REQUIRE(facts.ok());
    CHECK(Told(routing.Route(PeerOf(trace), *facts)) == Expected(trace));
  }
}

}  // namespace um::tests
