// FakeMessageStore: a message store in memory that can be away, or slow.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mailbox/store/message_store.h"

namespace um::tests {

/// All its messages are voice messages. Thread: any.
class FakeMessageStore final : public store::MessageStore {
 public:
  struct Entry {
    store::StoredMessage message;
    std::string audio;
  };

  /// What Insert() and Get() answer; OK: the store works.
  void SetStatus(absl::Status status) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
  }
  /// Nothing reaches the store while this is true: the process that would send it is dead. Set
  /// before use.
  std::function<bool()> dead = [] { return false; };
  /// While held, Insert() does not return.
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    released_.notify_all();
  }
  std::map<std::string, Entry> entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }
  int inserts() const {
    const std::lock_guard lock(mutex_);
    return inserts_;
  }
  void SetDelivered(const std::string& id, domain::WallTime at) {
    const std::lock_guard lock(mutex_);
    entries_.at(id).message.delivered = at;
    entries_.at(id).message.state = domain::MessageState::kDelivered;
  }

  absl::Status Insert(const store::StoredMessage& message, std::string_view audio) override {
    std::unique_lock lock(mutex_);
    ++inserts_;
    released_.wait(lock, [this] { return !held_; });
    if (dead()) return absl::UnavailableError("the process is dead");
    if (status_.ok() && !erased_.contains(message.call.message_id))
      entries_.try_emplace(message.call.message_id, Entry{message, std::string(audio)});
    return status_;
  }
  absl::StatusOr<store::StoredMessage> Get(const std::string& message_id) override {
    const std::lock_guard lock(mutex_);
    if (!status_.ok()) return status_;
    const auto found = entries_.find(message_id);
    if (found == entries_.end()) return absl::NotFoundError(message_id);
    return found->second.message;
  }
  absl::StatusOr<std::string> Audio(const std::string& message_id) override {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(message_id);
    if (found == entries_.end()) return absl::NotFoundError(message_id);
    return found->second.audio;
  }

  absl::StatusOr<store::Erased> Erase(const std::vector<std::string>& ids, domain::WallTime,
                                      const store::ErasureProof*) override {
    const std::lock_guard lock(mutex_);
    if (!status_.ok()) return status_;
    store::Erased erased;
    for (const std::string& id : ids) {
      if (entries_.erase(id) > 0) erased.ids.push_back(id);
    }
    erased_.insert(erased.ids.begin(), erased.ids.end());
    return erased;
  }
  absl::StatusOr<bool> WasErased(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    if (!status_.ok()) return status_;
    return erased_.contains(id);
  }
  absl::StatusOr<std::vector<store::StoredCopy>> DeliveredBy(domain::WallTime before,
                                                             const store::StoredCopy& last,
                                                             int limit) override {
    const std::lock_guard lock(mutex_);
    if (!status_.ok()) return status_;
    std::set<std::pair<domain::WallTime, std::string>> found;
    for (const auto& [id, entry] : entries_) {
      const auto& delivered = entry.message.delivered;
      if (delivered && *delivered <= before) found.emplace(*delivered, id);
    }
    std::vector<store::StoredCopy> copies;
    for (auto it = found.upper_bound({last.delivered, last.id});
         it != found.end() && static_cast<int>(copies.size()) < limit; ++it) {
      const domain::CallFacts& call = entries_.at(it->second).message.call;
      copies.push_back({it->second, call.organisation, call.mailbox_id, it->first});
    }
    return copies;
  }
  absl::StatusOr<domain::Holding> Held(const std::string& organisation,
                                       const std::string& mailbox_id) override {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [this] { return !held_; });
    if (!status_.ok()) return status_;
    domain::Holding holding;
    for (const auto& [_, entry] : entries_) {
      const domain::CallFacts& call = entry.message.call;
      if (call.organisation != organisation || call.mailbox_id != mailbox_id) continue;
      ++holding.messages;
      holding.audio += entry.message.duration;
    }
    return holding;
  }
  absl::Status ForgetErased(domain::WallTime) override {
    const std::lock_guard lock(mutex_);
    return status_;
  }

  // What the spool does not use.
  absl::StatusOr<std::vector<store::StoredCopy>> OfMailbox(const std::string&, const std::string&,
                                                           domain::WallTime, int) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<store::StoredMessage>> List(const std::string&, const std::string&,
                                                         int) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<Counts> Count() override {
    const std::lock_guard lock(mutex_);
    Counts counts;
    for (const auto& [_, entry] : entries_) {
      if (entry.message.state == domain::MessageState::kUndeliverable) ++counts.undeliverable;
    }
    return counts;
  }
  absl::StatusOr<std::vector<store::StoredMessage>> Lease(const std::string&, domain::WallTime,
                                                          domain::WallTime, int) override {
    return absl::UnimplementedError("");
  }
  absl::Status EndLeases(const std::function<bool(const std::string&)>&) override {
    return absl::UnimplementedError("");
  }
  absl::Status Delivered(const std::string&, domain::WallTime) override {
    return absl::UnimplementedError("");
  }
  absl::Status Retry(const std::string&, domain::WallTime, const std::string&) override {
    return absl::UnimplementedError("");
  }
  absl::Status Undeliverable(const std::string&, const std::string&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::optional<domain::WallTime>> NextDue() override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<PoolKey> CurrentPoolKey() override { return absl::UnimplementedError(""); }

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::map<std::string, Entry> entries_;
  std::set<std::string> erased_;
  absl::Status status_;
  int inserts_ = 0;
  bool held_ = false;
};

}  // namespace um::tests
