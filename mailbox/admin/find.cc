#include "mailbox/admin/find.h"

#include <fmt/format.h>

#include "mailbox/domain/problem.h"

namespace um::admin {

using organisation::Entry;
using organisation::Kind;

absl::StatusOr<const Entry*> FindObject(const organisation::Model& model, Kind kind,
                                        const std::string& name) {
  if (const Entry* entry = model.Find(kind, name)) return entry;
  const Entry* found = nullptr;
  if (kind == Kind::kMailbox) {
    for (const auto& [_, entry] : model.entries(kind)) {
      const organisation::v1::Mailbox& mailbox = entry->object.mailbox();
      if (mailbox.extension() != name && mailbox.email() != name) continue;
      if (found) {
        return absl::InvalidArgumentError(domain::Quoted(name) +
                                          " names several mailboxes: use the id");
      }
      found = entry.get();
    }
  }
  if (found) return found;
  return absl::NotFoundError(
      fmt::format("there is no {} {}", organisation::TitleOf(kind), domain::Quoted(name)));
}

}  // namespace um::admin
