// HandoverClient: one long-lived gRPC stream to each mailbox node (handover.proto).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/rpc/pump.h"
#include "proxy/hand_over.h"

namespace um::proxy {

/// Keeps a stream to every node, and connects again after 100 ms to 2 s when one is lost. A node
/// counts as connected once it has sent its Hello.   Thread: loop. `pump` outlives this, and is
/// stopped after Close().
class HandoverClient final : public HandOver {
 public:
  /// `name` and `version` are told to the nodes.
  HandoverClient(async::Loop& loop, rpc::Pump& pump, std::string name, std::string version);
  ~HandoverClient() override;

  /// Call before SetNodes().
  void SetHandler(Handler* handler) { handler_ = handler; }
  /// The nodes to be connected to, by gRPC address. Streams to others are given up: OnBroken()
  /// comes for those.
  void SetNodes(const std::vector<std::string>& nodes);

  bool Offer(const std::string& node, const handover::v1::Offer& offer) override;
  void Withdraw(const std::string& node, uint64_t offer_id) override;

  /// Cancels every stream, without OnBroken(). Then stop the pump.
  void Close();

 private:
  class Link;
  class Stream;

  async::Loop& loop_;
  rpc::Pump& pump_;
  const std::string name_;
  const std::string version_;
  Handler* handler_ = nullptr;
  std::map<std::string, std::unique_ptr<Link>> links_;
};

}  // namespace um::proxy
