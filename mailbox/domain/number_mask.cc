#include "mailbox/domain/number_mask.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/status.h"
#include "mailbox/domain/numbers.h"
#include "mailbox/domain/problem.h"

namespace um::domain {
namespace {

std::string_view WithoutPlus(std::string_view number) {
  return number.substr(number.starts_with('+') ? 1 : 0);
}

/// What the wildcards stood for, once it is known where each '*' begins and ends.
Captures Collect(std::string_view mask, std::string_view number,
                 const std::vector<size_t>& star_lengths) {
  Captures captures;
  size_t at = 0;
  size_t star = 0;
  for (const char c : mask) {
    if (c == '*') {
      captures.runs.emplace_back(number.substr(at, star_lengths[star]));
      at += star_lengths[star++];
      continue;
    }
    if (c == 'x') captures.digits += number[at];
    ++at;
  }
  return captures;
}

}  // namespace

absl::StatusOr<NumberMask> NumberMask::Parse(std::string_view text) {
  if (text.empty()) return Invalid("a number mask may not be empty");
  if (text.size() > kMaxLength) {
    return Invalid(fmt::format("{} has {} characters, a number mask may have {}", Quoted(text),
                               text.size(), kMaxLength));
  }
  NumberMask mask;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && c != 'x' && c != 'X' && c != '*') {
      return Invalid(
          fmt::format("{} is no number mask: only digits, x (one digit) and * (any number "
                      "of digits) are allowed",
                      Quoted(text)));
    }
    mask.text_ += c == 'X' ? 'x' : c;
  }
  if (mask.text_.find("**") != std::string::npos) {
    return Invalid(Quoted(text) + " has ** in it: one * is any number of digits already");
  }
  return mask;
}

int NumberMask::x_count() const { return static_cast<int>(std::ranges::count(text_, 'x')); }
int NumberMask::star_count() const { return static_cast<int>(std::ranges::count(text_, '*')); }

// Goes back to the last '*' only: what an earlier one took can stay, because whatever follows it
// was found as far left as it can be. So the time is bounded by the product of the lengths.
std::optional<Captures> NumberMask::Match(std::string_view number) const {
  if (!IsDigits(number) || number.size() > kMaxNumberDigits) return std::nullopt;
  std::vector<size_t> star_lengths;
  size_t m = 0;
  size_t n = 0;
  size_t after_star = 0;   // where in the mask the last star's successor is
  size_t resume_from = 0;  // where in the number it was tried last
  while (n < number.size() || m < text_.size()) {
    if (m < text_.size() && text_[m] == '*') {
      star_lengths.push_back(0);
      after_star = ++m;
      resume_from = n;
    } else if (m < text_.size() && n < number.size() &&
               (text_[m] == 'x' || text_[m] == number[n])) {
      ++m;
      ++n;
    } else if (!star_lengths.empty() && resume_from < number.size()) {
      ++star_lengths.back();
      n = ++resume_from;
      m = after_star;
    } else {
      return std::nullopt;
    }
  }
  return Collect(text_, number, star_lengths);
}

std::string NumberMask::Fill(const Captures& captures) const {
  std::string number;
  size_t x = 0;
  size_t star = 0;
  for (const char c : text_) {
    if (c == 'x') {
      if (x < captures.digits.size()) number += captures.digits[x++];
    } else if (c == '*') {
      if (star < captures.runs.size()) number += captures.runs[star++];
    } else {
      number += c;
    }
  }
  return number;
}

absl::Status CheckPair(const NumberMask& mask, const NumberMask& dialed) {
  const auto differ = [&](const char* wildcard, int masked, int filled) {
    return Invalid(
        fmt::format("the number mask {} has {} {}, the dialed number {} has {}: there "
                    "must be as many",
                    mask.text(), masked, wildcard, dialed.text(), filled));
  };
  if (mask.x_count() != dialed.x_count()) return differ("x", mask.x_count(), dialed.x_count());
  if (mask.star_count() != dialed.star_count()) {
    return differ("*", mask.star_count(), dialed.star_count());
  }
  return absl::OkStatus();
}

absl::StatusOr<NumberFormat> NumberFormat::Parse(std::string_view text) {
  UM_ASSIGN_OR_RETURN(const NumberMask mask, NumberMask::Parse(text));
  const size_t first_x = std::min(mask.text().find('x'), mask.text().size());
  NumberFormat format;
  format.prefix_ = mask.text().substr(0, first_x);
  format.last_ = mask.text().size() - first_x;
  if (format.last_ == 0 || format.text() != mask.text() || mask.star_count() > 0) {
    return Invalid(Quoted(text) +
                   " is no number format: digits, then one x for each last digit of the number");
  }
  return format;
}

std::optional<std::string> NumberFormat::Apply(std::string_view number) const {
  const std::string_view digits = WithoutPlus(number);
  if (!IsDigits(digits) || digits.size() < last_) return std::nullopt;
  return prefix_ + std::string(digits.substr(digits.size() - last_));
}

absl::StatusOr<NumberMask> ParseNumberingPlanFormat(std::string_view text, int extension_digits) {
  UM_ASSIGN_OR_RETURN(NumberMask mask, NumberMask::Parse(text));
  if (mask.star_count() > 0) {
    return Invalid(Quoted(text) + " is no numbering plan format: only digits and x are allowed");
  }
  if (static_cast<int>(mask.text().size()) < extension_digits) {
    return Invalid(fmt::format("{} is shorter than the {} digits of an extension", Quoted(text),
                               extension_digits));
  }
  return mask;
}

std::optional<std::string> ExtensionOf(std::span<const NumberMask> formats, std::string_view number,
                                       int extension_digits) {
  const std::string_view digits = WithoutPlus(number);
  const auto length = static_cast<size_t>(std::max(extension_digits, 0));
  if (length == 0 || digits.size() < length) return std::nullopt;
  for (const NumberMask& format : formats) {
    if (format.Match(digits)) return std::string(digits.substr(digits.size() - length));
  }
  return std::nullopt;
}

}  // namespace um::domain
