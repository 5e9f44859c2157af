// Several nodes on one store, in real time: whatever they do at once, a lamp's last number is
// right.
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "common/async/epoll_loop.h"
#include "common/async/worker_pool.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/lamps/teller.h"
#include "tests/integration/store/places.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;

constexpr int kMailboxes = 5;
constexpr int kMessages = 40;  // of each mailbox

domain::Organisation Organise() {
  domain::Organisation o{.id = "acme"};
  domain::IpGateway gateway{.name = "pbx"};
  gateway.contact = net::Endpoint::Parse("192.0.2.1:5060");
  o.gateways = {gateway};
  o.hunt_groups = {{.name = "h", .gateway = "pbx", .pilot = "", .dial_plan = "Main"}};
  o.dial_plans = {{.name = "Main"}};
  std::vector<domain::Mailbox> boxes;
  for (int i = 0; i < kMailboxes; ++i) {
    boxes.push_back({.id = "user" + std::to_string(i),
                     .dial_plan = "Main",
                     .extension = std::to_string(1000 + i)});
  }
  o.mailboxes = domain::Mailboxes(std::move(boxes));
  return o;
}

/// What came to the telephones, in the order in which it came.
class Pbx {
 public:
  void Hear(const std::string& uri, const std::string& body) {
    const size_t voice = body.find("Voice-Message: ") + 15;
    const int count = std::stoi(body.substr(voice));
    const std::lock_guard lock(mutex_);
    auto& heard = heard_[uri];
    if (!heard.empty() && count < heard.back()) ++went_back_;
    heard.push_back(count);
    changed_.notify_all();
  }
  /// Waits until every lamp shows `count`, at most a minute. False: they do not.
  bool AllShow(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] {
      int n = 0;
      for (const auto& [_, heard] : heard_) n += heard.back() == count;
      return n == kMailboxes;
    });
  }
  int went_back() {
    const std::lock_guard lock(mutex_);
    return went_back_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::vector<int>> heard_;
  int went_back_ = 0;
};

/// One node: stores, loop and workers of its own.
class Node {
 public:
  Node(const store::StoreOptions& where, Pbx& pbx, unsigned seed)
      : stores_(OpenStores(where)), pbx_(pbx), thread_([this, seed] { Run(seed); }) {}
  ~Node() {
    stop_ = true;
    thread_.join();
  }
  store::Stores& stores() { return stores_; }

 private:
  void Run(unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::unique_ptr<async::Timer>> timers;
    lamps::Teller teller(
        loop_, [this](std::function<void()> job) { workers_.Submit(std::move(job)); },
        *stores_.lamps, "node" + std::to_string(seed),
        [&](const ua::Notification& notification, auto done) {
          // It comes a while after it was sent, and is answered a while after that.
          timers.push_back(std::make_unique<async::Timer>(loop_, [this, notification, done] {
            pbx_.Hear(notification.uri, notification.body);
            done({200, "OK"});
          }));
          timers.back()->Start(std::chrono::milliseconds(random() % 30));
        },
        {.per_second = 10'000, .poll = 50ms});
    teller.SetRouting(std::make_shared<domain::RoutingCopy>(Organise()));
    while (!stop_) loop_.Step(10ms);
  }

  store::Stores stores_;
  Pbx& pbx_;
  async::WorkerPool workers_{1};
  async::EpollLoop loop_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

void Leave(store::MessageStore& store, int mailbox) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  store::StoredMessage message;
  message.call.message_id = NewUlid(now);
  message.call.organisation = "acme";
  message.call.mailbox_id = "user" + std::to_string(mailbox);
  message.call.extension = "1000";
  message.duration = 1s;
  message.stored = now;
  RequireOk(store.Insert(message, "v"));
}

}  // namespace

TEMPLATE_TEST_CASE("three nodes tell one another's changes, and no old number comes last", "",
                   Embedded, PostgreSql) {
  log::SetLevel(log::Level::kError);
  const TestType place;
  Pbx pbx;
  std::vector<std::unique_ptr<Node>> nodes;
  for (unsigned i = 1; i <= 3; ++i) {
    nodes.push_back(std::make_unique<Node>(place.options(), pbx, i));
  }
  for (int m = 0; m < kMessages; ++m) {
    for (int box = 0; box < kMailboxes; ++box) {
      Leave(*nodes[static_cast<size_t>(m + box) % nodes.size()]->stores().messages, box);
    }
  }
  CHECK(pbx.AllShow(kMessages));
  CHECK(pbx.went_back() == 0);
}

}  // namespace um::tests
