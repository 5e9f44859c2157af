#include "mailbox/domain/pin_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

constexpr int kShortest = 4;
constexpr int kLongest = 24;
constexpr size_t kShortestExtension = 3;  // that a PIN may not contain
constexpr int kGeneratedLength = 6;

int ShortestAllowed(const PinPolicy& policy) { return std::max(kShortest, policy.min_pin_length); }

std::string DigitsOf(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return IsDigits({&c, 1}); });
  return digits;
}

bool UsesExtension(std::string_view pin, const PinOwner& owner) {
  return std::ranges::any_of(owner.extensions, [&](const std::string& extension) {
    return extension.ends_with(pin) || (extension.size() >= kShortestExtension &&
                                        pin.find(extension) != std::string_view::npos);
  });
}

/// Does every digit follow from the one before by adding `step`, modulo ten?
bool Steps(std::string_view pin, int step) {
  for (size_t i = 1; i < pin.size(); ++i) {
    if ((pin[i] - pin[i - 1] - step) % 10 != 0) return false;
  }
  return true;
}

bool IsPartOf(std::string_view pin, const std::vector<std::string>& numbers) {
  return std::ranges::any_of(numbers, [&](const std::string& number) {
    return DigitsOf(number).find(pin) != std::string::npos;
  });
}

void CheckRange(Problems& problems, const char* field, std::optional<int> value, int least,
                int most) {
  if (!value || (*value >= least && *value <= most)) return;
  problems.push_back({field, fmt::format("{} is not {} to {}", *value, least, most)});
}

}  // namespace

Problems CheckPinPolicy(const PinPolicy& policy) {
  Problems problems;
  CheckRange(problems, "min_pin_length", policy.min_pin_length, kShortest, kLongest);
  CheckRange(problems, "pin_history_count", policy.pin_history_count, 1, 20);
  CheckRange(problems, "pin_lifetime_days", policy.pin_lifetime_days, 1, 999);
  CheckRange(problems, "logon_failures_before_pin_reset", policy.logon_failures_before_pin_reset, 1,
             998);
  CheckRange(problems, "max_logon_attempts", policy.max_logon_attempts, 1, 999);
  if (policy.logon_failures_before_pin_reset && policy.max_logon_attempts &&
      *policy.logon_failures_before_pin_reset >= *policy.max_logon_attempts) {
    problems.push_back(
        {"logon_failures_before_pin_reset",
         fmt::format("{} is not less than max_logon_attempts ({})",
                     *policy.logon_failures_before_pin_reset, *policy.max_logon_attempts)});
  }
  return problems;
}

std::optional<int> UnlimitedIfZero(int value) {
  return value == 0 ? std::nullopt : std::optional(value);
}

std::string ToText(PinViolation violation, const PinPolicy& policy) {
  switch (violation) {
    case PinViolation::kNotDigits:
      return "a PIN has digits only";
    case PinViolation::kTooShort:
      return fmt::format("the PIN needs at least {} digits", ShortestAllowed(policy));
    case PinViolation::kTooLong:
      return fmt::format("the PIN may have {} digits at most", kLongest);
    case PinViolation::kExtension:
      return "the PIN is the end of an extension of the user, or contains one";
    case PinViolation::kSequence:
      return "the digits of the PIN follow one another";
    case PinViolation::kRepeated:
      return "the digits of the PIN are all the same";
    case PinViolation::kPhoneNumber:
      return "the PIN is part of a telephone number of the user";
    case PinViolation::kUsedBefore:
      return fmt::format("the PIN is one of the last {}", policy.pin_history_count);
  }
  return "";
}

std::vector<PinViolation> CheckPin(std::string_view pin, const PinPolicy& policy,
                                   const PinOwner& owner) {
  std::vector<PinViolation> violations;
  const auto add_if = [&](bool violated, PinViolation violation) {
    if (violated) violations.push_back(violation);
  };
  add_if(pin.size() < static_cast<size_t>(ShortestAllowed(policy)), PinViolation::kTooShort);
  add_if(pin.size() > kLongest, PinViolation::kTooLong);
  if (pin.empty() || pin.size() > kLongest) return violations;  // the rest means nothing
  if (!IsDigits(pin)) {
    violations.push_back(PinViolation::kNotDigits);
    return violations;
  }
  add_if(UsesExtension(pin, owner), PinViolation::kExtension);
  if (policy.allow_common_patterns) return violations;
  const bool sequence = pin.size() > 1 && (Steps(pin, 1) || Steps(pin, -1));
  add_if(sequence, PinViolation::kSequence);
  add_if(pin.size() > 1 && Steps(pin, 0), PinViolation::kRepeated);
  add_if(IsPartOf(pin, owner.phone_numbers) || IsPartOf(pin, owner.extensions),
         PinViolation::kPhoneNumber);
  return violations;
}

absl::StatusOr<std::string> GeneratePin(const PinPolicy& policy, const PinOwner& owner,
                                        const RandomNumber& random) {
  constexpr int kTries = 1000;
  const int length = std::clamp(policy.min_pin_length, kGeneratedLength, kLongest);
  for (int i = 0; i < kTries; ++i) {
    std::string pin;
    for (int digit = 0; digit < length; ++digit) pin += static_cast<char>('0' + random(10) % 10);
    if (CheckPin(pin, policy, owner).empty()) return pin;
  }
  return absl::ResourceExhaustedError(
      "no PIN was found that the policy and the user's numbers allow");
}

FailureResult AfterFailure(PinState state, const PinPolicy& policy) {
  if (state.locked_out) return {state};
  constexpr int kMost = 1'000'000;  // with both limits off the count could grow for ever
  state.consecutive_failures = std::min(state.consecutive_failures + 1, kMost);
  if (policy.max_logon_attempts && state.consecutive_failures >= *policy.max_logon_attempts) {
    state.locked_out = true;
    return {state};
  }
  const int every = policy.logon_failures_before_pin_reset.value_or(0);
  return {state, every > 0 && state.consecutive_failures < kMost &&
                     state.consecutive_failures % every == 0};
}

PinState AfterSuccess(PinState state) {
  if (!state.locked_out) state.consecutive_failures = 0;
  return state;
}

PinState AfterSignIn(PinState state) {
  state.first_time_user = false;
  return state;
}

PinState AfterUserChange(PinState state, WallTime now) {
  state.changed = now;
  state.expired = false;
  return state;
}

PinState AfterAutomaticReset(PinState state, WallTime now) {
  state.changed = now;
  state.expired = true;
  return state;
}

PinState AfterAdministratorReset(PinState state, WallTime now, bool must_change) {
  state.changed = now;
  state.expired = must_change;
  return WithLock(state, false);
}

PinState WithLock(PinState state, bool locked) {
  state.locked_out = locked;
  state.consecutive_failures = 0;
  return state;
}

PinChange MustChange(const PinState& state, const PinPolicy& policy, int pin_length, WallTime now) {
  if (state.expired) return PinChange::kExpired;
  if (policy.pin_lifetime_days &&
      now - state.changed >= std::chrono::hours(24) * *policy.pin_lifetime_days) {
    return PinChange::kTooOld;
  }
  if (pin_length < policy.min_pin_length) return PinChange::kTooShort;
  return PinChange::kNotNeeded;
}

bool EndsCall(int failures_in_call, int limit) {
  return failures_in_call >= std::clamp(limit, 1, 20);
}

}  // namespace um::domain
