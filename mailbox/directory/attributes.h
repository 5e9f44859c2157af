// What a directory's attributes are called, and people made of them. Everything that comes from a
// directory is hostile: it is bounded, cleaned, or left out.   Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/domain/people.h"
#include "um/config/v1/directory.pb.h"

namespace um::directory {

/// An entry as it came.
struct Entry {
  std::string dn;
  /// By attribute name in lower case; values are bytes.
  std::map<std::string, std::vector<std::string>> values;
};

/// Attributes' names in lower case; "": not asked for.
struct AttributeNames {
  std::string id;
  std::string alias;
  std::vector<std::string> display_name;  ///< the first that is there counts
  std::string mail;
  std::string other_mail;
  std::string telephone;
  std::string mobile;
  std::string changed;
  std::string account_control;

  /// All of them, for a search.
  std::vector<std::string> All() const;
};
/// The set's, with what the settings call otherwise.
AttributeNames NamesOf(const config::v1::Directory& settings);

/// "Who is a person" where the settings do not say.
std::string UsualFilter(config::v1::DirectoryAttributes set);

/// A person of an entry; nullopt: it has no id or no name. What was left out and why is added to
/// `notes`: "mail: is no text (UTF-8)".
std::optional<domain::Person> PersonOf(const Entry& entry, const AttributeNames& names,
                                       std::vector<std::string>& notes);

/// Unix time [s] of an entry's last change; nullopt: it does not say.
std::optional<int64_t> ChangedOf(const Entry& entry, const AttributeNames& names);

/// RFC 4517 section 3.3.13: "20260115093000Z", "20260115093000.0Z", "202601150930+0100".
std::optional<int64_t> ParseGeneralizedTime(std::string_view text);
/// In the form that OpenLDAP and Active Directory compare with: "20260115093000.0Z".
std::string GeneralizedTime(int64_t unix_time);

/// "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" of the 16 bytes of an objectGUID: its first three parts
/// are little-endian ([MS-DTYP] section 2.3.4.2).
std::string GuidText(std::string_view bytes);

}  // namespace um::directory
