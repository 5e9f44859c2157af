// FakeMessageStore: a message store in memory that can be away, or slow.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "mailbox/store/message_store.h"

namespace um::tests {

/// Thread: any.
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
    if (status_.ok())
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

  // What the spool does not use.
  absl::StatusOr<std::vector<store::StoredMessage>> List(const std::string&, const std::string&,
                                                         int) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<Counts> Count() override { return absl::UnimplementedError(""); }
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
  absl::Status status_;
  int inserts_ = 0;
  bool held_ = false;
};

}  // namespace um::tests
