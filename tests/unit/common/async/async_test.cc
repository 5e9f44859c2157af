#include "common/async/epoll_loop.h"
#include "common/async/race.h"
#include "common/async/scope.h"
#include "common/async/sync.h"
#include "common/async/worker_pool.h"
#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"

using namespace um::async;
using um::tests::FakeLoop;

namespace {

Scope NoErrors(Loop& loop) {
  return Scope(loop, [](std::exception_ptr) { FAIL("a task threw"); });
}

Task<> SleepThenMark(Loop& loop, Duration d, std::vector<Duration>& marks, Time start) {
  co_await Sleep(loop, d);
  marks.push_back(loop.Now() - start);
}

Task<int> NumberAfter(Loop& loop, Duration d, int n) {
  co_await Sleep(loop, d);
  co_return n;
}

}  // namespace

TEST_CASE("sleeps end in order of time, in virtual time") {
  FakeLoop loop;
  std::vector<Duration> marks;
  Scope scope = NoErrors(loop);
  for (const auto d : {30ms, 10ms, 20ms}) scope.Spawn(SleepThenMark(loop, d, marks, loop.Now()));
  loop.RunToEnd();
  CHECK(marks == std::vector<Duration>{10ms, 20ms, 30ms});
  CHECK(scope.size() == 0);
}

TEST_CASE("the first of two tasks wins and the other never runs again") {
  FakeLoop loop;
  std::optional<int> a, b;
  Scope scope = NoErrors(loop);
  auto run = [](Loop& l, std::optional<int>& ra, std::optional<int>& rb) -> Task<> {
    const auto result = co_await AnyOf(l, NumberAfter(l, 20ms, 1), NumberAfter(l, 10ms, 2));
    ra = result.first;
    rb = result.second;
  };
  scope.Spawn(run(loop, a, b));
  loop.RunFor(10ms);
  CHECK_FALSE(a);
  CHECK(b == 2);
  CHECK(loop.idle());  // the loser's timer went with it
}

TEST_CASE("a key that arrives as the prompt ends is not lost") {
  FakeLoop loop;
  Channel<char> keys(loop);
  Scope scope = NoErrors(loop);
  bool prompt_ended = false;
  std::optional<char> later;
  auto flow = [](Loop& l, Channel<char>& k, bool& ended, std::optional<char>& got) -> Task<> {
    auto next = [](Channel<char>& c) -> Task<char> { co_return co_await c.Next(); };
    const auto first = co_await AnyOf(l, NumberAfter(l, 10ms, 1), next(k));
    ended = first.first.has_value();
    if (ended) got = co_await k.Next();
  };
  scope.Spawn(flow(loop, keys, prompt_ended, later));
  Timer press(loop, [&] { keys.Push('5'); });
  press.Start(10ms);
  loop.RunToEnd();
  CHECK(prompt_ended);
  CHECK(later == '5');
}

TEST_CASE("cancelling a task at any instant runs its destructors and nothing else") {
  for (int at = 0; at <= 50; ++at) {
    FakeLoop loop;
    int live = 0;
    bool ended = false;
    struct Counted {
      int& n;
      explicit Counted(int& c) : n(c) { ++n; }
      ~Counted() { --n; }
    };
    auto flow = [](Loop& l, int& count, bool& end) -> Task<> {
      Counted outer(count);
      for (int i = 0; i < 4; ++i) {
        Counted inner(count);
        co_await AnyOf(l, NumberAfter(l, 10ms, i), NumberAfter(l, 30ms, i));
      }
      end = true;
    };
    {
      Scope scope = NoErrors(loop);
      scope.Spawn(flow(loop, live, ended));
      loop.RunFor(std::chrono::milliseconds(at));
    }
    CHECK(live == 0);
    CHECK(ended == (at >= 40));
    CHECK(loop.idle());
  }
}

TEST_CASE("an exception ends its own task only") {
  FakeLoop loop;
  int errors = 0;
  std::vector<Duration> marks;
  Scope scope(loop, [&](std::exception_ptr) { ++errors; });
  auto thrower = [](Loop& l) -> Task<> {
    co_await Sleep(l, 5ms);
    throw std::runtime_error("x");
  };
  scope.Spawn(thrower(loop));
  scope.Spawn(SleepThenMark(loop, 10ms, marks, loop.Now()));
  loop.RunToEnd();
  CHECK(errors == 1);
  CHECK(marks.size() == 1);
}

TEST_CASE("a timer can be stopped, restarted, and destroyed by its own callback") {
  FakeLoop loop;
  int fired = 0;
  Timer timer(loop, [&] { ++fired; });
  timer.Start(10ms);
  timer.Stop();
  loop.RunFor(20ms);
  CHECK(fired == 0);
  timer.Start(10ms);
  timer.Start(30ms);
  loop.RunFor(29ms);
  CHECK(fired == 0);
  loop.RunFor(1ms);
  CHECK(fired == 1);
  auto suicidal = std::make_unique<std::unique_ptr<Timer>>();
  *suicidal = std::make_unique<Timer>(loop, [&] { suicidal->reset(); });
  (*suicidal)->Start(1ms);
  loop.RunToEnd();
  CHECK(*suicidal == nullptr);
}

TEST_CASE("work posted from other threads runs on the loop, in order") {
  EpollLoop loop;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.Post([&seen, i] { seen.push_back(i); });
    loop.Post([&] { loop.Stop(); });
  });
  loop.Run();
  other.join();
  REQUIRE(seen.size() == 1000);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("offloaded jobs raced against a deadline: results come or are dropped, never dangle") {
  EpollLoop loop;
  int done = 0, late = 0;
  {
    WorkerPool pool(4);
    Scope scope = NoErrors(loop);
    auto job = [](Loop& l, WorkerPool& p, int i, int& d, int& t) -> Task<> {
      auto work = [](Loop& ll, WorkerPool& pp, int n) -> Task<int> {
        const std::function<int()> f = [n] {
          std::this_thread::sleep_for(std::chrono::milliseconds(n % 20));
          return n;
        };
        co_return co_await Offload<int>(ll, pp, f);
      };
      const auto first = co_await AnyOf(l, work(l, p, i), NumberAfter(l, 10ms, -1));
      ++(first.first ? d : t);
    };
    for (int i = 0; i < 200; ++i) scope.Spawn(job(loop, pool, i, done, late));
    while (scope.size() > 0) loop.Step(10ms);
  }
  loop.Step(0ms);  // results that came after their task was gone
  CHECK(done + late == 200);
  CHECK(late > 0);
}
