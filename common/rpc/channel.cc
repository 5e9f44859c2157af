#include "common/rpc/channel.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <mutex>

#include "common/log/log.h"
#include "common/net/log_budget.h"

namespace um::rpc {
namespace {
constexpr int kPingEvery = 10'000;        // [ms]
constexpr int kPingTimeout = 5'000;       // [ms]
constexpr int kPingAllowedEvery = 5'000;  // [ms] well below kPingEvery: clocks and queues jitter
constexpr int kMessageBytes = 4 << 20;
constexpr int kLinesPerSecond = 10;

/// Whoever connects and speaks no TLS makes gRPC report it: a flood of them must not fill the log.
void Report(gpr_log_func_args* args) {
  static std::mutex mutex;
  static net::LogBudget budget(kLinesPerSecond);
  int suppressed = 0;
  {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    if (!budget.Allow(std::chrono::time_point_cast<async::Duration>(now))) return;
    suppressed = budget.TakeSuppressed();
  }
  log::Warning("grpc.reported",
               {{"text", args->message}, {"line", args->line}, {"suppressed", suppressed}});
}

}  // namespace

void AdoptLog() {
  static const bool adopted = [] {
    gpr_set_log_function(Report);
    return true;
  }();
  (void)adopted;
}

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address) {
  AdoptLog();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingEvery);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeout);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // 0: no limit on our own pings
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Channels of one process to one address would share a connection, and so its loss.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kMessageBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void ConfigureServer(grpc::ServerBuilder& builder) {
  AdoptLog();
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingEvery);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeout);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingAllowedEvery);
  // Two servers on one port would split the calls between them without a word.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMessageBytes);
}

}  // namespace um::rpc
