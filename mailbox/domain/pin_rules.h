// PINs: which are good, how one is made, and what happens to one over its life. How it is kept
// (hashed) is the store's business.   Pure. No text made here repeats a digit of a PIN.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/problem.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// The PIN part of a mailbox policy (spec 02 section 6.2). nullopt is "unlimited".
struct PinPolicy {
  int min_pin_length = 6;                     ///< 4..24
  int pin_history_count = 5;                  ///< 1..20, the current one included
  std::optional<int> pin_lifetime_days = 60;  ///< 1..999
  bool allow_common_patterns = false;
  std::optional<int> logon_failures_before_pin_reset = 5;  ///< 1..998, less than the next
  std::optional<int> max_logon_attempts = 15;              ///< 1..999
};
/// Everything that is out of its range, by property name.
Problems CheckPinPolicy(const PinPolicy& policy);
/// What administrators write for "unlimited": 0 (spec 02 section 23, 9 and 11).
std::optional<int> UnlimitedIfZero(int value);

enum class PinViolation {
  kNotDigits,
  kTooShort,     ///< than 4 or the policy's minimum
  kTooLong,      ///< than 24
  kExtension,    ///< equals the end of an extension, or contains one
  kSequence,     ///< 1234, 65432, 8901: each digit one above (or below) the last, 0 after 9
  kRepeated,     ///< 11111
  kPhoneNumber,  ///< part of one of the user's numbers or extensions
  kUsedBefore,   ///< for the store to add: only it can compare hashes
};
/// Says it to the user: "the PIN needs at least 6 digits".
std::string ToText(PinViolation violation, const PinPolicy& policy);

/// Whom a PIN is for: what outsiders know or can guess of the user.
struct PinOwner {
  std::vector<std::string> extensions;
  std::vector<std::string> phone_numbers;  ///< any form; separators do not count
};

/// All rules of spec 02 section 9.2 that `pin` breaks, but for its history. Empty: good.
///
/// The extension rule holds whatever the policy allows. A PIN may not contain an extension of three
/// or more digits; shorter ones would forbid so many PINs that the rest were easier to guess.
std::vector<PinViolation> CheckPin(std::string_view pin, const PinPolicy& policy,
                                   const PinOwner& owner);

/// Any number in 0..bound-1, all equally likely, from a source nobody can predict.
using RandomNumber = std::function<uint32_t(uint32_t bound)>;

/// A PIN that passes CheckPin(), max(6, min_pin_length) digits.
/// Errors: ResourceExhausted if none was found in 1000 tries (an owner with very many numbers, or a
/// broken source).
absl::StatusOr<std::string> GeneratePin(const PinPolicy& policy, const PinOwner& owner,
                                        const RandomNumber& random);

/// What is kept beside a PIN (spec 02 section 9.1, 9.3).
struct PinState {
  WallTime changed{};            ///< when the PIN was last set
  bool expired = true;           ///< must be changed whatever its age
  bool first_time_user = true;   ///< has never completed a sign-in
  int consecutive_failures = 0;  ///< across calls, since the last success or administrator's reset
  bool locked_out = false;

  bool operator==(const PinState&) const = default;
};

/// The state after a wrong PIN, and whether the PIN is now to be replaced by a generated one that
/// is mailed to its user. At max_logon_attempts the mailbox is locked instead. A locked mailbox
/// stays as it is.
struct FailureResult {
  PinState state;
  bool reset_needed = false;
};
FailureResult AfterFailure(PinState state, const PinPolicy& policy);

/// The state after the right PIN: the count begins anew. A locked mailbox stays locked: the caller
/// asks locked_out before the PIN.
PinState AfterSuccess(PinState state);
/// The user is through: signed in, and has changed the PIN where MustChange() said so.
PinState AfterSignIn(PinState state);
/// The user chose a new PIN by telephone.
PinState AfterUserChange(PinState state, WallTime now);
/// A PIN was generated because of failures. The count of failures goes on, so that the guessing
/// ends at max_logon_attempts.
PinState AfterAutomaticReset(PinState state, WallTime now);
/// An administrator set or generated a PIN: unlocks, and forgets the failures. `must_change`: at
/// the next sign-in (always for a generated one).
PinState AfterAdministratorReset(PinState state, WallTime now, bool must_change);
/// An administrator locked or unlocked the mailbox. Both forget the failures, so that a lock with
/// failures is one that they caused.
PinState WithLock(PinState state, bool locked);

/// Why a PIN must be changed before anything else is done, the first that holds.
enum class PinChange {
  kNotNeeded,
  kExpired,  ///< it was set for the user
  kTooOld,   ///< pin_lifetime_days have passed (24 hours each)
  kTooShort  ///< min_pin_length was raised
};
/// `pin_length`: of the PIN that was just entered and is right.
PinChange MustChange(const PinState& state, const PinPolicy& policy, int pin_length, WallTime now);

/// Is a call to be ended after that many wrong PINs in it? `limit` is the dial plan's
/// logon_failures_before_disconnect (1..20); the mailbox's own count is another matter.
inline constexpr int kDefaultLogonFailuresBeforeDisconnect = 3;
bool EndsCall(int failures_in_call, int limit);

}  // namespace um::domain
