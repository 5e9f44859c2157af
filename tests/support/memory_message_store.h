// MemoryMessageStore: the message store's contract in a map, for tests of what stands on it. Every
// call can be made to fail.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

#include "mailbox/store/message_store.h"

namespace um::tests {

/// Thread: any.
class MemoryMessageStore final : public store::MessageStore {
 public:
  absl::Status Insert(const store::StoredMessage& message, std::string_view audio) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    rows_.try_emplace(message.call.message_id, Row{message, std::string(audio), "", {}});
    changed_.notify_all();
    return absl::OkStatus();
  }
  absl::StatusOr<store::StoredMessage> Get(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (!rows_.contains(id)) return absl::NotFoundError("no message " + id);
    return rows_[id].message;
  }
  absl::StatusOr<std::string> Audio(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (!rows_.contains(id)) return absl::NotFoundError("no message " + id);
    return rows_[id].audio;
  }
  absl::StatusOr<std::vector<store::StoredMessage>> List(const std::string& organisation,
                                                         const std::string& extension,
                                                         int limit) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    std::vector<store::StoredMessage> found;
    for (const auto& [id, row] : rows_) {
      if (row.message.call.organisation == organisation &&
          row.message.call.extension == extension) {
        found.push_back(row.message);
      }
    }
    std::reverse(found.begin(), found.end());  // ULIDs sort by time
    if (found.size() > static_cast<size_t>(limit)) found.resize(static_cast<size_t>(limit));
    return found;
  }
  absl::StatusOr<Counts> Count() override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    Counts counts;
    for (const auto& [id, row] : rows_) {
      if (row.message.state == domain::MessageState::kStored)
        ++(row.message.attempts > 0 ? counts.retrying : counts.queued);
      if (row.message.state == domain::MessageState::kDelivered) ++counts.delivered;
      if (row.message.state == domain::MessageState::kUndeliverable) ++counts.undeliverable;
    }
    return counts;
  }
  absl::StatusOr<std::vector<store::StoredMessage>> Lease(const std::string& owner,
                                                          domain::WallTime now,
                                                          domain::WallTime until,
                                                          int limit) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    std::vector<store::StoredMessage> leased;
    for (auto& [id, row] : rows_) {
      if (static_cast<int>(leased.size()) == limit) break;
      if (row.message.state != domain::MessageState::kStored || row.message.next_attempt > now ||
          row.leased > now)
        continue;
      row.owner = owner;
      row.leased = until;
      leased.push_back(row.message);
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
  absl::Status Delivered(const std::string& id, domain::WallTime at) override {
    return Change(id, [&](store::StoredMessage& m) {
      m.state = domain::MessageState::kDelivered;
      m.delivered = at;
    });
  }
  absl::Status Retry(const std::string& id, domain::WallTime next,
                     const std::string& error) override {
    return Change(id, [&](store::StoredMessage& m) {
      ++m.attempts;
      m.next_attempt = next;
      m.last_error = error;
    });
  }
  absl::Status Undeliverable(const std::string& id, const std::string& error) override {
    return Change(id, [&](store::StoredMessage& m) {
      m.state = domain::MessageState::kUndeliverable;
      m.last_error = error;
    });
  }
  absl::StatusOr<std::optional<domain::WallTime>> NextDue() override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    std::optional<domain::WallTime> next;
    for (const auto& [id, row] : rows_) {
      if (row.message.state != domain::MessageState::kStored) continue;
      const domain::WallTime due = std::max(row.message.next_attempt, row.leased);
      if (!next || due < *next) next = due;
    }
    return next;
  }
  absl::StatusOr<store::Erased> Erase(const std::vector<std::string>& ids, domain::WallTime,
                                      const store::ErasureProof*) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    store::Erased erased;
    for (const std::string& id : ids) {
      if (rows_.erase(id) > 0) erased.ids.push_back(id);
    }
    return erased;
  }
  absl::StatusOr<bool> WasErased(const std::string&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<domain::Holding> Held(const std::string&, const std::string&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<store::StoredCopy>> DeliveredBy(domain::WallTime,
                                                             const store::StoredCopy&,
                                                             int) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<store::StoredCopy>> OfMailbox(const std::string&, const std::string&,
                                                           domain::WallTime, int) override {
    return absl::UnimplementedError("");
  }
  absl::Status ForgetErased(domain::WallTime) override { return absl::UnimplementedError(""); }
  absl::StatusOr<PoolKey> CurrentPoolKey() override {
    return absl::UnimplementedError("no pool key in memory");
  }

  /// What every call returns from now on; OkStatus() heals.
  void FailWith(absl::Status failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }
  /// Waits for `condition` of a message; false after 10 s.
  bool WaitFor(const std::string& id,
               const std::function<bool(const store::StoredMessage&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return rows_.contains(id) && condition(rows_[id].message); });
  }
  bool WaitForState(const std::string& id, domain::MessageState state) {
    return WaitFor(id, [state](const store::StoredMessage& m) { return m.state == state; });
  }

 private:
  struct Row {
    store::StoredMessage message;
    std::string audio;
    std::string owner;
    domain::WallTime leased{};
  };
  absl::Status Change(const std::string& id,
                      const std::function<void(store::StoredMessage&)>& change) {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (!rows_.contains(id)) return absl::NotFoundError("no message " + id);
    change(rows_[id].message);
    rows_[id].leased = {};
    changed_.notify_all();
    return absl::OkStatus();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Row> rows_;
  absl::Status failure_;
};

}  // namespace um::tests
