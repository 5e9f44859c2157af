// Entries: the objects of one kind in an organisation, ordered and searchable.   Pure; thread: any.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mailbox/organisation/entry.h"

namespace um::organisation {

/// By folded name: names differ in more than case. Immutable: With() copies the blocks that change
/// and shares all others, so that a change of one mailbox of 50,000 costs little. A block also
/// knows what its objects say, so that a search need not look at each of them.
class Entries {
 public:
  /// Some neighbours.
  struct Block {
    std::vector<EntryPtr> entries;  ///< not empty; by name
    std::string text;               ///< SearchText() of each, one after the other
    std::vector<size_t> ends;       ///< of each one's text
    /// How many of the entries refer to an object; sorted.
    std::vector<std::pair<Reference, size_t>> references;
    std::vector<uint64_t> numbers;  ///< NumberHash() of all numbers and addresses; sorted
  };
  using BlockPtr = std::shared_ptr<const Block>;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = EntryPtr;
    using difference_type = std::ptrdiff_t;
    using pointer = const EntryPtr*;
    using reference = const EntryPtr&;

    Iterator() = default;
    reference operator*() const { return (*block_)->entries[index_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (++index_ < (*block_)->entries.size()) return *this;
      ++block_;
      index_ = 0;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    friend class Entries;
    Iterator(std::vector<BlockPtr>::const_iterator block, size_t index)
        : block_(block), index_(index) {}
    std::vector<BlockPtr>::const_iterator block_;
    size_t index_ = 0;
  };

  Iterator begin() const { return {blocks_.begin(), 0}; }
  Iterator end() const { return {blocks_.end(), 0}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<BlockPtr>& blocks() const { return blocks_; }

  /// By folded name. nullptr: there is none.
  EntryPtr Find(std::string_view name) const;

  /// Without the objects of these names, and with the others, which replace those of their names.
  /// `come` has no name twice.
  Entries With(std::vector<std::string_view> gone, std::vector<EntryPtr> come) const;

  /// The objects that refer to one for which `wanted` holds, in order.
  void ForEachReferring(const std::function<bool(const Reference&)>& wanted,
                        const std::function<void(const EntryPtr&)>& f) const;
  /// The objects whose names, addresses or numbers have the folded text in them, in order; `f` says
  /// whether to go on.
  void ForEachWithText(std::string_view folded,
                       const std::function<bool(const EntryPtr&)>& f) const;
  /// The objects that may have one of these numbers or addresses (by NumberHash(); sorted), in
  /// order.
  void ForEachWithNumber(const std::vector<uint64_t>& hashes,
                         const std::function<void(const EntryPtr&)>& f) const;

 private:
  std::vector<BlockPtr> blocks_;
  size_t size_ = 0;
};

/// What has become of the objects of `before`: `f` sees each that is not the same in `after`, as it
/// was (null: new) and as it is (null: gone).
void ForEachDifference(const Entries& before, const Entries& after,
                       const std::function<void(const EntryPtr&, const EntryPtr&)>& f);

/// The folded names, addresses and numbers of an object, one a line: what a search looks through.
std::string SearchText(const Entry& entry);

/// Of a number without its separators, or of a SIP address.
uint64_t NumberHash(std::string_view number);

/// Where `folded` is in a block's text, from the entry `index` on: the index of the entry that has
/// it, or the number of entries.
size_t FindText(const Entries::Block& block, std::string_view folded, size_t index);

}  // namespace um::organisation
