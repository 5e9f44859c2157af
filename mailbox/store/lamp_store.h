// LampStore: which messages users have heard, and which lamps have to be told of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/lamp.h"
#include "mailbox/store/audit_note.h"

namespace um::store {

/// A mailbox, as its messages name it.
struct LampKey {
  std::string organisation;
  std::string mailbox_id;
  auto operator<=>(const LampKey&) const = default;
};

/// Voice messages of one mailbox that its user has heard, or wants to be new again.
struct HeardChange {
  LampKey mailbox;
  std::vector<std::string> ids;  ///< empty: all of the mailbox
  bool heard = true;
  domain::WallTime at{};
  std::string actor;
  std::optional<AuditNote> note;  ///< in the audit if anything changes; with how many messages
};

/// What is heard and what is new. Narrow, because others than an administrator will say so: the
/// telephone, and the mail system's own read state.
///
/// Blocking. Thread: any.
class ReadStates {
 public:
  virtual ~ReadStates() = default;
  /// How many messages it changed; their lamp is to be told in the same transaction. Messages that
  /// are not there, of another mailbox or missed calls are passed over.
  virtual absl::StatusOr<int64_t> SetHeard(const HeardChange& change) = 0;
};

/// A lamp that is to be told now, by whoever leased it.
struct LeasedLamp {
  LampKey mailbox;
  int64_t revision = 0;        ///< of the count
  bool changed = false;        ///< since it was last told; else it is only refreshed
  bool switch_off = false;     ///< no mailbox: it is `lit` that is to be switched off
  domain::LampPlace lit;       ///< where a lamp is lit, or may be
  domain::WaitingCount count;  ///< read when the lease was taken: nobody can tell a newer one
  int attempts = 0;            ///< failures since it was asked for
  domain::WallTime since{};    ///< when that was
  domain::WallTime leased_until{};
};

/// How a lease ends.
struct LampOutcome {
  enum class Kind {
    kTold,     ///< the gateway has answered
    kFailed,   ///< not told: again at `next`
    kHeld,     ///< not tried: again at `next`
    kBlocked,  ///< nobody may be told, `error` says why; looked at again at `next`
    /// There is nobody to tell: the row goes, unless the count has changed meanwhile. What others
    /// have lit at `lit` is told again.
    kGone,
  };
  LampKey mailbox;
  Kind kind = Kind::kTold;
  int64_t revision = 0;
  domain::WallTime at{};
  domain::WallTime next{};
  std::string error;
  domain::LampPlace lit;         ///< where a lamp is lit, or may be, from now on
  domain::LampPlace switch_off;  ///< is to be switched off, if it has an address: due at `next`
  // kTold
  std::string gateway;
  int status = 0;
  domain::WaitingCount count;
};

/// A lamp as an administrator sees it.
struct LampState {
  domain::WaitingCount count;  ///< as it is now
  bool known = false;          ///< the rest: the lamp is in the table
  bool pending = false;        ///< the count has changed since it was last told
  bool under_way = false;      ///< it is leased
  domain::WallTime next{};
  int attempts = 0;
  std::string last_error;
  std::optional<domain::WallTime> told;
  std::string told_gateway;
  int told_status = 0;
  domain::WaitingCount told_count;
};

/// A mailbox' lamp that is lit, or may be.
struct LitLamp {
  std::string mailbox_id;
  domain::LampPlace place;
};

struct LampChange {
  LampKey mailbox;
  int64_t revision = 0;
  domain::WallTime at{};
};

/// A lamp is a row, due at a time, leased to one node at a time. The transaction that changes a
/// mailbox' count makes its lamp due and gives it another revision; so no change is lost, and one
/// that comes while a lamp is being told is told after it. A place that a lamp was lit at, and that
/// is its mailbox' no more, becomes a row of its own until it is switched off.
///
/// Blocking. Thread: any.
class LampStore : public ReadStates {
 public:
  /// Leases at most `limit` lamps that are due at `now` to `owner` until `until`; those whose count
  /// has changed before those that are only refreshed.
  virtual absl::StatusOr<std::vector<LeasedLamp>> Lease(const std::string& owner,
                                                        domain::WallTime now,
                                                        domain::WallTime until, int limit) = 0;
  /// Ends leases of `owner`; those it has lost meanwhile are passed over. A lamp whose count has
  /// changed since stays due.
  virtual absl::Status End(const std::string& owner, const std::vector<LampOutcome>& outcomes) = 0;
  /// Takes back the leases of every owner that `dead` says is gone.
  virtual absl::Status EndLeases(const std::function<bool(const std::string& owner)>& dead) = 0;
  /// When the next lamp falls due; nullopt: there are none.
  virtual absl::StatusOr<std::optional<domain::WallTime>> NextDue() = 0;

  /// Makes these mailboxes' lamps due at `at`, but for those that were told since `unless_since`.
  virtual absl::Status Refresh(const std::string& organisation,
                               const std::vector<std::string>& mailbox_ids, domain::WallTime at,
                               domain::WallTime unless_since) = 0;
  /// A gateway is back: the same for the lamps it told last, before `before`, and for those that
  /// could not be told.
  virtual absl::Status RefreshGateway(const std::string& organisation, const std::string& gateway,
                                      domain::WallTime at, domain::WallTime before) = 0;

  /// The organisation's lamps that are lit, or may be, but for those that are to be switched off.
  virtual absl::StatusOr<std::vector<LitLamp>> Lit(const std::string& organisation) = 0;

  virtual absl::StatusOr<LampState> Find(const LampKey& mailbox, domain::WallTime now) = 0;
  /// The counts that have changed at `since` or later.
  virtual absl::StatusOr<std::vector<LampChange>> ChangedSince(domain::WallTime since) = 0;
};

}  // namespace um::store
