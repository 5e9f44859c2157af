// The table of transactions: which machine a message belongs to (RFC 3261 sections 17.1.3
// and 17.2.3), and how many there may be.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/async/loop.h"
#include "common/net/transport.h"
#include "common/sip/message.h"
#include "mailbox/ua/client_transaction.h"
#include "mailbox/ua/server_transaction.h"

namespace um::ua {

/// How much state peers can make. A call takes one transaction for 32 s after its answer (timer L),
/// and over UDP one more for 32 s after its BYE (timer J).
struct TransactionLimits {
  size_t total = 20000;
  size_t per_peer = 10000;  ///< by IP address, over all its connections
  /// Beside both, for what belongs to calls that stand: a flood of INVITEs must not keep anybody
  /// from hanging up.
  size_t for_calls = 2000;
};

/// Thread: loop.
class Transactions {
 public:
  /// What a request turned out to be.
  enum class Kind {
    kConsumed,   ///< a machine took it: a repetition, or the ACK of a failure response
    kNew,        ///< a new server transaction: answer it
    kMerged,     ///< the same, but the INVITE has already come another way: 482 (section 8.2.2.2)
    kAck,        ///< an ACK for a 2xx, or for nothing known
    kOverLimit,  ///< too many transactions: answer without one
  };
  struct Received {
    Kind kind = Kind::kConsumed;
    std::shared_ptr<ServerTransaction> transaction;  ///< kNew, kMerged
  };

  Transactions(async::Loop& loop, net::Transport& transport, TransactionLimits limits = {});
  /// Ends every machine without a word.
  ~Transactions();
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  /// @param of_call it is for a call that stands, so `for_calls` holds.
  Received OnRequest(const net::Flow& flow, const std::shared_ptr<const sip::Message>& request,
                     bool of_call = false);
  /// A response that fits no machine is dropped (we never fork, so no 2xx is left over).
  void OnResponse(const sip::Message& response);
  /// Tells every machine on the stream, and those tell their users, before this returns.
  void OnClosed(const net::Flow& flow);

  /// The transaction that a CANCEL is about (section 9.2); null if there is none.
  std::shared_ptr<ServerTransaction> FindCancelled(const sip::Message& cancel) const;

  /// Sends a request of ours (not ACK) in a transaction of its own. False: the transport did not
  /// take it, or the limit is reached; then no callback comes.
  bool SendRequest(const net::Flow& flow, OutgoingRequest request, ClientCallbacks callbacks);
  /// Sends an ACK for a 2xx: outside any transaction (section 13.2.2.4).
  bool SendAck(const net::Flow& flow, const OutgoingRequest& ack);

  /// A request of ours is under way, so a response may be for us.
  bool expects_response() const { return !clients_.empty(); }
  size_t size() const { return servers_.size() + clients_.size(); }

 private:
  struct ServerEntry {
    std::shared_ptr<ServerTransaction> transaction;
    net::Flow
        first_flow;  // it may move to another stream; it is counted and watched where it began
    std::string merge_key;  // empty: nothing merges with it
  };
  struct OfStream {
    std::set<std::string> servers;
    std::set<std::string> clients;
  };
  std::string NewVia(const net::Flow& flow);
  bool MayAdd(const net::Flow& flow, bool of_call) const;
  void Count(const net::Flow& flow);
  void Uncount(const net::Flow& flow);
  void RemoveServer(const std::string& key);
  void RemoveClient(const std::string& key);

  async::Loop& loop_;
  net::Transport& transport_;
  const TransactionLimits limits_;
  std::map<std::string, ServerEntry> servers_;
  std::map<std::string, std::shared_ptr<ClientTransaction>> clients_;
  std::map<std::string, int> merge_keys_;
  std::map<net::IpAddress, size_t> per_peer_;
  std::map<uint64_t, OfStream> streams_;
};

}  // namespace um::ua
