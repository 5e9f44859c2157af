// What um-proxy offers of the INVITEs that real devices send.
#include "tests/support/gateway_traces.h"

#include "common/sip/message.h"
#include "mailbox/handover/decider.h"
#include "proxy/offer.h"

namespace um::tests {

TEST_CASE("what um-proxy offers of an INVITE says the same as the INVITE") {
  const domain::RoutingCopy routing(TraceOrganisation());
  for (const GatewayTrace& trace : GatewayTraces()) {
    CAPTURE(trace.name);
    const auto message = sip::Message::Parse(trace.invite);
    REQUIRE(message.ok());
    const net::Flow flow{.peer = {PeerOf(trace), 5060}};
    const auto offer = proxy::OfferOf(*message, flow, "hash", "trace");
    const auto facts = handover::FactsOfOffer(offer.invite());
    REQUIRE(facts.ok());
    CHECK(Told(routing.Route(PeerOf(trace), *facts)) == Expected(trace));
    CHECK(facts->call_id == message->call_id());
    CHECK(facts->from_tag == message->from_tag());
  }
}

}  // namespace um::tests
