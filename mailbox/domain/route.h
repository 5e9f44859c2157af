// Routing: whose call is this? One pure decision, used when a call is offered by um-proxy and again
// when it arrives.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <variant>

#include "common/net/endpoint.h"
#include "common/sip/invite_facts.h"
#include "mailbox/domain/organisation.h"
#include "mailbox/domain/party.h"

namespace um::domain {

/// Why the call came to voice mail (spec: "reason for call").
enum class CallReason { kDirect, kDivertForward, kDivertBusy, kDivertNoAnswer };
std::string_view ToString(CallReason reason);

/// A call that is to be answered for a mailbox.
struct CallRoute {
  std::string organisation;
  IpGateway gateway;
  std::string pilot;  ///< the user part that was called; the redirect keeps it
  /// So it does with these of the called URI: `target` and `cause` (RFC 4458).
  std::vector<std::pair<std::string, std::string>> pilot_parameters;
  DialPlan dial_plan;
  Mailbox mailbox;
  std::string called;  ///< the diverted number as signalled
  Caller caller;
  bool caller_is_known = false;  ///< a mailbox' user calls: the caller's name is that one's
  CallReason reason = CallReason::kDirect;
  /// The gateway has yet to say who calls whom (IpGateway::parties_wait): mailbox and called are
  /// empty.
  bool parties_to_come = false;
};

/// Whether a gateway may still name the parties of a call.
enum class Naming { kMayFollow, kComplete };

/// A call that is not: the SIP answer and an explanation for the gateway's administrator.
struct Refusal {
  int status = 404;
  std::string phrase;       ///< SIP reason phrase
  int diagnostics_id = 0;   ///< 15600-15699, see ARCHITECTURE.md
  std::string explanation;  ///< "no mailbox has extension 4711 in dial plan Main"
  int retry_after = 0;      ///< [s]; 0: none
  std::string dial_plan;    ///< "": it was refused before that was known
};

/// One organisation.   Thread: immutable, any.
class Routes {
 public:
  explicit Routes(Organisation organisation);
  const Organisation& organisation() const { return organisation_; }
  /// By extension, SIP address (user@host) or E.164 number. nullptr: nobody's.
  const Mailbox* MailboxOf(std::string_view dial_plan, std::string_view address) const;
  /// Who calls: by an address in the plan or one that is equivalent, else by a calling line id.
  /// nullptr: none of our users, or more than one.
  const Mailbox* MailboxCalling(const DialPlan& plan, const sip::InviteFacts& facts) const;
  std::variant<CallRoute, Refusal> Route(const IpGateway& gateway, const sip::InviteFacts& facts,
                                         Naming naming = Naming::kMayFollow) const;

 private:
  const DialPlan* PlanOf(const std::string& gateway, const sip::InviteFacts& facts) const;
  /// Whose the URI is in a dial plan, however it writes that. nullptr: nobody's.
  const Mailbox* MailboxOf(const DialPlan& plan, const sip::Uri& uri) const;

  Organisation organisation_;
  std::unordered_map<std::string, size_t> by_pilot_;  // "gateway\nPilotKey()" -> dial plan
};

/// All organisations as calls see them.   Thread: immutable, any (share by shared_ptr<const>).
class RoutingCopy {
 public:
  explicit RoutingCopy(std::vector<std::shared_ptr<const Routes>> organisations);
  explicit RoutingCopy(Organisation organisation);
  const std::vector<std::shared_ptr<const Routes>>& organisations() const { return organisations_; }
  /// Of all organisations together.
  size_t mailboxes() const;
  /// The enabled or disabled gateway that owns an address; the longest prefix wins. nullptr:
  /// unknown peer.
  const IpGateway* GatewayOf(const net::IpAddress& peer) const { return Find(peer).gateway; }
  struct Peer {
    const Routes* routes = nullptr;
    const IpGateway* gateway = nullptr;
  };
  /// The same with its organisation; both null: unknown peer.
  Peer Find(const net::IpAddress& peer) const;
  /// The gateway's address tells whose call it is.
  std::variant<CallRoute, Refusal> Route(const net::IpAddress& peer, const sip::InviteFacts& facts,
                                         Naming naming = Naming::kMayFollow) const;

 private:
  std::vector<std::shared_ptr<const Routes>> organisations_;
};

}  // namespace um::domain
