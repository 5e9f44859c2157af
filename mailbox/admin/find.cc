#include "mailbox/admin/find.h"

#include <fmt/format.h>

#include "mailbox/domain/problem.h"
#include "mailbox/organisation/find.h"

namespace um::admin {

using organisation::Entry;
using organisation::Kind;

absl::StatusOr<const Entry*> FindObject(const organisation::Model& model, Kind kind,
                                        const std::string& name) {
  if (const Entry* entry = model.Find(kind, name)) return entry;
  if (kind == Kind::kMailbox) {
    const auto found = organisation::MailboxesCalled(model, name);
    if (found.size() > 1) {
      return absl::InvalidArgumentError(domain::Quoted(name) +
                                        " names several mailboxes: use the id");
    }
    if (!found.empty()) return found.front().get();
  }
  return absl::NotFoundError(
      fmt::format("there is no {} {}", organisation::TitleOf(kind), domain::Quoted(name)));
}

absl::Status SayWhichOrganisation() {
  return absl::InvalidArgumentError(
      "there are several organisations: say which; umctl organisation list shows them");
}

absl::Status NoSuchOrganisation() {
  return absl::NotFoundError(
      "there is no such organisation; umctl organisation list shows those there are");
}

}  // namespace um::admin
