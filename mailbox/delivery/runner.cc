#include "mailbox/delivery/runner.h"

#include <netdb.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/delivery/mail.h"
#include "mailbox/delivery/pace.h"
#include "mailbox/delivery/source.h"
#include "mailbox/delivery/transport.h"
#include "mailbox/store/lease_owner.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// Longer than a submission may take (TimeLimits::total): nobody else sends the same message
// meanwhile.
constexpr auto kLease = 5min;
constexpr auto kStoreRetry = 5s;  // after the store failed
// Between two looks at the queue: another node may have put something there.
constexpr auto kMaxWait = 1min;
constexpr auto kMinWait = 50ms;

domain::WallTime WallNow() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// `text` where `secret` is not said: a server's answer may quote the mail.
std::string Without(std::string text, const std::string& secret) {
  if (secret.empty()) return text;
  for (size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3) {
    text.replace(at, secret.size(), "***");
  }
  return text;
}

/// One kind of mail.
struct Lane {
  std::unique_ptr<Source> source;
  std::optional<Pace> pace;  // nullopt: as fast as can be
};

class QueueRunner final : public Runner {
 public:
  /// @param lanes the most important first
  QueueRunner(std::vector<Lane> lanes, MailOptions options, std::unique_ptr<Transport> transport)
      : options_(std::move(options)),
        transport_(std::move(transport)),
        owner_(store::LeaseOwner(store::ThisHost())),
        lanes_(std::move(lanes)) {
    for (int i = 0; i < std::max(1, options_.threads); ++i)
      threads_.emplace_back([this] { Run(); });
  }

  ~QueueRunner() override {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, options_.stop_patience, [this] { return ended_ == threads_.size(); });
    abandon_ = true;
    lock.unlock();
    for (std::thread& thread : threads_) thread.join();
  }

  void Nudge() override {
    const std::lock_guard lock(mutex_);
    ++nudges_;
    changed_.notify_all();
  }

 private:
  void Run();
  absl::StatusOr<bool> SendOne();
  std::optional<steady_clock::time_point> Enter(Lane& lane);
  void Leave(Lane& lane, steady_clock::time_point entered, bool sent);
  std::chrono::milliseconds UntilNextDue();
  std::chrono::milliseconds UntilNextDue(Lane& lane);
  absl::Status Send(store::DeliveryQueue& queue, const Item& item);
  Outcome Submit(const Item& item);
  absl::Status Record(store::DeliveryQueue& queue, const Item& item, const Outcome& outcome,
                      int64_t ms);
  absl::Status RecordDelivered(store::DeliveryQueue& queue, const Item& item);
  double Random();

  // Passed in.
  const MailOptions options_;
  const std::unique_ptr<Transport> transport_;
  const std::string owner_;  // of leases
  // State.
  std::atomic<bool> abandon_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Lane> lanes_;  // their paces are guarded by mutex_
  bool stopping_ = false;
  size_t ended_ = 0;
  uint64_t nudges_ = 0;
  std::mt19937 random_{std::random_device()()};
  std::vector<std::thread> threads_;
};

double QueueRunner::Random() {
  const std::lock_guard lock(mutex_);
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

void QueueRunner::Run() {
  pthread_setname_np(pthread_self(), "delivery");
  while (true) {
    uint64_t seen;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      seen = nudges_;  // before looking, so that a nudge while looking is not missed
    }
    const absl::StatusOr<bool> sent = SendOne();
    if (sent.ok() && *sent) continue;
    if (!sent.ok()) log::Warning("queue.failed", {{"error", Message(sent.status())}});
    const auto wait = sent.ok() ? UntilNextDue() : kStoreRetry;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return stopping_ || nudges_ != seen; });
  }
  const std::lock_guard lock(mutex_);
  ++ended_;
  changed_.notify_all();
}

// nullopt: the lane's pace forbids it.
std::optional<steady_clock::time_point> QueueRunner::Enter(Lane& lane) {
  if (!lane.pace) return steady_clock::time_point();
  const std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  const auto wait = lane.pace->Wait(now);
  if (!wait || *wait > steady_clock::duration::zero()) return std::nullopt;
  return lane.pace->Begin(now);
}

void QueueRunner::Leave(Lane& lane, steady_clock::time_point entered, bool sent) {
  if (!lane.pace) return;
  const std::lock_guard lock(mutex_);
  if (!sent) return lane.pace->Undo(entered);
  lane.pace->End();
  ++nudges_;  // who waits for a place looks again
  changed_.notify_all();
}

// Sends one mail that is due, of the first lane that has one; false: none is.
absl::StatusOr<bool> QueueRunner::SendOne() {
  for (Lane& lane : lanes_) {
    const auto entered = Enter(lane);
    if (!entered) continue;
    const domain::WallTime now = WallNow();
    // One at a time: a lease that waits behind a slow submission could run out.
    const absl::StatusOr<std::optional<Item>> item = lane.source->Lease(owner_, now, now + kLease);
    const bool any = item.ok() && item->has_value();
    const absl::Status status = any ? Send(lane.source->queue(), **item) : item.status();
    Leave(lane, *entered, any);
    UM_RETURN_IF_ERROR(status);
    if (any) return true;
  }
  return false;
}

absl::Status QueueRunner::Send(store::DeliveryQueue& queue, const Item& item) {
  const auto start = steady_clock::now();
  const Outcome outcome = Submit(item);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start);
  const absl::Status recorded = Record(queue, item, outcome, took.count());
  if (!absl::IsNotFound(recorded)) return recorded;
  // Nothing is left to be told of it.
  log::Warning("message.gone", {{"trace", item.trace},
                                {"message", item.id},
                                {"why", "it was erased while it was being mailed"}});
  return absl::OkStatus();
}

std::chrono::milliseconds QueueRunner::UntilNextDue() {
  std::chrono::milliseconds least = kMaxWait;
  for (Lane& lane : lanes_) least = std::min(least, UntilNextDue(lane));
  return least;
}

std::chrono::milliseconds QueueRunner::UntilNextDue(Lane& lane) {
  if (lane.pace) {
    const std::lock_guard lock(mutex_);
    const auto wait = lane.pace->Wait(steady_clock::now());
    if (!wait) return kMaxWait;  // the end of one that is under way nudges
    if (*wait > steady_clock::duration::zero())
      return std::chrono::ceil<std::chrono::milliseconds>(*wait);
  }
  const auto next = lane.source->queue().NextDue();
  if (!next.ok()) return kStoreRetry;
  if (!next->has_value()) return kMaxWait;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(**next - WallNow());
  return std::clamp<std::chrono::milliseconds>(wait, kMinWait, kMaxWait);
}

Outcome QueueRunner::Submit(const Item& item) {
  if (!IsMailAddress(item.recipient)) {
    return {Outcome::kPermanent,
            fmt::format("mailbox {} has no usable e-mail address", item.mailbox)};
  }
  const auto mail = item.compose();
  if (!mail.ok()) return {Outcome::kTemporary, "compose mail: " + Message(mail.status())};
  Outcome outcome = transport_->Send(item.recipient, *mail, abandon_);
  if (item.secret) outcome.text = Without(outcome.text, *item.secret);
  return outcome;
}

// The mail is out: the store should hear of it, else the lease runs out and it is sent again.
absl::Status QueueRunner::RecordDelivered(store::DeliveryQueue& queue, const Item& item) {
  absl::Status status;
  for (int i = 0; i < 5; ++i) {
    status = queue.Delivered(item.id, WallNow());
    if (status.ok() || absl::IsNotFound(status) || abandon_) break;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 1s, [this] { return stopping_; });
  }
  return status;
}

absl::Status QueueRunner::Record(store::DeliveryQueue& queue, const Item& item,
                                 const Outcome& outcome, int64_t ms) {
  const int attempt = item.attempts + 1;
  if (outcome.kind == Outcome::kAccepted) {
    log::Info("mail.delivered", {{"trace", item.trace},
                                 {"message", item.id},
                                 {"kind", item.kind},
                                 {"mailbox", item.mailbox},
                                 {"attempt", attempt},
                                 {"ms", ms},
                                 {"reply", outcome.text}});
    return RecordDelivered(queue, item);
  }
  if (outcome.kind == Outcome::kPermanent) {
    log::Error("mail.refused", {{"trace", item.trace},
                                {"message", item.id},
                                {"kind", item.kind},
                                {"mailbox", item.mailbox},
                                {"attempt", attempt},
                                {"ms", ms},
                                {"reply", outcome.text}});
    return queue.Undeliverable(item.id, outcome.text);
  }
  // An abandoned one is due at once: the next process takes it.
  const auto delay = abandon_ ? 0ms : RetryDelay(options_, item.attempts, Random());
  log::Warning("mail.delayed", {{"trace", item.trace},
                                {"message", item.id},
                                {"kind", item.kind},
                                {"mailbox", item.mailbox},
                                {"attempt", attempt},
                                {"ms", ms},
                                {"retry_ms", delay.count()},
                                {"error", outcome.text}});
  return queue.Retry(item.id, WallNow() + delay, outcome.text);
}

bool IsHostName(const std::string& name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.';
  });
}

// This machine's name, with its domain where it has one.
std::string SystemHostName() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  std::string full = name;
  const addrinfo hints{
      .ai_flags = AI_CANONNAME, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (getaddrinfo(name, nullptr, &hints, &found) == 0) {
    if (found->ai_canonname != nullptr) full = found->ai_canonname;
    freeaddrinfo(found);
  }
  // A machine may be called what no mail may be ("my_host"): that keeps nobody from getting mail.
  return IsHostName(full) ? full : "localhost";
}

}  // namespace

std::chrono::milliseconds RetryDelay(const MailOptions& options, int attempts, double random) {
  auto delay = options.min_retry;
  for (int i = 0; i < attempts && delay < options.max_retry; ++i) delay *= 2;
  delay = std::min(delay, options.max_retry);
  return std::chrono::milliseconds(
      static_cast<int64_t>(static_cast<double>(delay.count()) * (0.75 + random / 2)));
}

std::string MessageIdDomain(const MailOptions& options) {
  const size_t at = options.from.rfind('@');
  return at == std::string::npos ? options.host_name : options.from.substr(at + 1);
}

absl::StatusOr<MailOptions> Completed(const MailOptions& options) {
  MailOptions complete = options;
  if (complete.host_name.empty()) complete.host_name = SystemHostName();
  if (!IsHostName(complete.host_name)) {
    return absl::InvalidArgumentError(
        fmt::format("mail: \"{}\" is no host name", complete.host_name));
  }
  if (!IsMailAddress(complete.from)) {
    return absl::InvalidArgumentError(
        fmt::format("mail: \"{}\" is no mail address", complete.from));
  }
  return complete;
}

absl::StatusOr<std::unique_ptr<Runner>> StartRunner(store::MessageStore& store,
                                                    const MailOptions& options,
                                                    const std::optional<Notices>& notices) {
  UM_ASSIGN_OR_RETURN(const MailOptions complete, Completed(options));
  UM_ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport, MakeTransport(complete));
  return StartRunner(store, complete, std::move(transport), notices);
}

std::unique_ptr<Runner> StartRunner(store::MessageStore& store, const MailOptions& options,
                                    std::unique_ptr<Transport> transport,
                                    const std::optional<Notices>& notices) {
  const Originator originator{options.from, MessageIdDomain(options)};
  std::vector<Lane> lanes;
  lanes.push_back({MessageSource(store, originator), std::nullopt});
  if (notices) {
    const int at_once = std::clamp(options.notices_at_once, 1, std::max(1, options.threads - 1));
    lanes.push_back(
        {NoticeSource(*notices, originator), Pace(options.notices_per_second, at_once)});
  }
  const std::string host = store::ThisHost();
  for (const Lane& lane : lanes) {
    const absl::Status ended = lane.source->queue().EndLeases(
        [&](const std::string& owner) { return store::IsDead(owner, host); });
    if (!ended.ok()) log::Warning("lease.not-ended", {{"why", Message(ended)}});
  }
  return std::make_unique<QueueRunner>(std::move(lanes), options, std::move(transport));
}

}  // namespace um::delivery
