// Accepts connections for a gRPC server, no more than it may have: gRPC has no such limit of its
// own, and does not tell whose connections fail.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/net/endpoint.h"
#include "common/net/log_limiter.h"
#include "common/net/socket.h"

namespace um::admin {

struct AcceptorLimits {
  int connections = 64;
  int per_peer = 16;
};

/// Thread: one of its own; its methods: any.
class Acceptor {
 public:
  /// Takes an accepted connection: the descriptor is the taker's from here on.
  using Take = std::function<void(int connection, size_t listener)>;

  /// Binds; nothing is accepted before Start(). kUnavailable: an address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Listen(
      const std::vector<net::Endpoint>& addresses, const AcceptorLimits& limits);
  ~Acceptor();

  void Start(Take take);
  /// Nothing is accepted, and nobody is handed a connection, once this returns.
  void Stop();
  /// Where it listens, with the ports that were bound.
  std::vector<net::Endpoint> endpoints() const;
  /// That peer has made a call: its connection was of use.
  void OnCall(const net::Endpoint& peer);

 private:
  /// A connection that the server has. Ours is a second descriptor: it tells when the server has
  /// ended the connection.
  struct Connection {
    net::Fd fd;
    net::Endpoint peer;
  };

  explicit Acceptor(const AcceptorLimits& limits) : limits_(limits) {}
  void Run();
  bool AcceptAll(size_t listener);
  bool IsFull(const net::Endpoint& peer) const;
  bool Accept(int fd, const net::Endpoint& peer, size_t listener);
  void Ended(const Connection& connection);
  void LogPeer(const char* event, const net::Endpoint& peer);

  const AcceptorLimits limits_;
  std::vector<net::Fd> listeners_;
  net::Fd stop_;  // an eventfd
  Take take_;
  std::vector<Connection> connections_;  // the thread's, like the next
  net::LogLimiter log_limiter_;
  std::mutex mutex_;
  std::map<net::Endpoint, bool> called_;  // guarded: open connections' peers
  std::thread thread_;
};

}  // namespace um::admin
