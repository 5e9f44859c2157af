// MemoryNoticeStore: the notice store's contract in a map, for tests of what stands on it.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "mailbox/store/notice_store.h"

namespace um::tests {

/// Ids are the mailboxes' names with "n-" before; it keeps nothing apart from that.   Thread: any.
class MemoryNoticeStore final : public store::NoticeStore {
 public:
  absl::Status Queue(const store::Notice& notice, domain::WallTime at) override {
    const std::lock_guard lock(mutex_);
    store::StoredNotice& stored = rows_["n-" + notice.mailbox_id].stored;
    stored.id = "n-" + notice.mailbox_id;
    stored.notice = notice;
    stored.mailbox = notice.mailbox_id;
    stored.queued = stored.next_attempt = at;
    stored.state = domain::MessageState::kStored;
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<store::StoredNotice>> Lease(const std::string& owner,
                                                         domain::WallTime now,
                                                         domain::WallTime until,
                                                         int limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<store::StoredNotice> leased;
    for (auto& [id, row] : rows_) {
      if (static_cast<int>(leased.size()) == limit) break;
      if (row.stored.state != domain::MessageState::kStored || row.leased > now ||
          row.stored.next_attempt > now)
        continue;
      row.owner = owner;
      row.leased = until;
      ++row.stored.mails;
      leased.push_back(row.stored);
    }
    return leased;
  }
  absl::Status EndLeases(const std::function<bool(const std::string&)>& dead) override {
    const std::lock_guard lock(mutex_);
    for (auto& [id, row] : rows_) {
      if (dead(row.owner)) row.leased = {};
    }
    return absl::OkStatus();
  }
  absl::Status Delivered(const std::string& id, domain::WallTime) override {
    return Change(id, [](store::StoredNotice& n) { n.state = domain::MessageState::kDelivered; });
  }
  absl::Status Retry(const std::string& id, domain::WallTime next,
                     const std::string& error) override {
    return Change(id, [&](store::StoredNotice& n) {
      ++n.attempts;
      n.next_attempt = next;
      n.last_error = error;
    });
  }
  absl::Status Undeliverable(const std::string& id, const std::string& error) override {
    return Change(id, [&](store::StoredNotice& n) {
      n.state = domain::MessageState::kUndeliverable;
      n.last_error = error;
    });
  }
  absl::StatusOr<std::optional<domain::WallTime>> NextDue() override {
    const std::lock_guard lock(mutex_);
    std::optional<domain::WallTime> next;
    for (const auto& [id, row] : rows_) {
      if (row.stored.state != domain::MessageState::kStored) continue;
      const domain::WallTime due = std::max(row.stored.next_attempt, row.leased);
      if (!next || due < *next) next = due;
    }
    return next;
  }

  store::StoredNotice Get(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return rows_.at(id).stored;
  }
  /// Waits for `condition` of a notice; false after 10 s.
  bool WaitFor(const std::string& id,
               const std::function<bool(const store::StoredNotice&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return rows_.contains(id) && condition(rows_[id].stored); });
  }
  bool WaitForState(const std::string& id, domain::MessageState state) {
    return WaitFor(id, [state](const store::StoredNotice& n) { return n.state == state; });
  }

 private:
  struct Row {
    store::StoredNotice stored;
    std::string owner;
    domain::WallTime leased{};
  };
  absl::Status Change(const std::string& id,
                      const std::function<void(store::StoredNotice&)>& change) {
    const std::lock_guard lock(mutex_);
    change(rows_.at(id).stored);
    rows_[id].leased = {};
    changed_.notify_all();
    return absl::OkStatus();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Row> rows_;
};

}  // namespace um::tests
