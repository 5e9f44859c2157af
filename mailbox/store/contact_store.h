// ContactStore: by what names mailboxes' users know their callers.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/contacts.h"
#include "mailbox/store/audit_note.h"

namespace um::store {

/// A mailbox is named by its object's id, but for Of() and Known(); its contacts go with it. Each
/// change writes its note into the audit, with the change or not at all. Every node has it from the
/// next call on.
///
/// Blocking. Thread: any worker. kUnavailable: the store is away.
class ContactStore {
 public:
  virtual ~ContactStore() = default;

  /// All, in the order in which they were put there.
  /// @param mailbox its folded name. Nothing for one that is not there.
  virtual absl::StatusOr<std::vector<domain::Contact>> Of(const std::string& organisation,
                                                          const std::string& mailbox) = 0;
  /// Who has one of these keys.
  /// @param mailbox its folded name
  virtual absl::StatusOr<std::vector<domain::KnownContact>> Known(
      const std::string& organisation, const std::string& mailbox,
      const domain::CallerKeys& keys) = 0;

  /// Puts these instead of all there are. kNotFound: no such mailbox.
  virtual absl::Status Replace(const std::string& organisation, const std::string& mailbox_id,
                               const std::vector<domain::Contact>& contacts, const Doer& by,
                               const AuditNote& note) = 0;
  /// Removes all; the note gets how many these were. @return that; nothing is noted if it is 0
  virtual absl::StatusOr<size_t> Erase(const std::string& organisation,
                                       const std::string& mailbox_id, const Doer& by,
                                       AuditNote note) = 0;
};

}  // namespace um::store
