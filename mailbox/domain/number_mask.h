// Patterns over digits: which numbers an administrator means, and what becomes of them.   Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace um::domain {

/// What the wildcards of a mask stood for in one number, each kind from left to right.
struct Captures {
  std::string digits;             ///< one for each x
  std::vector<std::string> runs;  ///< one for each *; may be empty strings
  bool operator==(const Captures&) const = default;
};

/// Digits, 'x' (exactly one digit) and '*' (any number of digits, also none): spec 02 section 15.1.
class NumberMask {
 public:
  static constexpr size_t kMaxLength = 64;

  /// Errors (InvalidArgument): empty, over 64 characters, another character, "**" (which says
  /// nothing that '*' does not). 'X' is 'x'.
  static absl::StatusOr<NumberMask> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  int x_count() const;
  int star_count() const;

  /// nullopt if `number` is not all digits or does not match throughout. Where several '*' leave a
  /// choice, each takes as little as possible, from the left. Time: length of mask times length of
  /// number, whatever the mask.
  std::optional<Captures> Match(std::string_view number) const;

  /// This mask as a pattern to dial: its n-th x is replaced by the n-th digit, its n-th * by the
  /// n-th run. What is missing in `captures` is left out; CheckPair() makes sure that nothing is.
  std::string Fill(const Captures& captures) const;

 private:
  std::string text_;
};

/// May a number that matches `mask` be dialled as `dialed`? Both must have the same number of x,
/// and of *, so that no digit is lost or invented.
absl::Status CheckPair(const NumberMask& mask, const NumberMask& dialed);

/// How to reach a user of another dial plan (in_country_or_region_number_format,
/// international_number_format; spec 02 section 3.1): digits, then a run of x. "020xxxxxxx" is 020
/// and the last seven digits of the number in the directory.
class NumberFormat {
 public:
  /// Errors (InvalidArgument): over 64 characters; no x; anything but x after the first x.
  static absl::StatusOr<NumberFormat> Parse(std::string_view text);
  /// The number to call. nullopt if `number` (NormalizeNumber()'s form) has fewer digits than x.
  std::optional<std::string> Apply(std::string_view number) const;
  std::string text() const { return prefix_ + std::string(last_, 'x'); }

 private:
  std::string prefix_;
  size_t last_ = 0;
};

/// One of numbering_plan_formats: digits and x only, at least as long as the plan's extensions
/// ("142570xxxxx").
/// Errors: InvalidArgument.
absl::StatusOr<NumberMask> ParseNumberingPlanFormat(std::string_view text, int extension_digits);

/// The extension within the dial plan that a full number (NormalizeNumber()'s form, with or without
/// '+') stands for: the last `extension_digits` digits, if any format matches. nullopt: the number
/// is outside the plan.
std::optional<std::string> ExtensionOf(std::span<const NumberMask> formats, std::string_view number,
                                       int extension_digits);

}  // namespace um::domain
