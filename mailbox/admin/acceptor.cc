#include "mailbox/admin/acceptor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::admin {
namespace {
/// Until a process without descriptors tries to accept again [ms].
constexpr int kPause = 200;

async::Time Now() {
  return std::chrono::time_point_cast<async::Duration>(std::chrono::steady_clock::now());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Listen(
    const std::vector<net::Endpoint>& addresses, const AcceptorLimits& limits) {
  std::unique_ptr<Acceptor> acceptor(new Acceptor(limits));
  for (const net::Endpoint& address : addresses) {
    UM_ASSIGN_OR_RETURN(net::Fd fd, net::ListenTcp(address));
    acceptor->listeners_.push_back(std::move(fd));
  }
  acceptor->stop_.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!acceptor->stop_) return absl::UnavailableError("no descriptor is left");
  return acceptor;
}

void Acceptor::Start(Take take) {
  take_ = std::move(take);
  thread_ = std::thread([this] { Run(); });
}

Acceptor::~Acceptor() { Stop(); }

void Acceptor::Stop() {
  eventfd_write(stop_.get(), 1);
  if (thread_.joinable()) thread_.join();
}

std::vector<net::Endpoint> Acceptor::endpoints() const {
  std::vector<net::Endpoint> all;
  for (const net::Fd& fd : listeners_) all.push_back(net::LocalOf(fd.get()));
  return all;
}

void Acceptor::OnCall(const net::Endpoint& peer) {
  const std::lock_guard lock(mutex_);
  const auto it = called_.find(peer);
  if (it != called_.end()) it->second = true;
}

void Acceptor::Run() {
  bool paused = false;
  while (true) {
    std::vector<pollfd> watched{{stop_.get(), POLLIN, 0}};
    for (const net::Fd& fd : listeners_) {
      watched.push_back({fd.get(), static_cast<short>(paused ? 0 : POLLIN), 0});
    }
    // Of a connection only its end is of interest, and that is told without being asked for.
    for (const Connection& each : connections_) watched.push_back({each.fd.get(), 0, 0});
    if (poll(watched.data(), watched.size(), paused ? kPause : -1) < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    paused = false;
    const size_t first = 1 + listeners_.size();
    for (size_t i = watched.size(); i-- > first;) {
      if (watched[i].revents == 0) continue;
      Ended(connections_[i - first]);
      connections_.erase(connections_.begin() + static_cast<ptrdiff_t>(i - first));
    }
    for (size_t i = 0; i < listeners_.size(); ++i) {
      if (watched[1 + i].revents != 0 && !AcceptAll(i)) paused = true;
    }
  }
}

/// False: there is no descriptor for the next.
bool Acceptor::AcceptAll(size_t listener) {
  while (true) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    const int fd = accept4(listeners_[listener].get(), reinterpret_cast<sockaddr*>(&address),
                           &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return errno != EMFILE && errno != ENFILE;
    const auto peer = net::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&address));
    if (!peer || !Accept(fd, *peer, listener)) close(fd);
  }
}

bool Acceptor::IsFull(const net::Endpoint& peer) const {
  const auto same = std::count_if(connections_.begin(), connections_.end(),
                                  [&](const Connection& each) { return each.peer.ip == peer.ip; });
  return connections_.size() >= static_cast<size_t>(limits_.connections) ||
         same >= limits_.per_peer;
}

/// False: it is refused, and still ours.
bool Acceptor::Accept(int fd, const net::Endpoint& peer, size_t listener) {
  if (IsFull(peer)) {
    LogPeer("admin.connection-refused", peer);
    return false;
  }
  net::Fd second(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!second) return false;
  net::PrepareStream(fd);
  {
    const std::lock_guard lock(mutex_);
    called_[peer] = false;
  }
  connections_.push_back({std::move(second), peer});
  take_(fd, listener);
  return true;
}

void Acceptor::Ended(const Connection& connection) {
  bool called = false;
  {
    const std::lock_guard lock(mutex_);
    const auto it = called_.find(connection.peer);
    if (it == called_.end()) return;
    called = it->second;
    called_.erase(it);
  }
  // No TLS, the wrong CA, no certificate, a port scan.
  if (!called) LogPeer("admin.connection-failed", connection.peer);
}

void Acceptor::LogPeer(const char* event, const net::Endpoint& peer) {
  const auto suppressed = log_limiter_.Allow(peer.ip, Now());
  if (suppressed) log::Warning(event, {{"peer", peer.ToString()}, {"suppressed", *suppressed}});
}

}  // namespace um::admin
