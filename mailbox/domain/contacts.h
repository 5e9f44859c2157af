// Contacts: whom a mailbox' user knows, and which of them calls.   Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/sip/invite_facts.h"
#include "mailbox/domain/organisation.h"

namespace um::domain {

/// One entry of a user's address book, as far as it names callers.
struct Contact {
  std::string name;                    ///< never empty, at most kMaxName characters
  std::string email;                   ///< its first mail address; "": none
  std::vector<std::string> numbers;    ///< telephone numbers as people write them
  std::vector<std::string> addresses;  ///< mail and SIP addresses (user@host)

  bool operator==(const Contact&) const = default;
};

/// True if the name or a number or address holds the folded text.
bool Matches(const Contact& contact, const std::string& folded);

/// What a contact's number or address is looked up by: the number's digits without separators, +
/// and "(0)", up to a pause or extension; the address folded, without scheme, port and parameters.
/// "": it is neither.
std::string ContactKey(std::string_view text);

/// The keys that a caller may have in an address book: of each identity, the most trusted first,
/// all that its number may be written as, at home and from abroad, and its SIP address. Empty if
/// the caller withholds the number.
using CallerKeys = std::vector<std::vector<std::string>>;
CallerKeys CallerKeysOf(const DialPlan& plan, const sip::InviteFacts& facts);
/// Of one identity. No key twice.
std::vector<std::string> CallerKeysOf(const DialPlan& plan, const sip::Uri& uri);

/// A contact that has a key.
struct KnownContact {
  std::string key;
  int64_t contact = 0;  ///< which one of the mailbox' contacts
  std::string name;
  std::string email;
};
/// Whom an address book says a caller is.
struct ContactName {
  std::string name;   ///< "": nobody in it, or more than one
  std::string email;  ///< "" also if several contacts of this name have the number

  bool operator==(const ContactName&) const = default;
};
/// The first identity that anybody has decides. If these are of more than one name it is nobody's.
ContactName NameByContacts(const CallerKeys& keys, const std::vector<KnownContact>& known);

}  // namespace um::domain
