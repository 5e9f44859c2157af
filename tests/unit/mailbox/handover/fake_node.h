// A node with a small organisation, for the hand-over's tests.
#pragma once

#include "mailbox/handover/server.h"
#include "um/handover/v1/handover.pb.h"

namespace um::handover {

inline domain::Organisation SmallOrganisation() {
  domain::Organisation organisation;
  organisation.id = "contoso";
  organisation.gateways.push_back(
      {.name = "pbx", .addresses = {*net::Network::Parse("127.0.0.0/8")}});
  organisation.gateways.push_back({.name = "far",
                                   .addresses = {*net::Network::Parse("203.0.113.0/24")},
                                   .advertised_address = net::IpAddress::Parse("198.51.100.7")});
  for (const char* gateway : {"pbx", "far"}) {
    organisation.hunt_groups.push_back(
        {.name = "hg", .gateway = gateway, .pilot = "8000", .dial_plan = "Main"});
  }
  organisation.dial_plans.push_back({.name = "Main"});
  std::vector<domain::Mailbox> mailboxes;
  for (int i = 4700; i < 4800; ++i) {
    const std::string extension = std::to_string(i);
    mailboxes.push_back({.id = "mailbox-" + extension,
                         .dial_plan = "Main",
                         .extension = extension,
                         .name = "User " + extension,
                         .email = extension + "@example.com"});
  }
  organisation.mailboxes = domain::Mailboxes(std::move(mailboxes));
  return organisation;
}

class FakeNode final : public Node {
 public:
  explicit FakeNode(domain::Organisation organisation = SmallOrganisation())
      : routing_(std::move(organisation)) {}
  const domain::RoutingCopy& routing() override { return routing_; }
  int calls() override { return calls_; }
  int headroom() override { return headroom_; }
  bool serving() override { return serving_; }

  int calls_ = 0;
  int headroom_ = 10;
  bool serving_ = true;

 private:
  domain::RoutingCopy routing_;
};

inline v1::Offer OfferFor(const std::string& extension, uint64_t id = 1) {
  v1::Offer offer;
  offer.set_id(id);
  offer.set_deadline_ms(1500);
  offer.set_trace_id("0123456789abcdef0123456789abcdef");
  offer.set_peer("127.0.0.1");
  offer.set_transport("tcp");
  offer.set_call_hash("hash of call " + std::to_string(id));
  auto& invite = *offer.mutable_invite();
  invite.set_call_id("call-1@pbx");
  invite.set_from_tag("from-1");
  invite.set_cseq(1);
  invite.set_branch("z9hG4bK-1");
  invite.set_request_uri("sip:8000@um.example.com");
  invite.set_to("<sip:8000@um.example.com>");
  invite.set_from("\"Bob\" <sip:2025550123@pbx.example.com>;tag=from-1");
  invite.add_diversion("<sip:" + extension + "@pbx.example.com>;reason=no-answer");
  return offer;
}

}  // namespace um::handover
