// Pump: one completion-queue thread that carries the ends of gRPC operations to a loop. All our
// state then lives on the loop's thread, and no lock of ours is held around gRPC.
#pragma once

#include <grpcpp/completion_queue.h>

#include <functional>
#include <memory>
#include <thread>

#include "common/async/loop.h"

namespace um::rpc {

/// Thread: loop. Operations are started on the loop only; that is what makes Stop() safe, because
/// an operation started after a queue's Shutdown() aborts the process.
class Pump {
 public:
  using Done = std::function<void(bool ok)>;

  Pump(async::Loop& loop, std::unique_ptr<grpc::CompletionQueue> queue);
  ~Pump();

  grpc::CompletionQueue* queue() { return queue_.get(); }

  /// The tag of the operation about to be started. `done` runs on the loop when the operation has
  /// ended, unless Stop() came first; in either case it is destroyed only when gRPC is done with
  /// the operation, so what it captures (stream, context, messages) stays alive long enough.
  /// nullptr after Stop(): start nothing.
  [[nodiscard]] void* Tag(Done done);

  /// False after Stop().
  bool running() const { return thread_.joinable(); }

  /// Shuts the queue down, waits for the operations in flight (cancel them before, or it waits for
  /// their ends) and joins the thread. No `done` runs from here on. Must not be called from another
  /// thread than the loop's.
  void Stop();

 private:
  struct Shared;
  void Run();

  const std::shared_ptr<Shared> shared_;
  const std::unique_ptr<grpc::CompletionQueue> queue_;
  std::thread thread_;
};

}  // namespace um::rpc
