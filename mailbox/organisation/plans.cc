#include "mailbox/organisation/plans.h"

#include "common/net/endpoint.h"

namespace um::organisation {

std::string DialPlanOf(const Model& model, const v1::Mailbox& mailbox) {
  const v1::MailboxPolicy* policy = model.Policy(mailbox.policy());
  return policy ? policy->dial_plan() : "";
}

std::vector<MailboxAddress> AddressesOf(const Model& model, const v1::Mailbox& mailbox) {
  return AddressesOf(DialPlanOf(model, mailbox), mailbox);
}

std::vector<MailboxAddress> AddressesOf(const std::string& plan, const v1::Mailbox& mailbox) {
  std::vector<MailboxAddress> addresses;
  if (!mailbox.extension().empty()) addresses.push_back({plan, mailbox.extension()});
  if (!mailbox.sip_resource_identifier().empty()) {
    addresses.push_back({plan, mailbox.sip_resource_identifier()});
  }
  for (const v1::Address& address : mailbox.secondary_addresses()) {
    addresses.push_back(
        {address.dial_plan().empty() ? plan : address.dial_plan(), address.value()});
  }
  return addresses;
}

std::vector<std::string> NetworksOf(const v1::IpGateway& gateway) {
  if (gateway.networks_size() > 0) return {gateway.networks().begin(), gateway.networks().end()};
  if (net::IpAddress::Parse(gateway.address())) return {gateway.address()};
  return {};
}

}  // namespace um::organisation
