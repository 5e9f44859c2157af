#include "mailbox/organisation/entries.h"

#include <string.h>

#include <algorithm>
#include <map>
#include <span>
#include <unordered_set>

#include "mailbox/domain/names.h"
#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

using Block = Entries::Block;
using BlockPtr = Entries::BlockPtr;

constexpr size_t kMostInBlock = 256;
constexpr size_t kFewInBlock = 64;  // a block that changes has no fewer, if there is a next one

BlockPtr MakeBlock(std::span<const EntryPtr> entries) {
  auto block = std::make_shared<Block>();
  block->entries.assign(entries.begin(), entries.end());
  std::map<Reference, size_t> references;
  for (const EntryPtr& entry : entries) {
    block->text += SearchText(*entry);
    block->ends.push_back(block->text.size());
    for (const Reference& reference : entry->references) ++references[reference];
    for (const std::string& number : NumbersOf(*entry)) {
      block->numbers.push_back(NumberHash(number));
    }
  }
  block->references.assign(references.begin(), references.end());
  std::sort(block->numbers.begin(), block->numbers.end());
  return block;
}

/// Adds blocks of even sizes.
void Cut(std::vector<EntryPtr>& entries, std::vector<BlockPtr>& blocks) {
  const size_t pieces = (entries.size() + kMostInBlock - 1) / kMostInBlock;
  for (size_t i = 0; i < pieces; ++i) {
    const size_t begin = entries.size() * i / pieces, end = entries.size() * (i + 1) / pieces;
    blocks.push_back(MakeBlock(std::span(entries).subspan(begin, end - begin)));
  }
  entries.clear();
}

/// What leaves and comes, in the order of names, taken as far as a block reaches.
class Changes {
 public:
  Changes(std::vector<std::string_view> gone, std::vector<EntryPtr> come)
      : gone_(std::move(gone)), come_(std::move(come)) {
    std::sort(gone_.begin(), gone_.end());
    std::sort(come_.begin(), come_.end(), ByName);
  }

  /// Whether any is before `bound` (null: no bound).
  bool AnyBefore(const std::string* bound) const {
    return (g_ < gone_.size() && (!bound || gone_[g_] < *bound)) ||
           (c_ < come_.size() && (!bound || come_[c_]->name < *bound));
  }

  /// Adds `entries` with the changes before `bound` to `out`.
  void Merge(std::span<const EntryPtr> entries, const std::string* bound,
             std::vector<EntryPtr>& out) {
    for (const EntryPtr& entry : entries) {
      Come(&entry->name, out);
      while (g_ < gone_.size() && gone_[g_] < entry->name) ++g_;
      const bool leaves = g_ < gone_.size() && gone_[g_] == entry->name;
      if (!leaves && !IsNext(entry->name)) out.push_back(entry);
    }
    Come(bound, out);
    while (g_ < gone_.size() && (!bound || gone_[g_] < *bound)) ++g_;
  }

 private:
  static bool ByName(const EntryPtr& a, const EntryPtr& b) { return a->name < b->name; }
  bool IsNext(const std::string& name) const {
    return c_ < come_.size() && come_[c_]->name == name;
  }
  void Come(const std::string* bound, std::vector<EntryPtr>& out) {
    for (; c_ < come_.size() && (!bound || come_[c_]->name < *bound); ++c_) {
      out.push_back(come_[c_]);
    }
  }

  std::vector<std::string_view> gone_;
  std::vector<EntryPtr> come_;
  size_t g_ = 0;
  size_t c_ = 0;
};

/// Whether two sorted lists have anything in common.
bool Meet(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  const auto& few = a.size() < b.size() ? a : b;
  const auto& many = a.size() < b.size() ? b : a;
  return std::any_of(few.begin(), few.end(), [&](uint64_t value) {
    return std::binary_search(many.begin(), many.end(), value);
  });
}

/// The entries of the blocks that the other does not share.
std::vector<EntryPtr> Unshared(const Entries& entries, const Entries& other) {
  const std::unordered_set<BlockPtr> shared(other.blocks().begin(), other.blocks().end());
  std::vector<EntryPtr> own;
  for (const BlockPtr& block : entries.blocks()) {
    if (shared.contains(block)) continue;
    own.insert(own.end(), block->entries.begin(), block->entries.end());
  }
  return own;
}

}  // namespace

EntryPtr Entries::Find(std::string_view name) const {
  const auto after = std::upper_bound(
      blocks_.begin(), blocks_.end(), name,
      [](std::string_view n, const BlockPtr& block) { return n < block->entries.front()->name; });
  if (after == blocks_.begin()) return nullptr;
  const std::vector<EntryPtr>& entries = (*std::prev(after))->entries;
  const auto it =
      std::lower_bound(entries.begin(), entries.end(), name,
                       [](const EntryPtr& entry, std::string_view n) { return entry->name < n; });
  return it == entries.end() || (*it)->name != name ? nullptr : *it;
}

Entries Entries::With(std::vector<std::string_view> gone, std::vector<EntryPtr> come) const {
  Changes changes(std::move(gone), std::move(come));
  Entries next;
  std::vector<EntryPtr> pending;  // of changed blocks, and of what is small beside them
  for (size_t i = 0; i < std::max<size_t>(blocks_.size(), 1); ++i) {
    const std::string* bound =
        i + 1 < blocks_.size() ? &blocks_[i + 1]->entries.front()->name : nullptr;
    if (!changes.AnyBefore(bound) && (pending.empty() || pending.size() >= kFewInBlock)) {
      Cut(pending, next.blocks_);
      if (i < blocks_.size()) next.blocks_.push_back(blocks_[i]);
      continue;
    }
    changes.Merge(i < blocks_.size() ? std::span(blocks_[i]->entries) : std::span<const EntryPtr>(),
                  bound, pending);
  }
  Cut(pending, next.blocks_);
  for (const BlockPtr& block : next.blocks_) next.size_ += block->entries.size();
  return next;
}

void Entries::ForEachReferring(const std::function<bool(const Reference&)>& wanted,
                               const std::function<void(const EntryPtr&)>& f) const {
  for (const BlockPtr& block : blocks_) {
    const auto& all = block->references;
    if (std::none_of(all.begin(), all.end(), [&](const auto& r) { return wanted(r.first); })) {
      continue;
    }
    for (const EntryPtr& entry : block->entries) {
      const auto& own = entry->references;
      if (std::any_of(own.begin(), own.end(), wanted)) f(entry);
    }
  }
}

void Entries::ForEachWithText(std::string_view folded,
                              const std::function<bool(const EntryPtr&)>& f) const {
  for (const BlockPtr& block : blocks_) {
    for (size_t i = FindText(*block, folded, 0); i < block->entries.size();
         i = FindText(*block, folded, i + 1)) {
      if (!f(block->entries[i])) return;
    }
  }
}

void Entries::ForEachWithNumber(const std::vector<uint64_t>& hashes,
                                const std::function<void(const EntryPtr&)>& f) const {
  for (const BlockPtr& block : blocks_) {
    if (!Meet(block->numbers, hashes)) continue;
    for (const EntryPtr& entry : block->entries) {
      const std::vector<std::string> numbers = NumbersOf(*entry);
      if (std::any_of(numbers.begin(), numbers.end(), [&](const std::string& number) {
            return std::binary_search(hashes.begin(), hashes.end(), NumberHash(number));
          })) {
        f(entry);
      }
    }
  }
}

void ForEachDifference(const Entries& before, const Entries& after,
                       const std::function<void(const EntryPtr&, const EntryPtr&)>& f) {
  const std::vector<EntryPtr> old = Unshared(before, after), now = Unshared(after, before);
  auto a = old.begin();
  auto b = now.begin();
  while (a != old.end() || b != now.end()) {
    if (b == now.end() || (a != old.end() && (*a)->name < (*b)->name)) {
      f(*a++, nullptr);
    } else if (a == old.end() || (*b)->name < (*a)->name) {
      f(nullptr, *b++);
    } else {
      if (*a != *b) f(*a, *b);
      ++a, ++b;
    }
  }
}

std::string SearchText(const Entry& entry) {
  std::string text = entry.name + "\n";
  const auto add = [&](const std::string& field) {
    if (!field.empty()) text += domain::FoldName(field) + "\n";
  };
  switch (entry.kind) {
    case Kind::kMailbox: {
      const v1::Mailbox& mailbox = entry.object.mailbox();
      add(mailbox.display_name());
      add(mailbox.email());
      break;
    }
    case Kind::kIpGateway:
      add(entry.object.ip_gateway().address());
      break;
    default:
      break;
  }
  for (const std::string& number : NumbersOf(entry)) add(number);
  return text;
}

uint64_t NumberHash(std::string_view number) { return std::hash<std::string>()(NumberKey(number)); }

size_t FindText(const Block& block, std::string_view folded, size_t index) {
  if (index >= block.entries.size()) return block.entries.size();
  const size_t begin = index == 0 ? 0 : block.ends[index - 1];
  // A text of several lines is in none: a line is one name or number.
  const char* text = block.text.data();
  const void* at =
      folded.find('\n') == std::string_view::npos
          ? memmem(text + begin, block.text.size() - begin, folded.data(), folded.size())
          : nullptr;
  if (!at) return block.entries.size();
  const auto offset = static_cast<size_t>(static_cast<const char*>(at) - text);
  return static_cast<size_t>(std::upper_bound(block.ends.begin(), block.ends.end(), offset) -
                             block.ends.begin());
}

}  // namespace um::organisation
