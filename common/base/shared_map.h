// SharedMap: a map whose copies share what they have in common, so that a change of a large one
// costs little, and readers keep the one they have.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace um {

/// From strings to values, in no order. A copy costs as much as a small array; With() copies the
/// parts that change, 1/256 of the map for each key.   Thread: immutable, any.
template <class Value>
class SharedMap {
 public:
  /// nullptr: there is none.
  const Value* Find(std::string_view key) const {
    const PartPtr& part = parts_[IndexOf(key)];
    if (!part) return nullptr;
    const auto it = part->find(key);
    return it == part->end() ? nullptr : &it->second;
  }
  size_t size() const { return size_; }

  void ForEach(const std::function<void(const Value&)>& f) const {
    for (const PartPtr& part : parts_) {
      if (!part) continue;
      for (const auto& [_, value] : *part) f(value);
    }
  }

  /// Without the keys of `gone`, and then with those of `come` that are not there yet.
  SharedMap With(const std::vector<std::string>& gone,
                 const std::vector<std::pair<std::string, Value>>& come) const {
    SharedMap next = *this;
    std::map<size_t, std::shared_ptr<Part>> copies;
    const auto of = [&](const std::string& key) -> Part& {
      const size_t i = IndexOf(key);
      std::shared_ptr<Part>& copy = copies[i];
      if (!copy) {
        copy = parts_[i] ? std::make_shared<Part>(*parts_[i]) : std::make_shared<Part>();
        next.parts_[i] = copy;
      }
      return *copy;
    };
    for (const std::string& key : gone) next.size_ -= of(key).erase(key);
    for (const auto& [key, value] : come) next.size_ += of(key).try_emplace(key, value).second;
    return next;
  }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Part = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  using PartPtr = std::shared_ptr<const Part>;
  static constexpr size_t kParts = 256;

  static size_t IndexOf(std::string_view key) { return Hash()(key) / 7 % kParts; }

  std::array<PartPtr, kParts> parts_;
  size_t size_ = 0;
};

}  // namespace um
