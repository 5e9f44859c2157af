// What follows from an object and those it refers to.   Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/rules.h"
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

/// False: surely none of the object's claims has one of these values. ClaimsOf() would tell, but
/// looks for what the object refers to.
bool MayClaim(const Entry& entry, const std::set<std::string_view>& values);

/// A copy with all defaults filled in.
template <class Object>
Object Effective(Object object) {
  config::FillDefaults(object);
  return object;
}

}  // namespace um::organisation
