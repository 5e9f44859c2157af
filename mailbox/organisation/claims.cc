// Which keys no two objects may share.
#include <algorithm>

#include "common/net/endpoint.h"
#include "mailbox/domain/names.h"
#include "mailbox/organisation/model.h"
#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

std::string IdOf(const Model& model, Kind kind, std::string_view name) {
  const Entry* entry = model.Find(kind, name);
  return entry ? entry->id : "";
}

}  // namespace

std::vector<Claim> ClaimsOf(const Model& model, const Entry& entry) {
  std::vector<Claim> claims;
  const auto claim = [&](std::string scope, std::string value) {
    claims.push_back({std::move(scope), std::move(value)});
  };
  switch (entry.kind) {
    case Kind::kDialPlan:
      // One access number does not lead to two dial plans.
      for (const auto& number : entry.object.dial_plan().access_telephone_numbers()) {
        claim("access", NumberKey(number));
      }
      break;
    case Kind::kIpGateway:
      for (const std::string& network : NetworksOf(entry.object.ip_gateway())) {
        if (const auto parsed = net::Network::Parse(network))
          claim("pool/network", parsed->ToString());
      }
      break;
    case Kind::kHuntGroup: {
      const v1::HuntGroup& group = entry.object.hunt_group();
      claim("pilot/" + IdOf(model, Kind::kIpGateway, group.ip_gateway()),
            NumberKey(group.pilot_identifier()));
      break;
    }
    case Kind::kAutoAttendant: {
      const v1::AutoAttendant& attendant = entry.object.auto_attendant();
      for (const auto& number : attendant.pilot_identifiers()) {
        claim("attendant/" + IdOf(model, Kind::kDialPlan, attendant.dial_plan()),
              NumberKey(number));
      }
      break;
    }
    case Kind::kMailbox: {
      const v1::Mailbox& mailbox = entry.object.mailbox();
      for (const MailboxAddress& address : AddressesOf(model, mailbox)) {
        claim("address/" + IdOf(model, Kind::kDialPlan, address.dial_plan),
              NumberKey(address.value));
      }
      for (const auto& number : mailbox.calling_line_ids()) claim("caller", NumberKey(number));
      break;
    }
    case Kind::kMailboxPolicy:
    case Kind::kPrompt:
      break;
  }
  std::sort(claims.begin(), claims.end());
  claims.erase(std::unique(claims.begin(), claims.end()), claims.end());
  return claims;
}

}  // namespace um::organisation
