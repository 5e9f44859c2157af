#include "mailbox/handover/offer_stream.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>

#include <utility>

#include "common/log/log.h"

namespace um::handover {
namespace {
constexpr size_t kMostStreams = 256;
// A proxy that sends offers and does not read decisions is cut off here.
constexpr size_t kMostPendingBytes = 2 << 20;
}  // namespace

class OfferStreams::Stream final
    : public rpc::BatchStream<grpc::ServerAsyncReaderWriter<v1::NodeBatch, v1::ProxyBatch>,
                              v1::NodeBatch, v1::ProxyBatch> {
 public:
  explicit Stream(OfferStreams& streams)
      : BatchStream(streams.loop_, streams.pump_), streams_(streams), io_(&context_) {}

  void Request() {
    auto self = std::static_pointer_cast<Stream>(shared_from_this());
    void* tag = streams_.pump_.Tag([self](bool ok) {
      if (ok) self->streams_.OnAccepted(self);
    });
    if (!tag) return;
    streams_.service_.RequestConnect(&context_, &io_, &streams_.queue_, &streams_.queue_, tag);
  }

  void Serve() {
    v1::Hello hello;
    hello.set_name(streams_.options_.node);
    hello.set_version(streams_.options_.version);
    *Append(hello.ByteSizeLong()).mutable_hello() = hello;
    Begin();
  }

  void Refuse() { Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many proxies")); }

 private:
  grpc::ServerAsyncReaderWriter<v1::NodeBatch, v1::ProxyBatch>& io() override { return io_; }
  void Cancel() override { context_.TryCancel(); }

  void OnBatch(const v1::ProxyBatch& batch) override {
    if (batch.has_hello()) {
      proxy_ = batch.hello().name();
      log::Info(
          "proxy.connected",
          {{"proxy", proxy_}, {"version", batch.hello().version()}, {"peer", context_.peer()}});
    }
    // Decisions are made at once, so there is nothing left for a withdrawal to save.
    const domain::WallTime now = streams_.loop_.WallNow();
    for (const v1::Offer& offer : batch.offers()) {
      v1::Decision decision = streams_.decider_.Decide(offer, now);
      *Append(decision.ByteSizeLong()).add_decisions() = std::move(decision);
    }
    if (pending_bytes() > kMostPendingBytes) {
      log::Warning("proxy.cut_off", {{"proxy", proxy_}, {"reason", "it does not read decisions"}});
      Cancel();
      return;
    }
    Flush();
  }

  void OnEnd() override {
    log::Info("proxy.disconnected", {{"proxy", proxy_}});
    Finish(grpc::Status::OK);
    streams_.streams_.erase(std::static_pointer_cast<Stream>(shared_from_this()));
  }

  void Finish(const grpc::Status& status) {
    void* tag = streams_.pump_.Tag([self = shared_from_this()](bool) {});
    if (tag) io_.Finish(status, tag);
  }

  OfferStreams& streams_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<v1::NodeBatch, v1::ProxyBatch> io_;
  std::string proxy_;
};

OfferStreams::OfferStreams(async::Loop& loop, rpc::Pump& pump, grpc::ServerCompletionQueue& queue,
                           Decider& decider, const ServerOptions& options)
    : loop_(loop), pump_(pump), queue_(queue), decider_(decider), options_(options) {}

OfferStreams::~OfferStreams() = default;

void OfferStreams::Accept() { std::make_shared<Stream>(*this)->Request(); }

void OfferStreams::OnAccepted(const std::shared_ptr<Stream>& stream) {
  Accept();
  if (streams_.size() >= kMostStreams) return stream->Refuse();
  streams_.insert(stream);
  stream->Serve();
}

void OfferStreams::Abandon() {
  for (const auto& stream : streams_) stream->Abandon();
  streams_.clear();
}

}  // namespace um::handover
