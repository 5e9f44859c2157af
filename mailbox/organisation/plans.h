// What follows from an object and those it refers to.   Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/rules.h"
#include "common/net/endpoint.h"
#include "mailbox/organisation/model.h"

namespace um::organisation {

/// The name of a mailbox' dial plan: its policy's. "": the policy is not there.
std::string DialPlanOf(const Model& model, const v1::Mailbox& mailbox);

/// One of the addresses under which a mailbox is known.
struct MailboxAddress {
  std::string dial_plan;
  std::string value;  ///< an extension, a SIP address or an E.164 number
};
/// All of them: extension, SIP address or E.164 number, secondary ones.
std::vector<MailboxAddress> AddressesOf(const Model& model, const v1::Mailbox& mailbox);
/// The same where the mailbox' dial plan is known.
std::vector<MailboxAddress> AddressesOf(const std::string& plan, const v1::Mailbox& mailbox);

/// Where a gateway's calls come from: its networks, else its address, if that is one.
std::vector<std::string> NetworksOf(const v1::IpGateway& gateway);

/// Where a gateway is reached: its address, else the first of its networks that is one address.
/// nullopt: there is none (DNS names are not resolved).
std::optional<net::IpAddress> HostOf(const v1::IpGateway& gateway);

/// Every number and address an object goes by: extensions, SIP addresses, pilots, calling line ids,
/// networks.
std::vector<std::string> NumbersOf(const Entry& entry);

/// What two writings of one number have in common: digits count, separators do not; a SIP address
/// counts in any case.
std::string NumberKey(std::string_view number);

/// A copy with all defaults filled in.
template <class Object>
Object Effective(Object object) {
  config::FillDefaults(object);
  return object;
}

}  // namespace um::organisation
