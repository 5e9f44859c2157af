#include "common/net/sip_sockets.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/net/datagrams.h"
#include "common/net/log_limiter.h"
#include "common/net/socket.h"
#include "common/net/stream.h"
#include "common/sip/message.h"

namespace um::net {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr async::Duration kAcceptPause = std::chrono::milliseconds(100);

struct Listener {
  ListenerOptions options;
  Endpoint local;
  // One of the two.
  Fd fd;
  std::unique_ptr<Datagrams> datagrams;
  // Of a stream's listener.
  std::unique_ptr<async::Timer> resume;
  async::EpollLoop::Watch watch;
};

bool IsKeepAlive(std::string_view datagram) {
  return datagram.size() <= 4 &&
         datagram.find_first_not_of(std::string_view("\r\n\0 ", 4)) == std::string_view::npos;
}

class Sockets final : public SipSockets, public Stream::Owner {
 public:
  Sockets(async::EpollLoop& loop, const Limits& limits, Handler* handler)
      : loop_(loop), limits_(limits), handler_(handler), turn_(loop, [this] { EndTurn(); }) {}

  absl::Status Listen(const ListenerOptions& options);

  void SetHandler(Handler* handler) override { handler_ = handler; }
  std::vector<Endpoint> endpoints() const override;
  size_t connections() const override { return streams_.size(); }
  bool Send(const Flow& flow, std::string bytes) override;
  absl::StatusOr<Flow> Connect(Protocol protocol, const Endpoint& peer) override;
  void Close(const Flow& flow) override;
  Endpoint Advertised(const Flow& flow) const override;

 private:
  void OnMessage(Stream& stream, std::string_view message) override;
  void OnBadFrame(Stream& stream, const absl::Status& why, std::string_view refused) override;
  void OnGone(Stream& stream, std::string_view why) override;
  void OnQueued(Stream& stream) override;
  void OnDatagram(const Datagrams::Packet& packet);

  void Accept(size_t index);
  void PauseAccepting(size_t index, int error);
  void Admit(Fd fd, const Endpoint& peer, size_t listener);
  Flow Add(Fd fd, Stream::State state, const Endpoint& peer, int listener);
  Stream* Find(const Flow& flow) const;
  const Listener* ListenerOf(const Flow& flow) const;
  std::optional<IpAddress> SourceFor(Protocol protocol, const Endpoint& peer) const;
  absl::StatusOr<Flow> DatagramFlow(const Endpoint& peer) const;
  void LogRefusal(std::string_view event, Protocol protocol, const Endpoint& peer,
                  std::string_view why);
  void EndTurn();

  // Passed in.
  async::EpollLoop& loop_;
  const Limits limits_;
  Handler* handler_;
  // Owned.
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<uint64_t, std::unique_ptr<Stream>> streams_;
  // State.
  uint64_t next_connection_ = 1;
  std::map<Endpoint, uint64_t> by_peer_;  // the newest stream to each endpoint
  std::map<IpAddress, int> per_address_;  // streams of each peer address
  std::vector<uint64_t> queued_;          // streams to flush when the turn ends
  bool datagrams_queued_ = false;
  std::vector<uint64_t> gone_;                 // streams to forget when the turn ends
  std::unordered_set<uint64_t> closed_by_us_;  // of which the handler need not hear
  LogLimiter log_limiter_;
  async::Timer turn_;
};

absl::Status Sockets::Listen(const ListenerOptions& options) {
  auto listener = std::make_unique<Listener>();
  listener->options = options;
  const size_t index = listeners_.size();
  if (options.protocol == Protocol::kUdp) {
    UM_ASSIGN_OR_RETURN(Fd fd, BindUdp(options.address));
    listener->datagrams = std::make_unique<Datagrams>(
        loop_, limits_, std::move(fd),
        [this](const Datagrams::Packet& packet) { OnDatagram(packet); });
    listener->local = listener->datagrams->local();
  } else if (options.protocol == Protocol::kTcp) {
    UM_ASSIGN_OR_RETURN(listener->fd, ListenTcp(options.address));
    listener->local = LocalOf(listener->fd.get());
    listener->watch =
        loop_.Add(listener->fd.get(), EPOLLIN, [this, index](uint32_t) { Accept(index); });
    listener->resume = std::make_unique<async::Timer>(
        loop_, [this, index] { listeners_[index]->watch.Update(EPOLLIN); });
  } else {
    return absl::UnimplementedError("TLS is not supported");
  }
  log::Info("listener.opened",
            {{"protocol", ToString(options.protocol)}, {"address", listener->local.ToString()}});
  listeners_.push_back(std::move(listener));
  return absl::OkStatus();
}

std::vector<Endpoint> Sockets::endpoints() const {
  std::vector<Endpoint> endpoints;
  endpoints.reserve(listeners_.size());
  for (const auto& listener : listeners_) endpoints.push_back(listener->local);
  return endpoints;
}

void Sockets::Accept(size_t index) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    Fd fd(accept4(listeners_[index]->fd.get(), reinterpret_cast<sockaddr*>(&storage), &length,
                  SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EAGAIN) return;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        return PauseAccepting(index, errno);
      }
      continue;  // the connection failed before it was accepted (accept(2)): not ours to mind
    }
    const auto peer = Endpoint::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage));
    if (peer) Admit(std::move(fd), *peer, index);
  }
}

// The connection stays in the backlog and the descriptor readable: without a pause the loop would
// spin.
void Sockets::PauseAccepting(size_t index, int error) {
  Listener& listener = *listeners_[index];
  if (log_limiter_.Allow(IpAddress(), loop_.Now())) {
    log::Error("listener.paused", {{"address", listener.local.ToString()},
                                   {"why", std::generic_category().message(error)}});
  }
  listener.watch.Update(0);
  listener.resume->Start(kAcceptPause);
}

void Sockets::Admit(Fd fd, const Endpoint& peer, size_t listener) {
  const auto of_peer = per_address_.find(peer.ip);
  if (streams_.size() >= static_cast<size_t>(limits_.connections)) {
    return LogRefusal("connection.refused", Protocol::kTcp, peer, "too many connections");
  }
  if (of_peer != per_address_.end() && of_peer->second >= limits_.connections_per_peer) {
    return LogRefusal("connection.refused", Protocol::kTcp, peer,
                      "too many connections of this peer");
  }
  PrepareStream(fd.get());
  Add(std::move(fd), Stream::State::kOpen, peer, static_cast<int>(listener));
}

Flow Sockets::Add(Fd fd, Stream::State state, const Endpoint& peer, int listener) {
  const Flow flow{.protocol = Protocol::kTcp,
                  .connection = next_connection_++,
                  .local = LocalOf(fd.get()),
                  .peer = peer};
  streams_.emplace(flow.connection, std::make_unique<Stream>(loop_, *this, limits_, std::move(fd),
                                                             state, flow, listener));
  by_peer_[peer] = flow.connection;
  ++per_address_[peer.ip];
  log::Debug("connection.opened", {{"peer", peer.ToString()},
                                   {"connection", flow.connection},
                                   {"by", listener < 0 ? "us" : "peer"}});
  return flow;
}

Stream* Sockets::Find(const Flow& flow) const {
  const auto it = streams_.find(flow.connection);
  return it == streams_.end() ? nullptr : it->second.get();
}

bool Sockets::Send(const Flow& flow, std::string bytes) {
  if (flow.protocol != Protocol::kUdp) {
    Stream* stream = Find(flow);
    return stream != nullptr && stream->Send(bytes);
  }
  const Listener* listener = ListenerOf(flow);
  if (listener == nullptr) return false;
  if (!listener->datagrams->Queue(flow.local, flow.peer, std::move(bytes))) {
    LogRefusal("datagram.dropped", Protocol::kUdp, flow.peer, "send queue over the limit");
  }
  datagrams_queued_ = true;
  if (!turn_.running()) turn_.Start({});
  return true;
}

absl::StatusOr<Flow> Sockets::Connect(Protocol protocol, const Endpoint& peer) {
  if (protocol == Protocol::kUdp) return DatagramFlow(peer);
  if (protocol != Protocol::kTcp) return absl::UnimplementedError("TLS is not supported");
  if (const auto it = by_peer_.find(peer); it != by_peer_.end()) {
    const Stream& stream = *streams_.at(it->second);
    if (stream.usable()) return stream.flow();
  }
  if (streams_.size() >= static_cast<size_t>(limits_.connections)) {
    return absl::ResourceExhaustedError("too many connections");
  }
  UM_ASSIGN_OR_RETURN(Fd fd, ConnectTcp(peer, SourceFor(protocol, peer)));
  return Add(std::move(fd), Stream::State::kConnecting, peer, -1);
}

// What connects from another address than it listens on is a stranger to many a PBX. But a loopback
// address gets nowhere.
std::optional<IpAddress> Sockets::SourceFor(Protocol protocol, const Endpoint& peer) const {
  for (const auto& listener : listeners_) {
    const IpAddress& ip = listener->local.ip;
    if (listener->options.protocol == protocol && ip.is_v6() == peer.ip.is_v6() &&
        !ip.is_unspecified() && ip.is_loopback() == peer.ip.is_loopback()) {
      return ip;
    }
  }
  return std::nullopt;
}

absl::StatusOr<Flow> Sockets::DatagramFlow(const Endpoint& peer) const {
  Flow flow{.protocol = Protocol::kUdp, .peer = peer};
  for (const auto& listener : listeners_) {
    if (listener->datagrams == nullptr || listener->local.ip.is_v6() != peer.ip.is_v6()) continue;
    flow.local = listener->local;
    if (flow.local.ip.is_unspecified()) flow.local.ip = SourceTowards(peer).value_or(flow.local.ip);
    return flow;
  }
  return absl::UnavailableError("no UDP listener for " + peer.ToString());
}

void Sockets::Close(const Flow& flow) {
  Stream* stream = flow.protocol == Protocol::kUdp ? nullptr : Find(flow);
  if (stream == nullptr) return;
  closed_by_us_.insert(flow.connection);
  stream->Close();
}

// The listener that a flow came by, or that its peer would reach us by.
const Listener* Sockets::ListenerOf(const Flow& flow) const {
  if (const Stream* stream = flow.protocol == Protocol::kUdp ? nullptr : Find(flow);
      stream != nullptr && stream->listener() >= 0) {
    return listeners_[static_cast<size_t>(stream->listener())].get();
  }
  const Listener* wildcard = nullptr;
  for (const auto& listener : listeners_) {
    const Endpoint& local = listener->local;
    if (listener->options.protocol != flow.protocol || local.ip.is_v6() != flow.local.ip.is_v6())
      continue;
    if (flow.protocol == Protocol::kUdp && local.port != flow.local.port) continue;
    if (local.ip == flow.local.ip) return listener.get();
    if (local.ip.is_unspecified() && wildcard == nullptr) wildcard = listener.get();
  }
  return wildcard;
}

Endpoint Sockets::Advertised(const Flow& flow) const {
  const Listener* listener = ListenerOf(flow);
  if (listener == nullptr) return flow.local;
  if (const auto& advertised = listener->options.advertised) {
    return {advertised->ip, advertised->port == 0 ? listener->local.port : advertised->port};
  }
  return {flow.local.ip, listener->local.port};
}

void Sockets::OnMessage(Stream& stream, std::string_view message) {
  if (handler_ != nullptr) handler_->OnMessage(stream.flow(), message);
}

void Sockets::OnBadFrame(Stream& stream, const absl::Status& why, std::string_view refused) {
  const Endpoint& peer = stream.flow().peer;
  LogRefusal("message.refused", Protocol::kTcp, peer, Message(why));
  if (refused.empty()) return;
  const auto request = sip::Message::Parse(refused);
  if (!request.ok() || !request->is_request() || request->method() == "ACK") return;
  const int status = absl::IsResourceExhausted(why) ? 413 : 400;
  stream.Send(sip::ResponseBuilder(*request, peer.ip.ToString(), peer.port, status,
                                   sip::ReasonPhrase(status), Hex(RandomBytes(8)))
                  .Finish());
}

void Sockets::OnGone(Stream& stream, std::string_view why) {
  const Flow& flow = stream.flow();
  log::Debug("connection.closed",
             {{"peer", flow.peer.ToString()}, {"connection", flow.connection}, {"why", why}});
  gone_.push_back(flow.connection);
  if (!turn_.running()) turn_.Start({});
}

void Sockets::OnQueued(Stream& stream) {
  queued_.push_back(stream.flow().connection);
  if (!turn_.running()) turn_.Start({});
}

void Sockets::OnDatagram(const Datagrams::Packet& packet) {
  if (IsKeepAlive(packet.bytes)) return;
  const auto message = packet.cut ? absl::ResourceExhaustedError("datagram over the limit")
                                  : sip::CheckDatagram(packet.bytes, limits_.frame);
  if (!message.ok()) {
    return LogRefusal("message.refused", Protocol::kUdp, packet.peer, Message(message.status()));
  }
  if (handler_ == nullptr) return;
  handler_->OnMessage({.protocol = Protocol::kUdp, .local = packet.local, .peer = packet.peer},
                      *message);
}

void Sockets::LogRefusal(std::string_view event, Protocol protocol, const Endpoint& peer,
                         std::string_view why) {
  const auto suppressed = log_limiter_.Allow(peer.ip, loop_.Now());
  if (!suppressed) return;
  log::Warning(event, {{"peer", peer.ToString()},
                       {"protocol", ToString(protocol)},
                       {"why", why},
                       {"not_logged_before", *suppressed}});
}

// After the sockets' callbacks of this turn: everything queued leaves, then the handler hears what
// is gone. That keeps OnClosed() out of the handler's own calls.
void Sockets::EndTurn() {
  for (const uint64_t id : std::exchange(queued_, {})) {
    if (const auto it = streams_.find(id); it != streams_.end()) it->second->Flush();
  }
  if (std::exchange(datagrams_queued_, false)) {
    for (const auto& listener : listeners_) {
      if (listener->datagrams) listener->datagrams->Flush();
    }
  }
  for (const uint64_t id : std::exchange(gone_, {})) {
    const auto node = streams_.extract(id);
    const Flow flow = node.mapped()->flow();
    if (const auto it = by_peer_.find(flow.peer); it != by_peer_.end() && it->second == id)
      by_peer_.erase(it);
    if (const auto it = per_address_.find(flow.peer.ip); --it->second == 0) per_address_.erase(it);
    if (closed_by_us_.erase(id) == 0 && handler_ != nullptr) handler_->OnClosed(flow);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SipSockets>> SipSockets::Open(
    async::EpollLoop& loop, const std::vector<ListenerOptions>& listeners, const Limits& limits,
    Handler* handler) {
  auto sockets = std::make_unique<Sockets>(loop, limits, handler);
  for (const ListenerOptions& listener : listeners) UM_RETURN_IF_ERROR(sockets->Listen(listener));
  return std::unique_ptr<SipSockets>(std::move(sockets));
}

}  // namespace um::net
