#include "proxy/handover_client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "common/rpc/backoff.h"
#include "common/rpc/batch_stream.h"
#include "common/rpc/channel.h"
#include "um/handover/v1/handover.grpc.pb.h"

namespace um::proxy {

using handover::v1::NodeBatch;
using handover::v1::ProxyBatch;

namespace {
// A node that does not read is not offered more: its calls go to others.
constexpr size_t kMostPendingBytes = 512 << 10;
constexpr size_t kWithdrawalBytes = 12;
}  // namespace

/// What connects us with one node, stream after stream.
class HandoverClient::Link {
 public:
  Link(HandoverClient& client, std::string node)
      : client_(client),
        node_(std::move(node)),
        stub_(handover::v1::Handover::NewStub(rpc::OpenChannel(node_))),
        retry_(client.loop_, [this] { Connect(); }) {}
  ~Link();

  void Connect();
  bool Offer(const handover::v1::Offer& offer);
  void Withdraw(uint64_t offer_id);

  // The stream's word.
  void OnHello(const handover::v1::Hello& hello);
  void OnDecision(const handover::v1::Decision& decision);
  void OnStreamEnd(const grpc::Status& status);

  HandoverClient& client() { return client_; }
  handover::v1::Handover::Stub& stub() { return *stub_; }
  bool connected() const { return connected_; }

 private:
  HandoverClient& client_;
  const std::string node_;
  const std::unique_ptr<handover::v1::Handover::Stub> stub_;
  std::shared_ptr<Stream> stream_;
  bool connected_ = false;
  rpc::Backoff backoff_;
  async::Timer retry_;
};

/// One stream. It outlives its Link while gRPC has operations of it in flight.
class HandoverClient::Stream final
    : public rpc::BatchStream<grpc::ClientAsyncReaderWriter<ProxyBatch, NodeBatch>, ProxyBatch,
                              NodeBatch> {
 public:
  explicit Stream(Link& link)
      : BatchStream(link.client().loop_, link.client().pump_), link_(&link) {}

  void Start() {
    rpc::Pump& pump = link_->client().pump_;
    const auto self = std::static_pointer_cast<Stream>(shared_from_this());
    void* tag = pump.Tag([self](bool ok) { self->OnStarted(ok); });
    if (!tag) return;
    io_ = link_->stub().PrepareAsyncConnect(&context_, pump.queue());
    io_->StartCall(tag);
  }

  void Disown() {
    link_ = nullptr;
    Abandon();
  }

 private:
  grpc::ClientAsyncReaderWriter<ProxyBatch, NodeBatch>& io() override { return *io_; }
  void Cancel() override { context_.TryCancel(); }

  void OnStarted(bool ok) {
    if (!link_) return;
    if (!ok) return OnEnd();
    handover::v1::Hello hello;
    hello.set_name(link_->client().name_);
    hello.set_version(link_->client().version_);
    *Append(hello.ByteSizeLong()).mutable_hello() = hello;
    Begin();
  }

  void OnBatch(const NodeBatch& batch) override {
    if (batch.has_hello()) link_->OnHello(batch.hello());
    for (const auto& decision : batch.decisions()) {
      if (!link_) return;
      link_->OnDecision(decision);
    }
  }

  void OnEnd() override {
    const auto self = std::static_pointer_cast<Stream>(shared_from_this());
    void* tag = link_->client().pump_.Tag([self](bool) {
      if (self->link_) self->link_->OnStreamEnd(self->status_);
    });
    if (tag) io_->Finish(&status_, tag);
  }

  Link* link_;  // nullptr: nobody is interested any more
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<ProxyBatch, NodeBatch>> io_;
  grpc::Status status_;
};

HandoverClient::Link::~Link() {
  if (stream_) stream_->Disown();
}

void HandoverClient::Link::Connect() {
  stream_ = std::make_shared<Stream>(*this);
  stream_->Start();
}

bool HandoverClient::Link::Offer(const handover::v1::Offer& offer) {
  if (!connected_ || stream_->pending_bytes() > kMostPendingBytes) return false;
  *stream_->Append(offer.ByteSizeLong()).add_offers() = offer;
  stream_->Flush();
  return true;
}

void HandoverClient::Link::Withdraw(uint64_t offer_id) {
  if (!connected_) return;
  stream_->Append(kWithdrawalBytes).add_withdrawals()->set_id(offer_id);
  stream_->Flush();
}

void HandoverClient::Link::OnHello(const handover::v1::Hello& hello) {
  if (connected_) return;
  connected_ = true;
  backoff_.Reset();
  log::Info("stream.opened",
            {{"node", hello.name()}, {"version", hello.version()}, {"address", node_}});
  client_.handler_->OnConnected(node_);
}

void HandoverClient::Link::OnDecision(const handover::v1::Decision& decision) {
  client_.handler_->OnDecision(node_, decision);
}

void HandoverClient::Link::OnStreamEnd(const grpc::Status& status) {
  stream_.reset();
  retry_.Start(backoff_.Next());
  log::Debug("stream.ended", {{"address", node_},
                              {"code", static_cast<int>(status.error_code())},
                              {"error", status.error_message()}});
  if (std::exchange(connected_, false)) client_.handler_->OnBroken(node_);
}

HandoverClient::HandoverClient(async::Loop& loop, rpc::Pump& pump, std::string name,
                               std::string version)
    : loop_(loop), pump_(pump), name_(std::move(name)), version_(std::move(version)) {}

HandoverClient::~HandoverClient() { Close(); }

void HandoverClient::SetNodes(const std::vector<std::string>& nodes) {
  std::vector<std::string> lost;
  std::erase_if(links_, [&](const auto& item) {
    if (std::find(nodes.begin(), nodes.end(), item.first) != nodes.end()) return false;
    if (item.second->connected()) lost.push_back(item.first);
    return true;
  });
  for (const std::string& node : nodes) {
    auto& link = links_[node];
    if (link) continue;
    link = std::make_unique<Link>(*this, node);
    link->Connect();
  }
  for (const std::string& node : lost) handler_->OnBroken(node);
}

bool HandoverClient::Offer(const std::string& node, const handover::v1::Offer& offer) {
  const auto it = links_.find(node);
  return it != links_.end() && it->second->Offer(offer);
}

void HandoverClient::Withdraw(const std::string& node, uint64_t offer_id) {
  if (const auto it = links_.find(node); it != links_.end()) it->second->Withdraw(offer_id);
}

void HandoverClient::Close() { links_.clear(); }

}  // namespace um::proxy
