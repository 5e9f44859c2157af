// Finding objects among many.   Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/organisation/model.h"

namespace um::organisation {

struct Query {
  Kind kind = Kind::kMailbox;
  std::string_view search;             ///< in a name, address or number, in any case; "": all
  std::optional<Reference> refers_to;  ///< only what refers to this
  bool simulators = true;              ///< gateways that are test tools too
  std::string after;                   ///< folded name; what comes after it
  size_t most = 100;
};
struct Selection {
  std::vector<EntryPtr> entries;  ///< by name
  std::string next;               ///< folded name to go on after; "": that was all
  size_t total = 0;               ///< with those of other pages
};
Selection Select(const Model& model, const Query& query);

/// Mailboxes with this extension or mail address, exactly.
std::vector<EntryPtr> MailboxesCalled(const Model& model, std::string_view name);

/// The mailbox with an address of a plan, in any case of the plan's name; nullptr: nobody's.
const v1::Mailbox* MailboxAt(const Model& model, std::string_view plan, std::string_view value);

}  // namespace um::organisation
