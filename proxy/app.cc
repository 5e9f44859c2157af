#include "proxy/app.h"

#include <fmt/format.h>

#include "common/base/status.h"
#include "common/base/version.h"
#include "common/log/log.h"

namespace um::proxy {
namespace {
using namespace std::chrono_literals;
constexpr async::Duration kDrainLook = 20ms;
}  // namespace

App::App(async::EpollLoop& loop, const Config& config)
    : loop_(loop),
      config_(config),
      pump_(loop, std::make_unique<grpc::CompletionQueue>()),
      hand_over_(loop, pump_, config_.name, kVersion),
      topology_(loop, pump_, config_.name, config_.nodes,
                [this](const topology::v1::Snapshot& snapshot) { OnTopology(snapshot); }),
      drained_(loop, [this] { Drain(); }) {}

absl::StatusOr<std::unique_ptr<App>> App::Start(async::EpollLoop& loop, const Config& config) {
  std::unique_ptr<App> app(new App(loop, config));
  UM_ASSIGN_OR_RETURN(app->sockets_, net::SipSockets::Open(loop, config.listeners));
  app->redirector_ =
      std::make_unique<Redirector>(loop, *app->sockets_, app->pool_, app->hand_over_,
                                   RedirectorOptions{.name = config.name, .rules = config.rules});
  app->sockets_->SetHandler(app->redirector_.get());
  app->hand_over_.SetHandler(app->redirector_.get());
  app->topology_.Start();
  log::Info("proxy.started", {{"name", config.name}, {"version", kVersion}});
  return app;
}

App::~App() {
  if (sockets_) sockets_->SetHandler(nullptr);
  topology_.Close();
  hand_over_.Close();
  pump_.Stop();
}

void App::OnTopology(const topology::v1::Snapshot& snapshot) {
  pool_.Adopt(snapshot);
  std::vector<std::string> nodes;
  for (const Node& node : pool_.topology().nodes()) nodes.push_back(node.rpc);
  hand_over_.SetNodes(nodes);
}

void App::Drain() {
  redirector_->Drain();
  const bool out_of_time = drain_turns_++ * kDrainLook > kDecisionTimeout;
  if (redirector_->idle() || out_of_time) return loop_.Stop();
  drained_.Start(kDrainLook);
}

}  // namespace um::proxy
