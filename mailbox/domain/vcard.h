// vCard files, as telephones, mail programs and address books write them: 2.1, 3.0 (RFC 2426) and
// 4.0 (RFC 6350). Of each card only what names a caller is read.   Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/contacts.h"

namespace um::domain {

inline constexpr size_t kMaxVcardFile = 5'000'000;  ///< [bytes]
inline constexpr size_t kMaxContacts = 10'000;      ///< of a mailbox
inline constexpr size_t kMaxNumbers = 20;           ///< of a contact; as many addresses
inline constexpr size_t kMaxSkippedTold = 100;

struct VcardFile {
  std::vector<Contact> contacts;
  /// What was left out, and why.
  struct Skipped {
    int line = 0;  ///< from 1: where the card or the number is
    std::string why;
    bool operator==(const Skipped&) const = default;
  };
  std::vector<Skipped> skipped;  ///< the first kMaxSkippedTold
  size_t cards_skipped = 0;      ///< all
  size_t numbers_skipped = 0;    ///< all, addresses too
};

/// Text that is no UTF-8 is taken for Latin-1. Names, numbers and addresses are on one line,
/// without control, invisible and direction-changing characters. Properties that name nobody are
/// passed over, whatever is in them. Errors: InvalidArgument with the line: no vCard, one that is
/// cut off, too much.
absl::StatusOr<VcardFile> ReadVcards(std::string_view file);

}  // namespace um::domain
