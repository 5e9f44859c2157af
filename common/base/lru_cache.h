// LruCache: what was used last, up to a bound.
#pragma once

#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace um {

/// Values by text. When their costs together are above `most`, those go that were not used for
/// longest.   Thread: one at a time.
template <class Value>
class LruCache {
 public:
  explicit LruCache(size_t most) : most_(most) {}

  /// Until the next change. nullptr: it is not there.
  const Value* Find(const std::string& key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return &it->second->value;
  }
  /// Replaces what is there. A value that alone costs more than `most` is not kept.
  void Insert(const std::string& key, Value value, size_t cost) {
    Erase(key);
    entries_.push_front({key, std::move(value), cost});
    index_[key] = entries_.begin();
    cost_ += cost;
    while (cost_ > most_) Erase(std::string(entries_.back().key));
  }
  void Erase(const std::string& key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return;
    cost_ -= it->second->cost;
    entries_.erase(it->second);
    index_.erase(it);
  }
  size_t cost() const { return cost_; }

 private:
  struct Entry {
    std::string key;
    Value value;
    size_t cost;
  };
  const size_t most_;
  size_t cost_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, typename std::list<Entry>::iterator> index_;
};

}  // namespace um
