// GreetingStore: what mailboxes' users have recorded for their callers, and whether they are away.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/greeting.h"
#include "mailbox/store/audit_note.h"

namespace um::store {

/// One recording, without its audio.
struct Recorded {
  std::string id;  ///< ULID; another one for each recording
  domain::GreetingKind kind{};
  domain::Milliseconds length{};
  Doer by;
};

struct OwnGreetings {
  std::vector<Recorded> recorded;  ///< one of a kind at most, in the kinds' order
  struct Switch : domain::Away {
    Doer by;
  };
  std::optional<Switch> away;  ///< nullopt: it is off
};

/// Audio is G.711 µ-law, as prompts are shaped. A mailbox is named by its object's id, but for
/// Of(); what it has goes with it. Each change writes its note into the audit, with the change or
/// not at all. Every node has it from the next call on.
///
/// Blocking. Thread: any worker. kUnavailable: the store is away.
class GreetingStore {
 public:
  virtual ~GreetingStore() = default;

  /// @param mailbox its folded name. Nothing for one that is not there.
  virtual absl::StatusOr<OwnGreetings> Of(const std::string& organisation,
                                          const std::string& mailbox) = 0;
  /// kNotFound: there is none of this id, or no more. kDataLoss: it is damaged.
  virtual absl::StatusOr<std::string> Audio(const std::string& organisation,
                                            const std::string& id) = 0;

  /// Replaces the one of its kind. kNotFound: no such mailbox.
  virtual absl::Status Put(const std::string& organisation, const std::string& mailbox_id,
                           const Recorded& recorded, std::string_view audio,
                           const AuditNote& note) = 0;
  /// kNotFound: there is none.
  virtual absl::Status Remove(const std::string& organisation, const std::string& mailbox_id,
                              domain::GreetingKind kind, const Doer& by, const AuditNote& note) = 0;
  /// @param away nullopt: switches it off. kNotFound: no such mailbox.
  virtual absl::Status SetAway(const std::string& organisation, const std::string& mailbox_id,
                               const std::optional<domain::Away>& away, const Doer& by,
                               const AuditNote& note) = 0;
  /// Removes everything, the switch too. That is returned, and the note gets what it was; nothing
  /// is noted if there was nothing.
  virtual absl::StatusOr<OwnGreetings> Erase(const std::string& organisation,
                                             const std::string& mailbox_id, const Doer& by,
                                             AuditNote note) = 0;
};

}  // namespace um::store
