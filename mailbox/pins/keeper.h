// PinKeeper: everything that happens to PINs: made, chosen, checked, locked. The rules are
// mailbox/domain's, the numbers in them the organisation's, the records the store's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/pin_rules.h"
#include "mailbox/organisation/model.h"
#include "mailbox/pins/hasher.h"
#include "mailbox/store/organisation_store.h"

namespace um::pins {

/// What anybody may know of a PIN.
struct PinStatus {
  bool exists =
      false;  ///< false: none was made yet, or it was reset and the new one is to be mailed
  domain::PinState state;
  /// It must be changed at the next sign-in, and why. Not: because it is too short; its length is
  /// known only while it is entered.
  domain::PinChange must_change = domain::PinChange::kNotNeeded;
  std::optional<domain::WallTime> expires;  ///< of one that exists; nullopt: never
};

/// What came of a PIN that was entered.
struct PinCheck {
  enum class Outcome {
    kRight,
    kWrong,
    kNone,   ///< the mailbox has no PIN
    kLocked  ///< by an administrator, or by wrong PINs: this one may have been the last of them
  };
  Outcome outcome = Outcome::kWrong;
  /// kRight: whether the user must choose another one before anything else is done.
  domain::PinChange must_change = domain::PinChange::kNotNeeded;
  /// kWrong: so many in a row that a new one is to be mailed (the notices' PIN reset) now.
  bool reset_needed = false;
  /// Which PIN it was: for ChooseByUser().
  domain::WallTime changed{};
};

/// `mailbox` is a mailbox' id, as calls and messages have it, or its object's id in the store. All
/// of it says kNotFound for an organisation or mailbox that does not exist, kResourceExhausted
/// while too many PINs are hashed, kUnavailable if the store fails, kAborted if others keep
/// changing the same record.
///
/// Blocking: hashes take their time. Thread: any.
class PinKeeper {
 public:
  using FindOrganisation =
      std::function<absl::StatusOr<organisation::ModelPtr>(const std::string& id)>;
  using Clock = std::function<domain::WallTime()>;
  static domain::WallTime SystemTime();

  /// `store` and `hasher` outlive the keeper.
  PinKeeper(FindOrganisation find, store::OrganisationStore& store, Hasher& hasher,
            Clock clock = SystemTime)
      : find_(std::move(find)), store_(store), hasher_(hasher), clock_(std::move(clock)) {}

  absl::StatusOr<PinStatus> Status(const std::string& organisation, const std::string& mailbox);

  /// A new PIN for a mail that goes out now: welcome, or reset. It is told once, here. The one
  /// before is void from now on; the lock and the count of failures stay as they are. May be called
  /// again if the mail was not taken: a PIN that its user never changed is replaced, not
  /// remembered, so that retries do not drive PINs of the user's own out of the history.
  absl::StatusOr<std::string> Renew(const std::string& organisation, const std::string& mailbox);

  // What administrators do. Each writes the audit, with the change or not at all.

  /// A generated PIN, told once, here. Unlocks, and forgets the failures.
  absl::StatusOr<std::string> Reset(const std::string& organisation, const std::string& mailbox,
                                    const std::string& actor);
  /// The PIN is void at once, because a new one will be mailed. Unlocks, and forgets the failures.
  /// @param mailed_to for the audit
  absl::Status Void(const std::string& organisation, const std::string& mailbox,
                    const std::string& mailed_to, const std::string& actor);
  /// A PIN of the administrator's choice. Unlocks, and forgets the failures.
  /// @return everything that is wrong with it, history included; empty: it is set (or could be)
  absl::StatusOr<std::vector<std::string>> Set(const std::string& organisation,
                                               const std::string& mailbox, std::string_view pin,
                                               bool must_change, const std::string& actor,
                                               bool dry_run);
  absl::Status Lock(const std::string& organisation, const std::string& mailbox, bool locked,
                    const std::string& actor);

  // What users do by telephone.

  /// Counts before it compares: however many ask at once, on whatever nodes, there are no more
  /// guesses than the policy's. Takes the same time for wrong PINs, mailboxes without, and locked
  /// ones.
  absl::StatusOr<PinCheck> Check(const std::string& organisation, const std::string& mailbox,
                                 std::string_view digits);
  /// The user's next PIN. @param checked of the right one that this user has entered
  /// @return as Set(). kFailedPrecondition: the PIN was changed or the mailbox locked meanwhile.
  absl::StatusOr<std::vector<std::string>> ChooseByUser(const std::string& organisation,
                                                        const std::string& mailbox,
                                                        std::string_view pin,
                                                        const PinCheck& checked);

 private:
  /// A mailbox, and what its organisation says of its PIN.
  struct Mailbox {
    std::string organisation;
    std::string name;       ///< its id
    std::string object_id;  ///< the store's
    domain::PinPolicy policy;
    domain::PinOwner owner;
  };
  /// What the audit is told. action "": nothing.
  struct Note {
    std::string action;
    std::string actor;
    std::vector<std::pair<std::string, std::string>> facts;
  };
  using Texts = std::vector<std::string>;
  using NextState = std::function<domain::PinState(domain::PinState)>;
  /// Changes a record; false: it is not to be written.
  using Change = std::function<absl::StatusOr<bool>(store::PinRecord& record)>;

  absl::StatusOr<Mailbox> Find(const std::string& organisation, const std::string& mailbox) const;
  /// Reads, changes and writes until nobody else did meanwhile. @return the record as it is then
  absl::StatusOr<store::PinRecord> Update(const Mailbox& mailbox, const Note& note,
                                          const Change& change);
  absl::StatusOr<std::string> Generate(const std::string& organisation, const std::string& mailbox,
                                       const Note& note, const NextState& next);
  absl::StatusOr<Texts> WhatIsWrong(const Hasher::Turn& turn, const Mailbox& mailbox,
                                    std::string_view pin, const store::PinRecord& record) const;
  absl::StatusOr<PinCheck> Confirm(const Mailbox& mailbox, int length,
                                   const store::PinRecord& before, const store::PinRecord& counted);

  const FindOrganisation find_;
  store::OrganisationStore& store_;
  Hasher& hasher_;
  const Clock clock_;
};

}  // namespace um::pins
