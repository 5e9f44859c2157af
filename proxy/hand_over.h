// HandOver: offers to mailbox nodes, as the redirector sees them. Nodes are named by their gRPC
// address.
#pragma once

#include <cstdint>
#include <string>

#include "um/handover/v1/handover.pb.h"

namespace um::proxy {

/// Thread: loop.
class HandOver {
 public:
  /// What comes back. Never called from within a call of Offer() or Withdraw().
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnDecision(const std::string& node, const handover::v1::Decision& decision) = 0;
    /// The node's stream is up: it can be offered calls.
    virtual void OnConnected(const std::string& node) = 0;
    /// The stream is gone, and with it every offer not yet decided.
    virtual void OnBroken(const std::string& node) = 0;
  };

  virtual ~HandOver() = default;
  /// False: there is no stream, or the node does not read what it is sent.
  virtual bool Offer(const std::string& node, const handover::v1::Offer& offer) = 0;
  virtual void Withdraw(const std::string& node, uint64_t offer_id) = 0;
};

}  // namespace um::proxy
