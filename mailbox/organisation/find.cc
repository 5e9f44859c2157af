#include "mailbox/organisation/find.h"

#include <algorithm>

#include "mailbox/domain/names.h"
#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

class Selecting {
 public:
  explicit Selecting(const Query& query) : query_(query), folded_(domain::FoldName(query.search)) {}

  Selection Run(const Entries& entries) {
    for (const Entries::BlockPtr& block : entries.blocks()) Add(*block);
    return std::move(selection_);
  }

 private:
  void Add(const Entries::Block& block) {
    const size_t referring = Referring(block);
    if (referring == 0) return;
    const bool known = folded_.empty() && (query_.kind != Kind::kIpGateway || query_.simulators);
    const bool passed = !selection_.next.empty() || block.entries.back()->name <= query_.after;
    if (known && passed) {
      selection_.total += referring;
      return;
    }
    for (size_t i = Next(block, 0); i < block.entries.size(); i = Next(block, i + 1)) {
      if (IsWanted(*block.entries[i])) Add(block.entries[i]);
    }
  }

  /// The index from `i` on of the next entry that has the text.
  size_t Next(const Entries::Block& block, size_t i) const {
    return folded_.empty() ? i : FindText(block, folded_, i);
  }

  /// How many of the block's entries refer to what is asked for.
  size_t Referring(const Entries::Block& block) const {
    if (!query_.refers_to) return block.entries.size();
    const auto it = std::lower_bound(
        block.references.begin(), block.references.end(), *query_.refers_to,
        [](const auto& counted, const Reference& wanted) { return counted.first < wanted; });
    return it == block.references.end() || it->first != *query_.refers_to ? 0 : it->second;
  }

  bool IsWanted(const Entry& entry) const {
    const auto& all = entry.references;
    if (query_.refers_to && !std::binary_search(all.begin(), all.end(), *query_.refers_to)) {
      return false;
    }
    return query_.simulators || entry.kind != Kind::kIpGateway ||
           !entry.object.ip_gateway().simulator();
  }

  void Add(const EntryPtr& entry) {
    ++selection_.total;
    if (!query_.after.empty() && entry->name <= query_.after) return;
    if (selection_.entries.size() < query_.most) {
      selection_.entries.push_back(entry);
    } else if (selection_.next.empty()) {
      selection_.next = selection_.entries.back()->name;
    }
  }

  const Query& query_;
  const std::string folded_;
  Selection selection_;
};

}  // namespace

Selection Select(const Model& model, const Query& query) {
  return Selecting(query).Run(model.entries(query.kind));
}

std::vector<EntryPtr> MailboxesCalled(const Model& model, std::string_view name) {
  std::vector<EntryPtr> found;
  if (name.empty()) return found;
  model.entries(Kind::kMailbox).ForEachWithText(domain::FoldName(name), [&](const EntryPtr& entry) {
    const v1::Mailbox& mailbox = entry->object.mailbox();
    if (mailbox.extension() == name || mailbox.email() == name) found.push_back(entry);
    return true;
  });
  return found;
}

const v1::Mailbox* MailboxAt(const Model& model, std::string_view plan, std::string_view value) {
  const v1::Mailbox* found = nullptr;
  if (value.empty()) return found;
  model.entries(Kind::kMailbox)
      .ForEachWithText(domain::FoldName(value), [&](const EntryPtr& entry) {
        const v1::Mailbox& mailbox = entry->object.mailbox();
        for (const MailboxAddress& address : AddressesOf(model, mailbox)) {
          if (address.value == value &&
              domain::FoldName(address.dial_plan) == domain::FoldName(plan)) {
            found = &mailbox;
          }
        }
        return !found;
      });
  return found;
}

}  // namespace um::organisation
