#include "mailbox/delivery/runner.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/delivery/mail.h"
#include "mailbox/delivery/transport.h"

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

/// "host/pid/ULID": tells the next process on this host whether the one before is still there.
std::string OwnerName(const std::string& host) {
  return fmt::format("{}/{}/{}", host, getpid(), NewUlid(std::chrono::system_clock::now()));
}

/// True for an owner that was a process of this host and has ended. Another's may be at work.
bool IsDead(const std::string& owner, const std::string& host) {
  if (!owner.starts_with(host + "/")) return false;
  const pid_t pid = atoi(owner.c_str() + host.size() + 1);
  return pid > 0 && pid != getpid() && kill(pid, 0) != 0 && errno == ESRCH;
}

class QueueRunner final : public Runner {
 public:
  QueueRunner(store::MessageStore& store, MailOptions options, std::unique_ptr<Transport> transport)
      : store_(store),
        options_(std::move(options)),
        transport_(std::move(transport)),
        owner_(OwnerName(options_.host_name)) {
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
  std::chrono::milliseconds UntilNextDue();
  Outcome Submit(const store::StoredMessage& message);
  absl::Status Record(const store::StoredMessage& message, const Outcome& outcome, int64_t ms);
  absl::Status RecordDelivered(const store::StoredMessage& message);
  double Random();
  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  // Passed in.
  store::MessageStore& store_;
  const MailOptions options_;
  const std::unique_ptr<Transport> transport_;
  const std::string owner_;  // of leases
  // State.
  std::atomic<bool> abandon_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
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

// Sends one message that is due; false: none is.
absl::StatusOr<bool> QueueRunner::SendOne() {
  const domain::WallTime now = WallNow();
  // One at a time: a lease that waits behind a slow submission could run out.
  UM_ASSIGN_OR_RETURN(const std::vector<store::StoredMessage> leased,
                      store_.Lease(owner_, now, now + kLease, 1));
  for (const store::StoredMessage& message : leased) {
    const auto start = steady_clock::now();
    const Outcome outcome = Submit(message);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start);
    const absl::Status recorded = Record(message, outcome, took.count());
    if (absl::IsNotFound(recorded)) {
      // Nothing is left to be told of it.
      log::Warning("message.gone", {{"trace", message.call.trace_id},
                                    {"message", message.call.message_id},
                                    {"why", "it was erased while it was being mailed"}});
      continue;
    }
    UM_RETURN_IF_ERROR(recorded);
  }
  return !leased.empty();
}

std::chrono::milliseconds QueueRunner::UntilNextDue() {
  const auto next = store_.NextDue();
  if (!next.ok()) return kStoreRetry;
  if (!next->has_value()) return kMaxWait;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(**next - WallNow());
  return std::clamp<std::chrono::milliseconds>(wait, kMinWait, kMaxWait);
}

Outcome QueueRunner::Submit(const store::StoredMessage& message) {
  if (!IsMailAddress(message.call.email)) {
    return {Outcome::kPermanent,
            fmt::format("mailbox {} has no usable e-mail address", message.call.extension)};
  }
  const auto mail = ComposeMail(store_, message, {options_.from, options_.host_name});
  if (!mail.ok()) return {Outcome::kTemporary, "compose mail: " + Message(mail.status())};
  return transport_->Send(message.call.email, *mail, abandon_);
}

// The mail is out: the store should hear of it, else the lease runs out and it is sent again.
absl::Status QueueRunner::RecordDelivered(const store::StoredMessage& message) {
  absl::Status status;
  for (int i = 0; i < 5; ++i) {
    status = store_.Delivered(message.call.message_id, WallNow());
    if (status.ok() || absl::IsNotFound(status) || abandon_) break;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 1s, [this] { return stopping_; });
  }
  return status;
}

absl::Status QueueRunner::Record(const store::StoredMessage& message, const Outcome& outcome,
                                 int64_t ms) {
  const domain::CallFacts& call = message.call;
  const int attempt = message.attempts + 1;
  if (outcome.kind == Outcome::kAccepted) {
    log::Info("mail.delivered", {{"trace", call.trace_id},
                                 {"message", call.message_id},
                                 {"mailbox", call.extension},
                                 {"attempt", attempt},
                                 {"ms", ms},
                                 {"reply", outcome.text}});
    return RecordDelivered(message);
  }
  if (outcome.kind == Outcome::kPermanent) {
    log::Error("mail.refused", {{"trace", call.trace_id},
                                {"message", call.message_id},
                                {"mailbox", call.extension},
                                {"attempt", attempt},
                                {"ms", ms},
                                {"reply", outcome.text}});
    return store_.Undeliverable(call.message_id, outcome.text);
  }
  // An abandoned one is due at once: the next process takes it.
  const auto delay = abandon_ ? 0ms : RetryDelay(options_, message.attempts, Random());
  log::Warning("mail.delayed", {{"trace", call.trace_id},
                                {"message", call.message_id},
                                {"mailbox", call.extension},
                                {"attempt", attempt},
                                {"ms", ms},
                                {"retry_ms", delay.count()},
                                {"error", outcome.text}});
  return store_.Retry(call.message_id, WallNow() + delay, outcome.text);
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
                                                    const MailOptions& options) {
  UM_ASSIGN_OR_RETURN(const MailOptions complete, Completed(options));
  UM_ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport, MakeTransport(complete));
  return StartRunner(store, complete, std::move(transport));
}

std::unique_ptr<Runner> StartRunner(store::MessageStore& store, const MailOptions& options,
                                    std::unique_ptr<Transport> transport) {
  const absl::Status ended =
      store.EndLeases([&](const std::string& owner) { return IsDead(owner, options.host_name); });
  if (!ended.ok()) log::Warning("lease.not-ended", {{"why", Message(ended)}});
  return std::make_unique<QueueRunner>(store, options, std::move(transport));
}

}  // namespace um::delivery
