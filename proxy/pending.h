// Pending: the look-ups under way. It merges retransmissions and lets a CANCEL find its INVITE; it
// is a cache, not call state: whoever loses it answers a retransmission by asking again.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/async/loop.h"
#include "common/net/transport.h"
#include "common/sip/message.h"
#include "um/handover/v1/handover.pb.h"

namespace um::proxy {

/// One INVITE that waits for a node's word.
struct LookUpEntry {
  LookUpEntry(std::string hash, sip::Message message, net::Flow from)
      : call_hash(std::move(hash)), invite(std::move(message)), flow(std::move(from)) {}

  const std::string call_hash;
  const sip::Message invite;
  net::Flow flow;  ///< where the answer goes: the latest retransmission's
  std::string to_tag;
  std::string trace_id;
  std::string gateway;
  handover::v1::Offer offer;              ///< as sent to each node, but for its id
  std::vector<std::string> candidates;    ///< nodes not asked yet, best last
  std::map<uint64_t, std::string> asked;  ///< nodes that have not answered, by offer id
  std::string latest;                     ///< the node asked last
  std::string last_refusal;               ///< why the latest node that refused did
  async::Time began{};
  bool cancelled = false;  ///< answered with 487; kept to answer its retransmissions the same way
  std::unique_ptr<async::Timer> timer;
};

/// Bounded.   Thread: loop.
class Pending {
 public:
  explicit Pending(size_t limit = 20'000) : limit_(limit) {}

  LookUpEntry* Find(const std::string& call_hash);
  /// nullptr: the table is full.
  LookUpEntry* Add(std::string call_hash, sip::Message invite, const net::Flow& flow);
  /// Ends an entry and forgets its offers.
  void Remove(LookUpEntry& entry);

  /// Notes that `node` has been asked; returns the offer's id.
  uint64_t Ask(LookUpEntry& entry, const std::string& node);
  /// The entry an answer is for, if it is still waited for: each offer is answered once.
  LookUpEntry* TakeAnswer(uint64_t offer_id);
  /// The entries that wait for `node`, which will not answer any more; they wait for it no longer.
  std::vector<LookUpEntry*> TakeAllOf(const std::string& node);
  /// Nobody waits for this entry's offers any more.
  void ForgetOffers(LookUpEntry& entry);

  size_t size() const { return entries_.size(); }
  size_t offers() const { return offers_.size(); }

 private:
  const size_t limit_;
  uint64_t last_offer_ = 0;
  std::unordered_map<std::string, std::unique_ptr<LookUpEntry>> entries_;
  std::unordered_map<uint64_t, LookUpEntry*> offers_;
};

}  // namespace um::proxy
