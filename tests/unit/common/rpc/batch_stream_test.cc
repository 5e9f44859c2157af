#include "common/rpc/batch_stream.h"

#include <grpcpp/alarm.h>

#include <deque>
#include <functional>
#include <thread>

#include "common/rpc/backoff.h"
#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"
#include "um/handover/v1/handover.pb.h"

namespace um::rpc {
namespace {

using namespace std::chrono_literals;
using handover::v1::NodeBatch;
using handover::v1::ProxyBatch;

/// Operations that end when the test says so.
struct FakeIo {
  explicit FakeIo(Pump& p) : pump(p) {}
  void Read(NodeBatch* into, void* tag) {
    CHECK_FALSE(read_tag);
    read_into = into;
    read_tag = tag;
  }
  void Write(const ProxyBatch& batch, void* tag) {
    CHECK_FALSE(write_tag);  // at most one write in flight
    written.push_back(batch);
    write_tag = tag;
  }
  // An alarm that is cancelled ends with ok == false.
  void End(void*& tag, bool ok) {
    auto& alarm = alarms.emplace_back();
    const auto when = std::chrono::system_clock::now() + (ok ? 0h : 1h);
    alarm.Set(pump.queue(), when, std::exchange(tag, nullptr));
    if (!ok) alarm.Cancel();
  }

  Pump& pump;
  NodeBatch* read_into = nullptr;
  void* read_tag = nullptr;
  void* write_tag = nullptr;
  std::vector<ProxyBatch> written;
  std::deque<grpc::Alarm> alarms;
};

class TestStream final : public BatchStream<FakeIo, ProxyBatch, NodeBatch> {
 public:
  TestStream(async::Loop& loop, Pump& pump) : BatchStream(loop, pump), io_(pump) {}
  void Start() { Begin(); }
  FakeIo& io() override { return io_; }
  void Cancel() override { ++cancels; }
  void OnBatch(const NodeBatch& batch) override { batches.push_back(batch); }
  void OnEnd() override { ++ends; }

  FakeIo io_;
  int cancels = 0;
  int ends = 0;
  std::vector<NodeBatch> batches;
};

struct Bench {
  Bench() { stream->Start(); }
  ~Bench() { pump.Stop(); }
  // Ends an operation and turns the loop until its end has shown.
  void End(void*& tag, bool ok, const std::function<bool()>& shown) {
    REQUIRE(tag);
    stream->io_.End(tag, ok);
    while (!shown()) {
      std::this_thread::yield();
      loop.RunFor(0us);
    }
  }
  void EndWrite() {
    End(io().write_tag, true, [this] { return io().write_tag || !stream->is_writing(); });
  }
  void Offer(uint64_t id) {
    stream->Append(2).add_offers()->set_id(id);
    stream->Flush();
    stream->Flush();
  }
  FakeIo& io() { return stream->io_; }

  tests::FakeLoop loop;
  Pump pump{loop, std::make_unique<grpc::CompletionQueue>()};
  std::shared_ptr<TestStream> stream = std::make_shared<TestStream>(loop, pump);
};

TEST_CASE("what gathers during a write goes with the next, in one batch") {
  Bench bench;
  REQUIRE(bench.io().written.size() == 1);  // the first batch goes at once
  for (uint64_t id = 1; id <= 5; ++id) bench.Offer(id);
  CHECK(bench.io().written.size() == 1);
  bench.EndWrite();
  REQUIRE(bench.io().written.size() == 2);
  CHECK(bench.io().written[1].offers_size() == 5);
  bench.EndWrite();
  CHECK(bench.io().written.size() == 2);
  bench.Offer(6);
  bench.Offer(7);
  CHECK(bench.io().written.size() == 2);
  bench.loop.RunFor(0us);  // the end of this turn
  REQUIRE(bench.io().written.size() == 3);
  CHECK(bench.io().written[2].offers_size() == 2);
}

TEST_CASE("ten seconds without a word bring an empty batch") {
  Bench bench;
  bench.EndWrite();
  bench.loop.RunFor(9s);
  CHECK(bench.io().written.size() == 1);
  bench.loop.RunFor(1s);
  REQUIRE(bench.io().written.size() == 2);
  CHECK(bench.io().written[1].ByteSizeLong() == 0);
  // A write that is stuck is not doubled.
  bench.loop.RunFor(15s);
  CHECK(bench.io().written.size() == 2);
}

TEST_CASE("thirty seconds of nothing are a broken stream; any batch is a sign of life") {
  Bench bench;
  bench.loop.RunFor(29s);
  bench.End(bench.io().read_tag, true, [&] { return !bench.stream->batches.empty(); });
  CHECK(bench.stream->batches.size() == 1);
  bench.loop.RunFor(29s);
  CHECK(bench.stream->cancels == 0);
  bench.loop.RunFor(2s);
  CHECK(bench.stream->cancels == 1);
}

TEST_CASE("the end is told once, when no operation is in flight") {
  Bench bench;
  bench.End(bench.io().read_tag, false, [&] { return bench.stream->is_over(); });
  CHECK(bench.stream->ends == 0);  // a write is in flight: Finish() now would abort
  bench.End(bench.io().write_tag, false, [&] { return bench.stream->ends > 0; });
  CHECK(bench.stream->ends == 1);
  bench.Offer(1);
  CHECK(bench.io().written.size() == 1);
  bench.loop.RunToEnd();
  CHECK(bench.stream->ends == 1);
}

TEST_CASE("a failed write cancels, so that the read ends too") {
  Bench bench;
  bench.End(bench.io().write_tag, false, [&] { return bench.stream->cancels > 0; });
  CHECK(bench.stream->cancels == 1);
  bench.End(bench.io().read_tag, false, [&] { return bench.stream->ends > 0; });
  CHECK(bench.stream->ends == 1);
}

TEST_CASE("an abandoned stream is silent, and lives until its operations have ended") {
  Bench bench;
  const std::weak_ptr<TestStream> alive = bench.stream;
  TestStream& stream = *bench.stream;
  stream.Abandon();
  CHECK(stream.cancels == 1);
  bench.stream.reset();
  CHECK_FALSE(alive.expired());
  stream.io_.End(stream.io_.write_tag, false);
  stream.io_.End(stream.io_.read_tag, false);
  while (!alive.expired()) {
    std::this_thread::yield();
    bench.loop.RunFor(0us);
  }
  CHECK(bench.loop.idle());
}

TEST_CASE("a stopped pump runs nothing more and takes no operation") {
  tests::FakeLoop loop;
  Pump pump(loop, std::make_unique<grpc::CompletionQueue>());
  int ran = 0;
  grpc::Alarm alarm;
  const auto held = std::make_shared<int>(0);
  alarm.Set(pump.queue(), std::chrono::system_clock::now(),
            pump.Tag([&ran, held](bool) { ++ran; }));
  while (held.use_count() > 1 && loop.idle()) std::this_thread::yield();
  pump.Stop();  // its end is known but has not run
  loop.RunToEnd();
  CHECK(ran == 0);
  CHECK(held.use_count() == 1);
  CHECK(pump.Tag([](bool) {}) == nullptr);
  CHECK_FALSE(pump.running());
}

TEST_CASE("a callback may stop the pump") {
  tests::FakeLoop loop;
  Pump pump(loop, std::make_unique<grpc::CompletionQueue>());
  int ran = 0;
  grpc::Alarm first;
  grpc::Alarm second;
  const auto stop = [&](bool) {
    ++ran;
    pump.Stop();
  };
  first.Set(pump.queue(), std::chrono::system_clock::now(), pump.Tag(stop));
  second.Set(pump.queue(), std::chrono::system_clock::now(), pump.Tag(stop));
  while (ran == 0) loop.RunFor(0us);
  loop.RunToEnd();
  CHECK(ran == 1);
}

TEST_CASE("attempts are 100 ms apart at first and 2 s at last") {
  Backoff backoff;
  CHECK(backoff.Next() == 100ms);
  CHECK(backoff.Next() == 200ms);
  for (int i = 0; i < 10; ++i) backoff.Next();
  CHECK(backoff.Next() == 2s);
  backoff.Reset();
  CHECK(backoff.Next() == 100ms);
}

}  // namespace
}  // namespace um::rpc
