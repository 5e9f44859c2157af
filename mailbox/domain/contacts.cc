#include "mailbox/domain/contacts.h"

#include <algorithm>

#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"
#include "mailbox/domain/party.h"

namespace um::domain {
namespace {

constexpr size_t kMostIdentities = 4;
constexpr size_t kMaxAddress = 320;  // [bytes]
/// Fewer digits are no number of a country's numbering plan.
constexpr size_t kLeastNationalDigits = 7;

/// Folded, so that schemes and addresses compare in any case.
std::string WrittenAddressKey(std::string_view text) {
  if (text.size() > kMaxAddress) return "";
  std::string key = FoldName(text);
  for (const std::string_view scheme : {"mailto:", "sips:", "sip:"}) {
    if (key.starts_with(scheme)) key.erase(0, scheme.size());
  }
  key.erase(std::min(key.find_first_of(";?"), key.size()));
  const size_t at = key.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == key.size()) return "";
  if (key.find('[', at) == std::string::npos) key.erase(std::min(key.find(':', at), key.size()));
  return key.find_first_of(" <>\"") == std::string::npos ? key : "";
}

/// What may follow a number that is dialled: a pause, an extension. Letters are not dropped else:
/// "0800 REISE" is no 0800.
bool IsTail(std::string_view text) {
  if (text.empty() || text.front() == ',' || text.front() == ';') return true;
  const std::string tail = FoldName(text);
  const auto is = [&](std::string_view word) {
    return tail.starts_with(word) &&
           tail.find_first_not_of("0123456789 .:,;#*", word.size()) == std::string::npos;
  };
  return is("extension") || is("ext") || is("x") || is("dw") || is("p") || is("w");
}

/// As people write numbers in address books: "+43 (0)1 234-56 ext. 7", "0664 1234,,5".
std::string WrittenNumberKey(std::string_view text) {
  if (text.size() > kMaxAddress) return "";
  const size_t end = std::min(text.find_first_not_of("+0123456789-.()/ "), text.size());
  if (!IsTail(text.substr(end))) return "";
  std::string number(text.substr(0, end));
  // The prefix that is dialled at home only.
  const size_t home = number.find("(0)");
  if (number.starts_with('+') && home != std::string::npos) number.erase(home, 3);
  return NumberKey(number);
}

/// What a number with + and country code may be written as besides.
void AddForms(const DialPlan& plan, const std::string& global, std::vector<std::string>& keys) {
  keys.push_back(global.substr(1));
  if (!plan.international_prefix.empty()) {
    keys.push_back(plan.international_prefix + global.substr(1));
  }
  if (plan.country_code.empty() || !global.starts_with("+" + plan.country_code)) return;
  const std::string national = global.substr(1 + plan.country_code.size());
  if (national.size() < kLeastNationalDigits) return;
  keys.push_back(national);
  if (!plan.national_prefix.empty()) keys.push_back(plan.national_prefix + national);
}

void AddForms(const DialPlan& plan, const sip::Uri& uri, std::vector<std::string>& keys) {
  const std::string number = NumberOf(uri);
  if (NumberKey(number).empty()) return;
  const std::string global = GlobalNumber(plan, number);
  if (!global.empty()) return AddForms(plan, global, keys);
  // Gateways leave out the + or, where the home prefix is seldom written, that.
  if (plan.country_code.empty() || number.size() < kLeastNationalDigits) return;
  if (number.starts_with(plan.country_code)) AddForms(plan, "+" + number, keys);
  AddForms(plan, "+" + plan.country_code + number, keys);
}

}  // namespace

bool Matches(const Contact& contact, const std::string& folded) {
  const auto holds = [&](const std::string& text) {
    return FoldName(text).find(folded) != std::string::npos;
  };
  return holds(contact.name) ||
         std::any_of(contact.numbers.begin(), contact.numbers.end(), holds) ||
         std::any_of(contact.addresses.begin(), contact.addresses.end(), holds);
}

std::string ContactKey(std::string_view text) {
  return text.find('@') == std::string_view::npos ? WrittenNumberKey(text)
                                                  : WrittenAddressKey(text);
}

std::vector<std::string> CallerKeysOf(const DialPlan& plan, const sip::Uri& uri) {
  std::vector<std::string> keys;
  for (const std::string& form : AddressesOf(plan, uri)) {
    keys.push_back(form.find('@') == std::string::npos ? NumberKey(form) : WrittenAddressKey(form));
  }
  AddForms(plan, uri, keys);
  std::erase(keys, "");
  std::vector<std::string> once;
  for (std::string& key : keys) {
    if (std::find(once.begin(), once.end(), key) == once.end()) once.push_back(std::move(key));
  }
  return once;
}

CallerKeys CallerKeysOf(const DialPlan& plan, const sip::InviteFacts& facts) {
  CallerKeys keys;
  for (const sip::NameAddr* identity : IdentitiesOf(facts)) {
    if (keys.size() == kMostIdentities) break;
    std::vector<std::string> own = CallerKeysOf(plan, identity->uri);
    if (!own.empty()) keys.push_back(std::move(own));
  }
  return keys;
}

ContactName NameByContacts(const CallerKeys& keys, const std::vector<KnownContact>& known) {
  for (const std::vector<std::string>& identity : keys) {
    const KnownContact* first = nullptr;
    bool alone = true;
    for (const KnownContact& each : known) {
      if (std::find(identity.begin(), identity.end(), each.key) == identity.end()) continue;
      if (!first) first = &each;
      if (each.name != first->name) return {};
      alone &= each.contact == first->contact;
    }
    if (first) return {first->name, alone ? first->email : ""};
  }
  return {};
}

}  // namespace um::domain
