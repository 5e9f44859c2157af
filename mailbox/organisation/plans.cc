#include "mailbox/organisation/plans.h"

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

std::optional<net::IpAddress> HostOf(const v1::IpGateway& gateway) {
  if (auto ip = net::IpAddress::Parse(gateway.address())) return ip;
  for (const std::string& text : gateway.networks()) {
    const auto network = net::Network::Parse(text);
    const auto ip = net::IpAddress::Parse(text.substr(0, text.find('/')));
    if (network && ip && network->prefix() == (ip->is_v6() ? 128 : 32)) return ip;
  }
  return std::nullopt;
}

std::vector<std::string> NumbersOf(const Entry& entry) {
  const auto all = [](const auto& numbers) {
    return std::vector<std::string>(numbers.begin(), numbers.end());
  };
  switch (entry.kind) {
    case Kind::kMailbox: {
      const v1::Mailbox& mailbox = entry.object.mailbox();
      std::vector<std::string> numbers = all(mailbox.calling_line_ids());
      // Whose plan each belongs to is of no interest here.
      for (MailboxAddress& address : AddressesOf("", mailbox)) {
        numbers.push_back(std::move(address.value));
      }
      return numbers;
    }
    case Kind::kIpGateway:
      return NetworksOf(entry.object.ip_gateway());
    case Kind::kHuntGroup:
      return {entry.object.hunt_group().pilot_identifier()};
    case Kind::kAutoAttendant:
      return all(entry.object.auto_attendant().pilot_identifiers());
    case Kind::kDialPlan:
      return all(entry.object.dial_plan().access_telephone_numbers());
    case Kind::kMailboxPolicy:
    case Kind::kPrompt:
      return {};
  }
  return {};
}

std::string NumberKey(std::string_view number) {
  std::string key;
  const bool is_address = number.find('@') != std::string_view::npos;
  for (const char c : number) {
    if (is_address) {
      key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if ((c >= '0' && c <= '9') || c == '+' || c == '*' || c == '#') {
      key += c;
    }
  }
  return key;
}

}  // namespace um::organisation
