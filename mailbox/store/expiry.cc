#include "mailbox/store/expiry.h"

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::store {

Expiry::Expiry(async::Loop& loop, async::WorkerPool& workers, MessageStore& store,
               std::function<domain::RetentionRules()> rules, const ExpiryOptions& options)
    : loop_(loop),
      workers_(workers),
      store_(store),
      rules_(std::move(rules)),
      options_(options),
      timer_(loop, [this] { Next(); }) {
  timer_.Start(options_.first);
}

Expiry::~Expiry() {
  *alive_ = false;
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return !working_; });
}

void Expiry::Next() {
  const bool first = !run_;
  if (first) run_ = std::make_unique<Run>(Run{loop_.WallNow(), {}, {}, 0});
  {
    const std::lock_guard lock(mutex_);
    working_ = true;
  }
  workers_.Submit([this, first] {
    if (first) run_->rules = rules_();
    const absl::StatusOr<bool> more = Page();
    const std::lock_guard lock(mutex_);
    working_ = false;
    loop_.Post([this, alive = alive_, more] {
      if (*alive) OnPage(more);
    });
    idle_.notify_all();  // under the lock: the destructor waits for it
  });
}

absl::StatusOr<bool> Expiry::Page() {
  UM_ASSIGN_OR_RETURN(
      const std::vector<StoredCopy> copies,
      store_.DeliveredBy(run_->rules.Earliest(run_->now), run_->last, options_.at_once));
  std::vector<std::string> over;
  for (const StoredCopy& copy : copies) {
    if (run_->rules.IsOver(copy.organisation, copy.mailbox_id, copy.delivered, run_->now)) {
      over.push_back(copy.id);
    }
  }
  if (!over.empty()) {
    UM_ASSIGN_OR_RETURN(const Erased erased, store_.Erase(over, run_->now, nullptr));
    run_->expired += static_cast<int64_t>(erased.ids.size());
  }
  if (!copies.empty()) {
    run_->last = copies.back();
    return true;
  }
  UM_RETURN_IF_ERROR(Finish());
  return false;
}

absl::Status Expiry::Finish() {
  UM_RETURN_IF_ERROR(store_.ForgetErased(run_->now - options_.remember));
  UM_ASSIGN_OR_RETURN(const MessageStore::Counts counts, store_.Count());
  if (counts.undeliverable > 0) {
    log::Warning("messages.undeliverable", {{"messages", counts.undeliverable}});
  }
  return absl::OkStatus();
}

void Expiry::OnPage(const absl::StatusOr<bool>& more) {
  if (more.ok() && *more) return timer_.Start(options_.pause);
  if (!more.ok()) log::Warning("retention.failed", {{"error", Message(more.status())}});
  if (run_->expired > 0) log::Info("message.expired", {{"messages", run_->expired}});
  run_.reset();
  timer_.Start(options_.every);
}

}  // namespace um::store
