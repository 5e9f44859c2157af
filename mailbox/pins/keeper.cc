#include "mailbox/pins/keeper.h"

#include <algorithm>
#include <cstring>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/pins.h"

namespace um::pins {
namespace {

using domain::PinState;
using domain::PinViolation;
using domain::WallTime;
using organisation::Entry;
using organisation::Kind;
using store::PinRecord;

/// Of a record that others write too. The hasher lets so few do that at once that each gets its
/// turn.
constexpr int kTries = 100;

uint32_t RandomBelow(uint32_t bound) {
  // Numbers beyond the last whole multiple of bound would make the small ones more likely.
  const uint32_t beyond = UINT32_MAX - UINT32_MAX % bound;
  uint32_t number = 0;
  do {
    memcpy(&number, RandomBytes(sizeof number).data(), sizeof number);
  } while (number >= beyond);
  return number % bound;
}

PinState StateOf(const PinRecord& record) {
  return {.changed = record.changed,
          .expired = record.expired,
          .first_time_user = record.first_time,
          .consecutive_failures = record.failures,
          .locked_out = record.locked};
}

void SetState(PinRecord& record, const PinState& state) {
  record.changed = state.changed;
  record.expired = state.expired;
  record.first_time = state.first_time_user;
  record.failures = state.consecutive_failures;
  record.locked = state.locked_out;
}

/// How many former PINs count beside the present one.
size_t Remembered(const domain::PinPolicy& policy) {
  return static_cast<size_t>(std::max(policy.pin_history_count, 1) - 1);
}

/// `hash`: "" leaves the mailbox without PIN.
void Replace(PinRecord& record, std::string hash, bool remember, const domain::PinPolicy& policy) {
  if (remember && !record.hash.empty()) record.history.insert(record.history.begin(), record.hash);
  if (record.history.size() > Remembered(policy)) record.history.resize(Remembered(policy));
  record.hash = std::move(hash);
}

absl::StatusOr<bool> UsedBefore(const Hasher::Turn& turn, std::string_view pin,
                                const PinRecord& record, const domain::PinPolicy& policy) {
  std::vector<std::string> hashes = record.history;
  if (hashes.size() > Remembered(policy)) hashes.resize(Remembered(policy));
  if (!record.hash.empty()) hashes.push_back(record.hash);
  for (const std::string& hash : hashes) {
    UM_ASSIGN_OR_RETURN(const bool same, turn.Matches(pin, hash));
    if (same) return true;
  }
  return false;
}

/// A PIN by the policy that the user has not had lately.
absl::StatusOr<std::string> FreshPin(const Hasher::Turn& turn, const PinRecord& record,
                                     const domain::PinPolicy& policy,
                                     const domain::PinOwner& owner) {
  for (int i = 0; i < kTries; ++i) {
    UM_ASSIGN_OR_RETURN(std::string pin, domain::GeneratePin(policy, owner, RandomBelow));
    UM_ASSIGN_OR_RETURN(const bool used, UsedBefore(turn, pin, record, policy));
    if (!used) return pin;
  }
  return absl::ResourceExhaustedError("no PIN was found that the user has not had before");
}

/// By its id, or by its object's id in the store.
const Entry* FindMailbox(const organisation::Model& model, const std::string& id) {
  if (const Entry* entry = model.Find(Kind::kMailbox, id)) return entry;
  for (const organisation::EntryPtr& entry : model.entries(Kind::kMailbox)) {
    if (entry->id == id) return entry.get();
  }
  return nullptr;
}

}  // namespace

WallTime PinKeeper::SystemTime() {
  return std::chrono::floor<WallTime::duration>(std::chrono::system_clock::now());
}

absl::StatusOr<PinKeeper::Mailbox> PinKeeper::Find(const std::string& organisation,
                                                   const std::string& mailbox) const {
  UM_ASSIGN_OR_RETURN(const organisation::ModelPtr model, find_(organisation));
  const Entry* entry = FindMailbox(*model, mailbox);
  if (!entry) return absl::NotFoundError("there is no UM mailbox " + domain::Quoted(mailbox));
  const organisation::v1::Mailbox& object = entry->object.mailbox();
  return Mailbox{.organisation = model->id(),
                 .name = object.id(),
                 .object_id = entry->id,
                 .policy = organisation::PinPolicyOf(*model, object),
                 .owner = organisation::PinOwnerOf(*model, object)};
}

absl::StatusOr<PinRecord> PinKeeper::Update(const Mailbox& mailbox, const Note& note,
                                            const Change& change) {
  for (int i = 0; i < kTries; ++i) {
    UM_ASSIGN_OR_RETURN(PinRecord record, store_.Pin(mailbox.organisation, mailbox.object_id));
    UM_ASSIGN_OR_RETURN(const bool write, change(record));
    if (!write) return record;
    const std::string& in = mailbox.organisation;
    const absl::Status status =
        note.action.empty()
            ? store_.SetPin(in, mailbox.object_id, record)
            : store_.ChangePin(in, mailbox.object_id, record, note.actor, clock_(),
                               {note.action, std::string(ToString(Kind::kMailbox)),
                                mailbox.object_id, domain::FoldName(mailbox.name), note.facts});
    if (status.ok()) {
      ++record.version;
      return record;
    }
    if (!absl::IsAborted(status)) return status;
  }
  return absl::AbortedError("others keep changing this PIN's record: try again");
}

absl::StatusOr<PinStatus> PinKeeper::Status(const std::string& organisation,
                                            const std::string& mailbox) {
  UM_ASSIGN_OR_RETURN(const Mailbox found, Find(organisation, mailbox));
  UM_ASSIGN_OR_RETURN(const PinRecord record, store_.Pin(found.organisation, found.object_id));
  PinStatus status{.exists = !record.hash.empty(), .state = StateOf(record)};
  if (!status.exists) return status;
  const int long_enough = found.policy.min_pin_length;
  status.must_change = MustChange(status.state, found.policy, long_enough, clock_());
  if (found.policy.pin_lifetime_days) {
    status.expires = record.changed + std::chrono::hours(24) * *found.policy.pin_lifetime_days;
  }
  return status;
}

absl::StatusOr<std::string> PinKeeper::Generate(const std::string& organisation,
                                                const std::string& mailbox, const Note& note,
                                                const NextState& next) {
  UM_ASSIGN_OR_RETURN(const Mailbox found, Find(organisation, mailbox));
  UM_ASSIGN_OR_RETURN(const Hasher::Turn turn, hasher_.Begin());
  std::string pin;
  const auto change = [&](PinRecord& record) -> absl::StatusOr<bool> {
    UM_ASSIGN_OR_RETURN(pin, FreshPin(turn, record, found.policy, found.owner));
    UM_ASSIGN_OR_RETURN(std::string hash, turn.Hash(pin));
    Replace(record, std::move(hash), !record.expired, found.policy);
    SetState(record, next(StateOf(record)));
    return true;
  };
  UM_RETURN_IF_ERROR(Update(found, note, change).status());
  log::Info("pin.generated", {{"organisation", found.organisation}, {"mailbox", found.name}});
  return pin;
}

absl::StatusOr<std::string> PinKeeper::Renew(const std::string& organisation,
                                             const std::string& mailbox) {
  return Generate(organisation, mailbox, {},
                  [&](PinState state) { return AfterAutomaticReset(state, clock_()); });
}

absl::StatusOr<std::string> PinKeeper::Reset(const std::string& organisation,
                                             const std::string& mailbox, const std::string& actor) {
  return Generate(organisation, mailbox, {"reset-pin", actor, {{"told", "who reset it"}}},
                  [&](PinState state) { return AfterAdministratorReset(state, clock_(), true); });
}

absl::Status PinKeeper::Void(const std::string& organisation, const std::string& mailbox,
                             const std::string& mailed_to, const std::string& actor) {
  UM_ASSIGN_OR_RETURN(const Mailbox found, Find(organisation, mailbox));
  const auto change = [&](PinRecord& record) -> absl::StatusOr<bool> {
    Replace(record, "", !record.expired, found.policy);
    SetState(record, AfterAdministratorReset(StateOf(record), clock_(), true));
    return true;
  };
  return Update(found, {"reset-pin", actor, {{"mailed_to", mailed_to}}}, change).status();
}

absl::Status PinKeeper::Lock(const std::string& organisation, const std::string& mailbox,
                             bool locked, const std::string& actor) {
  UM_ASSIGN_OR_RETURN(const Mailbox found, Find(organisation, mailbox));
  const auto change = [&](PinRecord& record) -> absl::StatusOr<bool> {
    SetState(record, WithLock(StateOf(record), locked));
    return true;
  };
  return Update(found, {locked ? "lock-pin" : "unlock-pin", actor, {}}, change).status();
}

absl::StatusOr<PinKeeper::Texts> PinKeeper::WhatIsWrong(const Hasher::Turn& turn,
                                                        const Mailbox& mailbox,
                                                        std::string_view pin,
                                                        const PinRecord& record) const {
  std::vector<PinViolation> violations = CheckPin(pin, mailbox.policy, mailbox.owner);
  const auto has = [&](PinViolation v) {
    return std::find(violations.begin(), violations.end(), v) != violations.end();
  };
  // What can never have been a PIN is not worth the time.
  if (!pin.empty() && !has(PinViolation::kNotDigits) && !has(PinViolation::kTooLong)) {
    UM_ASSIGN_OR_RETURN(const bool used, UsedBefore(turn, pin, record, mailbox.policy));
    if (used) violations.push_back(PinViolation::kUsedBefore);
  }
  Texts texts;
  for (const PinViolation violation : violations) {
    texts.push_back(ToText(violation, mailbox.policy));
  }
  return texts;
}

absl::StatusOr<PinKeeper::Texts> PinKeeper::Set(const std::string& organisation,
                                                const std::string& mailbox, std::string_view pin,
                                                bool must_change, const std::string& actor,
                                                bool dry_run) {
  UM_ASSIGN_OR_RETURN(const Mailbox found, Find(organisation, mailbox));
  UM_ASSIGN_OR_RETURN(const Hasher::Turn turn, hasher_.Begin());
  Texts wrong;
  const auto change = [&](PinRecord& record) -> absl::StatusOr<bool> {
    UM_ASSIGN_OR_RETURN(wrong, WhatIsWrong(turn, found, pin, record));
    if (!wrong.empty() || dry_run) return false;
    UM_ASSIGN_OR_RETURN(std::string hash, turn.Hash(pin));
    Replace(record, std::move(hash), !record.expired, found.policy);
    SetState(record, AfterAdministratorReset(StateOf(record), clock_(), must_change));
    return true;
  };
  const Note note{"set-pin", actor, {{"must_change", must_change ? "true" : "false"}}};
  UM_RETURN_IF_ERROR(Update(found, note, change).status());
  return wrong;
}

absl::StatusOr<PinKeeper::Texts> PinKeeper::ChooseByUser(const std::string& organisation,
                                                         const std::string& mailbox,
                                                         std::string_view pin,
                                                         const PinCheck& checked) {
  UM_ASSIGN_OR_RETURN(const Mailbox found, Find(organisation, mailbox));
  UM_ASSIGN_OR_RETURN(const Hasher::Turn turn, hasher_.Begin());
  Texts wrong;
  const auto change = [&](PinRecord& record) -> absl::StatusOr<bool> {
    if (checked.outcome != PinCheck::Outcome::kRight || record.changed != checked.changed ||
        record.hash.empty() || record.locked) {
      return absl::FailedPreconditionError("the PIN was changed or locked meanwhile");
    }
    UM_ASSIGN_OR_RETURN(wrong, WhatIsWrong(turn, found, pin, record));
    if (!wrong.empty()) return false;
    UM_ASSIGN_OR_RETURN(std::string hash, turn.Hash(pin));
    Replace(record, std::move(hash), true, found.policy);
    SetState(record, AfterSignIn(AfterUserChange(StateOf(record), clock_())));
    return true;
  };
  UM_RETURN_IF_ERROR(Update(found, {}, change).status());
  return wrong;
}

absl::StatusOr<PinCheck> PinKeeper::Check(const std::string& organisation,
                                          const std::string& mailbox, std::string_view digits) {
  // First the turn: an attempt that cannot be compared must not be counted.
  UM_ASSIGN_OR_RETURN(const Hasher::Turn turn, hasher_.Begin());
  const absl::StatusOr<Mailbox> found = Find(organisation, mailbox);
  if (!found.ok()) {
    UM_RETURN_IF_ERROR(turn.Hash(digits).status());
    return found.status();
  }
  // Counted before it is compared, as if it were wrong. What cannot be guessed is written too, as
  // it was: the same steps take the same time.
  PinRecord before;
  domain::FailureResult failure;
  const auto count = [&](PinRecord& record) -> absl::StatusOr<bool> {
    before = record;
    failure = {StateOf(record)};
    if (!record.hash.empty()) failure = AfterFailure(failure.state, found->policy);
    SetState(record, failure.state);
    return true;
  };
  UM_ASSIGN_OR_RETURN(const PinRecord counted, Update(*found, {}, count));
  if (before.hash.empty() || before.locked) {
    UM_RETURN_IF_ERROR(turn.Hash(digits).status());
    return PinCheck{.outcome =
                        before.locked ? PinCheck::Outcome::kLocked : PinCheck::Outcome::kNone};
  }
  UM_ASSIGN_OR_RETURN(const bool right, turn.Matches(digits, before.hash));
  if (right) return Confirm(*found, static_cast<int>(digits.size()), before, counted);
  log::Warning("pin.refused", {{"organisation", found->organisation},
                               {"mailbox", found->name},
                               {"failures", counted.failures},
                               {"locked", counted.locked}});
  return PinCheck{
      .outcome = counted.locked ? PinCheck::Outcome::kLocked : PinCheck::Outcome::kWrong,
      .reset_needed = failure.reset_needed};
}

/// The right PIN: takes back what was counted, and the lock if it was this attempt's.
absl::StatusOr<PinCheck> PinKeeper::Confirm(const Mailbox& mailbox, int length,
                                            const PinRecord& before, const PinRecord& counted) {
  PinCheck check;
  const auto change = [&](PinRecord& record) -> absl::StatusOr<bool> {
    check = {.outcome = PinCheck::Outcome::kWrong};
    if (record.hash != before.hash) return false;  // another PIN meanwhile: this one is void
    // An administrator's lock forgets the failures; one that has them is of wrong PINs.
    const bool own_lock = counted.locked && record.failures == counted.failures;
    check.outcome = PinCheck::Outcome::kLocked;
    if (record.locked && !own_lock) return false;
    record.locked = false;
    PinState state = AfterSuccess(StateOf(record));
    check = {.outcome = PinCheck::Outcome::kRight,
             .must_change = MustChange(state, mailbox.policy, length, clock_()),
             .changed = record.changed};
    if (check.must_change == domain::PinChange::kNotNeeded) state = AfterSignIn(state);
    SetState(record, state);
    return true;
  };
  UM_RETURN_IF_ERROR(Update(mailbox, {}, change).status());
  return check;
}

}  // namespace um::pins
