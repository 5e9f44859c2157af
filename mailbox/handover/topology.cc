#include "mailbox/handover/topology.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>

#include <utility>

namespace um::handover {
namespace {
constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::seconds kSendEvery{5};
constexpr size_t kMostWatchers = 256;

void AddGateways(const domain::Organisation& organisation, topology::v1::Snapshot& snapshot) {
  for (const domain::IpGateway& gateway : organisation.gateways) {
    auto& out = *snapshot.add_gateways();
    out.set_organisation(organisation.id);
    out.set_name(gateway.name);
    out.set_enabled(gateway.enabled);
    for (const auto& network : gateway.addresses) out.add_addresses(network.ToString());
    for (const domain::HuntGroup& group : organisation.hunt_groups) {
      if (group.gateway != gateway.name) continue;
      auto& pilot = *out.add_pilots();
      pilot.set_number(group.pilot);
      pilot.set_dial_plan(group.dial_plan);
    }
  }
}

}  // namespace

topology::v1::Snapshot SnapshotOf(Node& node, const TicketKeys& keys,
                                  const ServerOptions& options) {
  topology::v1::Snapshot snapshot;
  for (const auto& routes : node.routing().organisations()) {
    AddGateways(routes->organisation(), snapshot);
  }
  auto& self = *snapshot.add_nodes();
  self.set_name(options.node);
  self.set_rpc(options.advertised_rpc);
  self.set_serving(node.serving());
  self.set_calls(static_cast<uint32_t>(std::max(node.calls(), 0)));
  self.set_max_calls(
      static_cast<uint32_t>(std::max(node.calls(), 0) + std::max(node.headroom(), 0)));
  snapshot.set_node(options.node);
  snapshot.set_proxy_key(DeriveKey(keys, "proxy"));
  return snapshot;
}

class TopologyStreams::Stream final : public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(TopologyStreams& streams) : streams_(streams), io_(&context_) {}

  void Request() {
    void* tag = streams_.pump_.Tag([self = shared_from_this()](bool ok) {
      if (ok) self->OnAccepted();
    });
    if (!tag) return;
    streams_.service_.RequestWatch(&context_, &request_, &io_, &streams_.queue_, &streams_.queue_,
                                   tag);
  }

  /// Sends what the snapshot is when it can be sent: a slow watcher misses steps, never the last
  /// one.
  void Send() {
    due_ = true;
    if (is_writing_) return;
    void* tag = streams_.pump_.Tag([self = shared_from_this()](bool ok) { self->OnWritten(ok); });
    if (!tag) return;
    due_ = false;
    is_writing_ = true;
    io_.Write(streams_.snapshot_, tag);  // serialised during the call
  }

  void Abandon() {
    abandoned_ = true;
    context_.TryCancel();
  }

 private:
  void OnAccepted() {
    streams_.Accept();
    if (streams_.streams_.size() >= kMostWatchers) {
      return Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many proxies"));
    }
    streams_.streams_.insert(shared_from_this());
    streams_.Refresh();
    Send();
  }

  void OnWritten(bool ok) {
    is_writing_ = false;
    if (abandoned_) return;
    if (ok) {
      if (due_) Send();
      return;
    }
    Finish(grpc::Status::OK);  // the watcher is gone
    streams_.streams_.erase(shared_from_this());
  }

  void Finish(const grpc::Status& status) {
    void* tag = streams_.pump_.Tag([self = shared_from_this()](bool) {});
    if (tag) io_.Finish(status, tag);
  }

  TopologyStreams& streams_;
  grpc::ServerContext context_;
  topology::v1::WatchRequest request_;
  grpc::ServerAsyncWriter<topology::v1::Snapshot> io_;
  bool is_writing_ = false;
  bool due_ = false;
  bool abandoned_ = false;
};

TopologyStreams::TopologyStreams(async::Loop& loop, rpc::Pump& pump,
                                 grpc::ServerCompletionQueue& queue, Node& node,
                                 const TicketKeys& keys, const ServerOptions& options)
    : loop_(loop),
      pump_(pump),
      queue_(queue),
      node_(node),
      keys_(keys),
      options_(options),
      timer_(loop, [this] { Tick(); }) {
  // Versions grow across restarts too.
  const auto now = loop.WallNow().time_since_epoch();
  snapshot_.set_version(
      static_cast<uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count()));
}

TopologyStreams::~TopologyStreams() = default;

void TopologyStreams::Accept() {
  std::make_shared<Stream>(*this)->Request();
  if (!timer_.running()) timer_.Start(kLookEvery);
}

void TopologyStreams::Refresh() {
  topology::v1::Snapshot now = SnapshotOf(node_, keys_, options_);
  std::string content = now.SerializeAsString();
  if (content == content_) return;
  content_ = std::move(content);
  now.set_version(snapshot_.version() + 1);
  snapshot_ = std::move(now);
  last_sent_ = loop_.Now();
  for (const auto& stream : streams_) stream->Send();
}

void TopologyStreams::Tick() {
  Refresh();
  if (loop_.Now() - last_sent_ >= kSendEvery) {
    last_sent_ = loop_.Now();
    for (const auto& stream : streams_) stream->Send();
  }
  timer_.Start(kLookEvery);
}

void TopologyStreams::Abandon() {
  timer_.Stop();
  for (const auto& stream : streams_) stream->Abandon();
  streams_.clear();
}

}  // namespace um::handover
