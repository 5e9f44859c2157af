#include "proxy/topology_client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/log/log.h"
#include "common/rpc/backoff.h"
#include "common/rpc/channel.h"
#include "proxy/topology.h"
#include "um/topology/v1/topology.grpc.pb.h"

namespace um::proxy {

using topology::v1::Snapshot;

namespace {
// Three snapshots missed (topology.proto: one every 5 s at least).
constexpr std::chrono::seconds kLostAfter{15};
}  // namespace

/// One seed node, watch after watch.
class TopologyClient::Seed {
 public:
  Seed(TopologyClient& client, std::string address)
      : client_(client),
        address_(std::move(address)),
        stub_(topology::v1::Topology::NewStub(rpc::OpenChannel(address_))),
        retry_(client.loop_, [this] { Connect(); }) {}
  ~Seed();

  void Connect();
  void OnSnapshot(const Snapshot& snapshot);
  void OnWatchEnd(const grpc::Status& status);

  TopologyClient& client() { return client_; }
  topology::v1::Topology::Stub& stub() { return *stub_; }
  const std::string& address() const { return address_; }
  bool connected() const { return connected_; }
  const std::optional<Snapshot>& snapshot() const { return snapshot_; }
  async::Time heard() const { return heard_; }

 private:
  TopologyClient& client_;
  const std::string address_;
  const std::unique_ptr<topology::v1::Topology::Stub> stub_;
  std::shared_ptr<Watch> watch_;
  bool connected_ = false;
  std::optional<Snapshot> snapshot_;
  async::Time heard_{};
  rpc::Backoff backoff_;
  async::Timer retry_;
};

/// One call of Watch(). It outlives its Seed while gRPC has operations of it in flight.
class TopologyClient::Watch final : public std::enable_shared_from_this<Watch> {
 public:
  explicit Watch(Seed& seed)
      : seed_(&seed),
        pump_(seed.client().pump_),
        lost_(seed.client().loop_, [this] { context_.TryCancel(); }) {}

  void Start() {
    void* tag = pump_.Tag([self = shared_from_this()](bool ok) { self->OnStarted(ok); });
    if (!tag) return;
    topology::v1::WatchRequest request;
    request.set_proxy(seed_->client().proxy_name_);
    io_ = seed_->stub().PrepareAsyncWatch(&context_, request, pump_.queue());
    io_->StartCall(tag);
  }

  void Disown() {
    seed_ = nullptr;
    lost_.Stop();
    context_.TryCancel();
  }

 private:
  void OnStarted(bool ok) {
    if (!seed_) return;
    ok ? Read() : Finish();
  }

  void Read() {
    lost_.Start(kLostAfter);
    void* tag = pump_.Tag([self = shared_from_this()](bool ok) { self->OnRead(ok); });
    if (tag) io_->Read(&snapshot_, tag);
  }

  void OnRead(bool ok) {
    if (!seed_) return;
    if (!ok) return Finish();
    seed_->OnSnapshot(snapshot_);
    if (seed_) Read();
  }

  void Finish() {
    lost_.Stop();
    void* tag = pump_.Tag([self = shared_from_this()](bool) {
      if (self->seed_) self->seed_->OnWatchEnd(self->status_);
    });
    if (tag) io_->Finish(&status_, tag);
  }

  Seed* seed_;  // nullptr: nobody is interested any more
  rpc::Pump& pump_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReader<Snapshot>> io_;
  Snapshot snapshot_;
  grpc::Status status_;
  async::Timer lost_;
};

TopologyClient::Seed::~Seed() {
  if (watch_) watch_->Disown();
}

void TopologyClient::Seed::Connect() {
  watch_ = std::make_shared<Watch>(*this);
  watch_->Start();
}

void TopologyClient::Seed::OnSnapshot(const Snapshot& snapshot) {
  connected_ = true;
  heard_ = client_.loop_.Now();
  backoff_.Reset();
  // Its words are the same most of the time.
  if (snapshot_ && snapshot_->version() == snapshot.version()) return;
  snapshot_ = snapshot;
  client_.Publish();
}

void TopologyClient::Seed::OnWatchEnd(const grpc::Status& status) {
  watch_.reset();
  retry_.Start(backoff_.Next());
  if (!std::exchange(connected_, false)) return;
  log::Warning("topology.lost", {{"address", address_},
                                 {"code", static_cast<int>(status.error_code())},
                                 {"error", status.error_message()}});
  client_.Publish();
}

TopologyClient::TopologyClient(async::Loop& loop, rpc::Pump& pump, std::string proxy_name,
                               const std::vector<std::string>& seeds, Listener on_change)
    : loop_(loop),
      pump_(pump),
      proxy_name_(std::move(proxy_name)),
      on_change_(std::move(on_change)) {
  for (const std::string& seed : seeds) seeds_.push_back(std::make_unique<Seed>(*this, seed));
}

TopologyClient::~TopologyClient() { Close(); }

void TopologyClient::Start() {
  for (const auto& seed : seeds_) seed->Connect();
}

void TopologyClient::Publish() {
  std::vector<std::pair<std::string, Snapshot>> by_seed;
  for (const bool connected : {true, false}) {
    for (const auto& seed : seeds_) {
      if (seed->snapshot() && seed->connected() == connected) {
        by_seed.emplace_back(seed->address(), *seed->snapshot());
      }
    }
  }
  on_change_(Merge(by_seed));
}

async::Duration TopologyClient::Age() const {
  async::Duration age = async::Duration::max();
  for (const auto& seed : seeds_) {
    if (seed->snapshot()) age = std::min(age, loop_.Now() - seed->heard());
  }
  return age;
}

void TopologyClient::Close() { seeds_.clear(); }

}  // namespace um::proxy
