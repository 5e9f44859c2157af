// The proxies' streams of offers, on the node's side.
#pragma once

#include <memory>
#include <set>

#include "common/rpc/batch_stream.h"
#include "mailbox/handover/decider.h"
#include "um/handover/v1/handover.grpc.pb.h"

namespace um::handover {

/// Accepts streams and answers their offers.   Thread: loop.
class OfferStreams {
 public:
  OfferStreams(async::Loop& loop, rpc::Pump& pump, grpc::ServerCompletionQueue& queue,
               Decider& decider, const ServerOptions& options);
  ~OfferStreams();
  /// Registered with the server before it is built.
  grpc::Service& service() { return service_; }
  /// Call once the server has started.
  void Accept();
  /// Ends every stream without a word. Nothing happens from here on.
  void Abandon();
  size_t size() const { return streams_.size(); }

 private:
  class Stream;
  void OnAccepted(const std::shared_ptr<Stream>& stream);

  async::Loop& loop_;
  rpc::Pump& pump_;
  grpc::ServerCompletionQueue& queue_;
  Decider& decider_;
  const ServerOptions& options_;
  v1::Handover::AsyncService service_;
  std::set<std::shared_ptr<Stream>> streams_;
};

}  // namespace um::handover
