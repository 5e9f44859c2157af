#include "mailbox/handover/server.h"

#include <fmt/format.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <optional>
#include <utility>

#include "common/log/log.h"
#include "common/rpc/channel.h"
#include "common/rpc/pump.h"
#include "mailbox/handover/decider.h"
#include "mailbox/handover/offer_stream.h"
#include "mailbox/handover/topology.h"

namespace um::handover {
namespace {

constexpr std::chrono::seconds kHealthEvery{1};

class ServerImpl final : public Server {
 public:
  ServerImpl(async::Loop& loop, Node& node, const TicketKeys& keys, ServerOptions options)
      : node_(node),
        keys_(keys),
        options_(std::move(options)),
        decider_(node, keys_, options_),
        health_timer_(loop, [this] { UpdateHealth(); }) {}

  ~ServerImpl() override {
    if (!pump_) return;
    health_timer_.Stop();
    offers_->Abandon();
    watchers_->Abandon();
    // This order and no other: no new calls, then no new operations, then wait for the ends of
    // those in flight.
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    pump_->Stop();
  }

  absl::Status Start(async::Loop& loop) {
    grpc::EnableDefaultHealthCheckService(
        true);  // process-wide; takes effect when a server is built
    grpc::ServerBuilder builder;
    rpc::ConfigureServer(builder);
    builder.AddListeningPort(options_.listen, grpc::InsecureServerCredentials(), &port_);
    auto queue = builder.AddCompletionQueue();
    grpc::ServerCompletionQueue& server_queue = *queue;
    pump_ = std::make_unique<rpc::Pump>(loop, std::move(queue));
    offers_ = std::make_unique<OfferStreams>(loop, *pump_, server_queue, decider_, options_);
    watchers_ =
        std::make_unique<TopologyStreams>(loop, *pump_, server_queue, node_, keys_, options_);
    builder.RegisterService(&offers_->service());
    builder.RegisterService(&watchers_->service());
    server_ = builder.BuildAndStart();
    if (!server_) {
      return absl::UnavailableError(fmt::format("listen for um-proxy on {}", options_.listen));
    }
    NameOurselves();
    offers_->Accept();
    watchers_->Accept();
    UpdateHealth();
    log::Info("handover.started", {{"address", options_.advertised_rpc}, {"node", options_.node}});
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  void Refresh() override {
    UpdateHealth();
    watchers_->Refresh();
  }

 private:
  // The advertised address of a server that was told to choose its port.
  void NameOurselves() {
    if (!options_.advertised_rpc.empty()) return;
    const size_t colon = options_.listen.rfind(':');
    options_.advertised_rpc = fmt::format("{}:{}", options_.listen.substr(0, colon), port_);
  }

  void UpdateHealth() {
    health_timer_.Start(kHealthEvery);
    const bool serving = node_.serving();
    if (serving == told_serving_) return;
    told_serving_ = serving;
    server_->GetHealthCheckService()->SetServingStatus(serving);
  }

  Node& node_;
  const TicketKeys keys_;
  ServerOptions options_;
  Decider decider_;
  async::Timer health_timer_;
  std::optional<bool> told_serving_;
  int port_ = 0;
  // Destroyed in this order reversed: the server before the queue that its calls end on.
  std::unique_ptr<rpc::Pump> pump_;
  std::unique_ptr<OfferStreams> offers_;
  std::unique_ptr<TopologyStreams> watchers_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> StartServer(async::Loop& loop, Node& node,
                                                    const TicketKeys& keys,
                                                    const ServerOptions& options) {
  if (keys.keys.empty()) return absl::InvalidArgumentError("no ticket key");
  auto server = std::make_unique<ServerImpl>(loop, node, keys, options);
  const absl::Status started = server->Start(loop);
  if (!started.ok()) return started;
  return server;
}

}  // namespace um::handover
