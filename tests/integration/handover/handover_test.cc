#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/integration/handover/bench.h"
#include "um/handover/v1/handover.grpc.pb.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;
using handover::OfferFor;

TEST_CASE("a proxy learns the pool from its nodes and hands calls to each of them") {
  async::EpollLoop loop;
  PoolNode a(loop, "a");
  PoolNode b(loop, "b");
  Client client(loop, {a.address, b.address});
  REQUIRE(TurnUntil(loop, [&] { return client.connected.size() == 2; }));
  CHECK(client.pool.topology().nodes().size() == 2);
  CHECK(client.pool.topology().GatewayOf(*net::IpAddress::Parse("127.0.0.9"))->name == "pbx");
  CHECK(client.pool.topology().proxy_key().size() == 32);
  CHECK(client.topology.Age() < 10s);

  REQUIRE(client.hand_over.Offer(a.address, OfferFor("4711", 1)));
  REQUIRE(client.hand_over.Offer(b.address, OfferFor("9999", 2)));
  REQUIRE(TurnUntil(loop, [&] { return client.decisions.size() == 2; }));
  for (const auto& [node, decision] : client.decisions) {
    if (decision.id() == 1) {
      CHECK(node == a.address);
      CHECK(decision.accept().contact().starts_with(
          "sip:8000@127.0.0.1:5062;transport=tcp;um-ticket="));
    } else {
      CHECK(node == b.address);
      CHECK(decision.reject().status() == 404);
    }
  }
  client.hand_over.Withdraw(a.address, 1);
  CHECK_FALSE(client.hand_over.Offer("127.0.0.1:1", OfferFor("4711", 3)));
}

TEST_CASE("a node that dies is noticed at once, its pool mate goes on, and it is found again") {
  async::EpollLoop loop;
  PoolNode a(loop, "a");
  PoolNode b(loop, "b");
  Client client(loop, {a.address, b.address});
  REQUIRE(TurnUntil(loop, [&] { return client.connected.size() == 2; }));

  const std::string address = a.address;
  const auto killed = std::chrono::steady_clock::now();
  a.server.reset();
  REQUIRE(TurnUntil(loop, [&] { return !client.broken.empty(); }));
  CHECK(client.broken == std::vector<std::string>{address});
  CHECK(std::chrono::steady_clock::now() - killed < 1s);
  CHECK_FALSE(client.hand_over.Offer(address, OfferFor("4711", 1)));
  CHECK(client.pool.Candidates("any", loop.Now()) == std::vector<std::string>{b.address});
  // The gateways it told of stay known.
  CHECK(client.pool.topology().GatewayOf(*net::IpAddress::Parse("127.0.0.9")));
  CHECK(client.hand_over.Offer(b.address, OfferFor("4711", 2)));
  REQUIRE(TurnUntil(loop, [&] { return client.decisions.size() == 1; }));

  a.Start(address);
  REQUIRE(TurnUntil(loop, [&] { return client.connected.size() == 3; }));
  CHECK(client.hand_over.Offer(address, OfferFor("4711", 3)));
  REQUIRE(TurnUntil(loop, [&] { return client.decisions.size() == 2; }));
}

TEST_CASE("draining is told to proxies and to grpc.health.v1 without delay") {
  async::EpollLoop loop;
  PoolNode a(loop, "a");
  Client client(loop, {a.address});
  REQUIRE(TurnUntil(loop, [&] { return client.pool.HasHealthyNode(loop.Now()); }));

  // HealthCheckRequest{} has no bytes; HealthCheckResponse{status} is 08 and the status: 1 serving,
  // 2 not serving.
  grpc::GenericStub stub(grpc::CreateChannel(a.address, grpc::InsecureChannelCredentials()));
  const grpc::Slice nothing("");
  const auto health = [&] {
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                                            grpc::ByteBuffer(&nothing, 1), &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    REQUIRE(queue.Next(&tag, &ok));
    INFO(status.error_message());
    REQUIRE(status.ok());
    grpc::Slice slice;
    REQUIRE(response.DumpToSingleSlice(&slice).ok());
    REQUIRE(slice.size() == 2);
    return static_cast<int>(slice.begin()[1]);
  };
  CHECK(health() == 1);
  a.node.serving_ = false;
  a.server->Refresh();
  REQUIRE(TurnUntil(loop, [&] { return !client.pool.HasHealthyNode(loop.Now()); }));
  CHECK(health() == 2);
}

TEST_CASE("a change of load reaches the proxies within a second or so, without being told") {
  async::EpollLoop loop;
  PoolNode a(loop, "a");
  Client client(loop, {a.address});
  REQUIRE(TurnUntil(loop, [&] { return client.snapshots > 0; }));
  a.node.calls_ = 42;
  REQUIRE(TurnUntil(loop, [&] { return client.pool.topology().nodes().at(0).calls == 42; }));
}

TEST_CASE("a proxy that waits for a node finds it when it starts") {
  async::EpollLoop loop;
  std::string address;
  {
    PoolNode nobody(loop, "a");
    address = nobody.address;
  }
  Client client(loop, {address});
  for (int i = 0; i < 5; ++i) loop.Step(20ms);
  CHECK(client.snapshots == 0);
  CHECK(client.topology.Age() == async::Duration::max());
  PoolNode a(loop, "a");
  a.server.reset();
  a.Start(address);
  CHECK(TurnUntil(loop, [&] { return client.connected.size() == 1; }));
}

TEST_CASE("two nodes cannot share a port, and a server without a key does not start") {
  async::EpollLoop loop;
  PoolNode a(loop, "a");
  handover::FakeNode node;
  const handover::TicketKeys keys{{{1, std::string(32, 'k')}}};
  CHECK(handover::StartServer(loop, node, keys, {.listen = a.address}).status().code() ==
        absl::StatusCode::kUnavailable);
  CHECK(handover::StartServer(loop, node, {}, {.listen = "127.0.0.1:0"}).status().code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("either side may go first, at any moment, with offers in flight") {
  for (const bool server_first : {true, false}) {
    for (int turns = 0; turns < 12; ++turns) {
      async::EpollLoop loop;
      auto a = std::make_unique<PoolNode>(loop, "a");
      auto client = std::make_unique<Client>(loop, std::vector{a->address});
      for (int i = 0; i < turns; ++i) {
        loop.Step(5ms);
        for (uint64_t id = 1; id <= 50; ++id)
          client->hand_over.Offer(a->address, OfferFor("4711", id));
      }
      if (server_first) {
        a.reset();
        loop.Step(1ms);
        client.reset();
      } else {
        client.reset();
        loop.Step(1ms);
        a.reset();
      }
      loop.Step(1ms);
    }
  }
}

TEST_CASE("a proxy with nodes that do not answer stops without delay") {
  async::EpollLoop loop;
  // 192.0.2.0/24 is documentation (RFC 5737); port 1 refuses.
  auto client =
      std::make_unique<Client>(loop, std::vector<std::string>{"192.0.2.1:5070", "127.0.0.1:1"});
  client->hand_over.SetNodes({"192.0.2.1:5070", "127.0.0.1:1"});
  loop.Step(10ms);
  const auto begin = std::chrono::steady_clock::now();
  client.reset();
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

// A peer that is not um-proxy: speaks the protocol by hand, and badly.
TEST_CASE(
    "a proxy that sends offers without end and reads nothing is cut off, and others are served") {
  async::EpollLoop loop;
  PoolNode a(loop, "a");
  std::atomic<bool> over = false;
  std::thread rude([&] {
    auto stub = handover::v1::Handover::NewStub(
        grpc::CreateChannel(a.address, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 20s);
    auto stream = stub->Connect(&context);
    handover::v1::ProxyBatch batch;
    for (uint64_t id = 1; id <= 500; ++id) *batch.add_offers() = OfferFor("4711", id);
    while (stream->Write(batch)) {
    }
    over = true;
    context.TryCancel();  // Finish() alone would wait until everything has been read
    stream->Finish();
  });
  CHECK(TurnUntil(loop, [&] { return over.load(); }));
  rude.join();
  Client client(loop, {a.address});
  REQUIRE(TurnUntil(loop, [&] { return client.connected.size() == 1; }));
  CHECK(client.hand_over.Offer(a.address, OfferFor("4711", 1)));
  CHECK(TurnUntil(loop, [&] { return client.decisions.size() == 1; }));
}

struct Latencies {
  std::vector<int64_t> us;
  int64_t At(double quantile) {
    std::sort(us.begin(), us.end());
    return us.at(static_cast<size_t>(quantile * static_cast<double>(us.size() - 1)));
  }
};

TEST_CASE("two thousand offers are decided, and how fast") {
  async::EpollLoop loop;
  PoolNode a(loop, "a");
  PoolNode b(loop, "b");
  Client client(loop, {a.address, b.address});
  REQUIRE(TurnUntil(loop, [&] { return client.connected.size() == 2; }));
  constexpr uint64_t kOffers = 2000;
  for (const uint64_t in_flight : {1, 32}) {
    Latencies latencies;
    std::vector<std::chrono::steady_clock::time_point> sent(kOffers + 1);
    uint64_t next = 1;
    const auto offer = [&] {
      if (next > kOffers) return;
      sent[next] = std::chrono::steady_clock::now();
      auto o = OfferFor(std::to_string(4700 + next % 100), next);
      o.set_call_hash(fmt::format("{} {}", in_flight, next));
      CHECK(client.hand_over.Offer(next % 2 ? a.address : b.address, o));
      ++next;
    };
    client.on_decision = [&](const handover::v1::Decision& decision) {
      const auto d = std::chrono::steady_clock::now() - sent.at(decision.id());
      latencies.us.push_back(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
      CHECK(decision.has_accept());
      offer();
    };
    const auto begin = std::chrono::steady_clock::now();
    while (next <= in_flight) offer();
    REQUIRE(TurnUntil(loop, [&] { return latencies.us.size() == kOffers; }));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    fmt::print(
        "{} offers, {} in flight, proxy and two nodes in one process: {:.0f}/s, p50 {} us, p99 {} "
        "us\n",
        kOffers, in_flight, kOffers / took.count(), latencies.At(0.5), latencies.At(0.99));
    CHECK(latencies.At(0.5) < 200'000);  // what a node has before it is passed over
    client.on_decision = nullptr;
  }
}

}  // namespace
}  // namespace um::tests
