// The door for umctl: um.admin.v1 on a local socket, and on the network. Conversions and calls,
// nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/net/endpoint.h"
#include "mailbox/admin/network.h"
#include "mailbox/admin/pins.h"
#include "mailbox/admin/registry.h"
#include "mailbox/delivery/mail.h"
#include "mailbox/directory/ldap_directory.h"
#include "mailbox/domain/route.h"
#include "mailbox/store/call_store.h"
#include "mailbox/store/contact_store.h"
#include "mailbox/store/greeting_store.h"
#include "mailbox/store/lamp_store.h"
#include "mailbox/store/message_store.h"
#include "mailbox/store/queue_store.h"

namespace um::admin {

/// How a node is.
struct Status {
  std::string node;
  int calls = 0;
  int max_calls = 0;
  uint64_t uptime_s = 0;
  bool spool_healthy = true;
  std::string routing_loaded;  ///< RFC 3339, UTC
  size_t mailboxes = 0;
};

/// What the door asks of the node.   Thread: any.
class Node {
 public:
  virtual ~Node() = default;
  virtual Status Now() = 0;
  virtual std::shared_ptr<const domain::RoutingCopy> Routing() = 0;
};

/// Destroying it refuses new requests and ends those under way.
class AdminServer {
 public:
  virtual ~AdminServer() = default;
  /// Where it listens on the network.
  virtual std::vector<net::Endpoint> endpoints() const = 0;
};

/// What is administered; all of it outlives the server. Without a registry, only messages are;
/// without pins, no PINs.
struct Administered {
  store::MessageStore& messages;
  Registry* registry = nullptr;
  store::OrganisationStore* organisations = nullptr;
  std::vector<directory::LdapDirectory*> directories = {};  ///< of organisations; needs a registry
  /// Told of messages that were erased: their spool files go, too.
  std::function<void(const std::vector<std::string>&)> erased = [](const auto&) {};
  std::string store_directory;            ///< of the embedded store; "": it is PostgreSQL
  pins::PinKeeper* pins = nullptr;        ///< needs a registry
  MailNewPin mail_new_pin{};              ///< null: this node cannot mail PINs
  store::QueueStore* queue = nullptr;     ///< needs a registry
  std::function<void()> nudge = nullptr;  ///< tells delivery that something is due
  store::CallStore* calls = nullptr;      ///< needs a registry
  std::function<std::vector<domain::CallFacts>()> active_calls =
      nullptr;                                  ///< the node's; any thread
  store::LampStore* lamps = nullptr;            ///< needs a registry
  std::function<void()> nudge_lamps = nullptr;  ///< tells the node that lamps are due
  store::GreetingStore* greetings = nullptr;    ///< needs a registry
  store::ContactStore* contacts = nullptr;      ///< needs a registry
};

/// Serves on a unix socket that only the process' own user (and root) may open, and on the network
/// as `network` says (checked by CheckAdministration()). `node` outlives the server.
/// kUnavailable: the socket cannot be made, or an address not bound. kAlreadyExists: another
/// process answers on it.
absl::StatusOr<std::unique_ptr<AdminServer>> StartAdminServer(
    const std::string& socket_path, const Administered& administered, Node& node,
    const delivery::Originator& originator, const NetworkOptions& network = {});

}  // namespace um::admin
