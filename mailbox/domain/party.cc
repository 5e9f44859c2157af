#include "mailbox/domain/party.h"

#include <algorithm>
#include <initializer_list>

#include "common/sip/text.h"

namespace um::domain {
namespace {

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return sip::EqualsIgnoreCase(text, word); });
}

std::string WithoutSeparators(std::string_view text) {
  std::string number;
  std::copy_if(text.begin(), text.end(), std::back_inserter(number),
               [](char c) { return std::string_view("-.() ").find(c) == std::string_view::npos; });
  return number;
}

std::string_view UserOf(const sip::Uri& uri) {
  return std::string_view(uri.user).substr(0, uri.user.find(';'));
}

/// A parameter of the number: of a tel URI, or what stands for it in a SIP URI's user part (RFC
/// 3261 section 19.1.6), or where some peers put it, among the SIP URI's own.
std::string NumberParameter(const sip::Uri& uri, std::string_view name) {
  std::string_view rest = uri.user;
  sip::TakeUntil(rest, ';');
  while (!rest.empty()) {
    std::string_view value = sip::TakeUntil(rest, ';');
    if (sip::EqualsIgnoreCase(sip::TakeUntil(value, '='), name)) return WithoutSeparators(value);
  }
  return WithoutSeparators(uri.Parameter(name).value_or(""));
}

/// "user@host", "" if it has not both.
std::string SipAddressOf(const sip::Uri& uri) {
  if (uri.host.empty() || uri.user.empty()) return "";
  return sip::Lower(std::string(UserOf(uri)) + "@" + uri.host);
}

bool Withholds(const sip::NameAddr& from) {
  return IsOneOf(from.uri.user, {"anonymous", "restricted"}) ||
         IsOneOf(from.uri.host, {"anonymous.invalid"});
}

/// What devices write where they know no caller: RFC 3323's and 3GPP's words, chan_sip's and
/// FreeSWITCH's defaults.
bool IsPlaceholder(const sip::NameAddr& address) {
  const std::string& user = address.uri.user;
  if (user.empty() || Withholds(address) || IsOneOf(address.uri.host, {"unknown.invalid"})) {
    return true;
  }
  if (user.size() >= 7 && user.find_first_not_of('0') == std::string::npos) return true;
  return IsOneOf(user, {"unknown", "unavailable", "asterisk"});
}

bool IsPersonsName(std::string_view name) {
  return !name.empty() && !IsTelephoneNumber(WithoutSeparators(name)) &&
         !IsOneOf(name, {"anonymous", "unknown", "unavailable", "restricted", "asterisk"});
}

}  // namespace

std::string NumberOf(const sip::Uri& uri) { return WithoutSeparators(UserOf(uri)); }

bool IsTelephoneNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return sip::IsDigit(c) || c == '*' || c == '#';
  });
}

std::string GlobalNumber(const DialPlan& plan, std::string_view number) {
  if (number.starts_with('+')) return std::string(number);
  const auto without = [&](const std::string& prefix) {
    // No country's code and no area's begins with 0.
    const bool fits = !prefix.empty() && number.starts_with(prefix) &&
                      number.size() > prefix.size() && number[prefix.size()] != '0';
    return fits ? number.substr(prefix.size()) : std::string_view();
  };
  if (const auto rest = without(plan.international_prefix); !rest.empty()) {
    return "+" + std::string(rest);
  }
  if (const auto rest = without(plan.national_prefix);
      !rest.empty() && !plan.country_code.empty()) {
    return "+" + plan.country_code + std::string(rest);
  }
  return "";
}

std::vector<std::string> AddressesOf(const DialPlan& plan, const sip::Uri& uri) {
  std::vector<std::string> forms;
  const auto add = [&](std::string form) {
    if (!form.empty()) forms.push_back(std::move(form));
  };
  const std::string number = NumberOf(uri);
  add(number);
  add(NumberParameter(uri, "ext"));
  add(SipAddressOf(uri));
  if (!IsTelephoneNumber(number)) return forms;
  // RFC 3966 section 5.1.5: the prefix of the place where a local number is one.
  const std::string context = NumberParameter(uri, "phone-context");
  const bool is_local = !number.starts_with('+') && context.starts_with('+');
  const std::string global = is_local ? context + number : GlobalNumber(plan, number);
  for (const std::string& form : {number, global}) {
    add(ExtensionOf(plan.number_formats, form, plan.extension_digits).value_or(""));
  }
  add(global);
  if (global.empty()) {
    add("+" + number);
  } else {
    add(global.substr(1));
  }
  return forms;
}

std::string PilotKey(std::string_view pilot) {
  if (const size_t at = pilot.find('@'); at != std::string_view::npos) {
    std::string key = sip::Lower(pilot);
    for (const char* scheme : {"sips:", "sip:"}) {
      if (key.starts_with(scheme)) key.erase(0, std::string_view(scheme).size());
    }
    const size_t port = key.find(':', key.find('@'));
    return key.substr(0, key.find('[') == std::string::npos ? port : std::string::npos);
  }
  std::string key = WithoutSeparators(pilot);
  if (key.starts_with('+')) key.erase(0, 1);
  return key;
}

std::vector<std::string> PilotKeysOf(const sip::Uri& uri) {
  std::vector<std::string> keys{PilotKey(NumberOf(uri))};
  if (std::string address = SipAddressOf(uri); !address.empty()) keys.push_back(std::move(address));
  std::erase(keys, "");  // that is the key of the pilot that takes every call
  return keys;
}

std::vector<const sip::NameAddr*> IdentitiesOf(const sip::InviteFacts& facts) {
  std::vector<const sip::NameAddr*> identities;
  if (facts.withheld || Withholds(facts.from)) return identities;
  for (const sip::NameAddr& asserted : facts.asserted_identities) {
    if (!IsPlaceholder(asserted)) identities.push_back(&asserted);
  }
  if (!IsPlaceholder(facts.from)) identities.push_back(&facts.from);
  return identities;
}

Caller CallerOf(const sip::InviteFacts& facts) {
  Caller caller;
  std::string address;
  for (const sip::NameAddr* identity : IdentitiesOf(facts)) {
    const bool asserted = identity != &facts.from;
    const std::string number = NumberOf(identity->uri);
    if (asserted || address.empty()) {
      if (caller.number.empty() && IsTelephoneNumber(number)) caller.number = number;
      if (address.empty()) address = SipAddressOf(identity->uri);
    }
    if (caller.name.empty() && IsPersonsName(identity->display_name)) {
      caller.name = identity->display_name;
    }
  }
  if (caller.number.empty()) caller.number = address;
  return caller;
}

bool NameByDirectory(const People& people, const DialPlan& plan, const sip::InviteFacts& facts,
                     Caller& caller) {
  for (const sip::NameAddr* identity : IdentitiesOf(facts)) {
    for (const std::string& form : AddressesOf(plan, identity->uri)) {
      const bool is_address = form.find('@') != std::string::npos;
      const auto found = is_address ? people.OfEmail(form) : people.OfNumber(form);
      if (found.empty()) continue;
      const auto differs = [&](const PersonPtr& person) {
        return person->display_name != found.front()->display_name;
      };
      if (std::any_of(found.begin(), found.end(), differs)) return false;
      caller.name = found.front()->display_name;
      caller.email = found.size() == 1 ? found.front()->email : "";
      return true;
    }
  }
  return false;
}

}  // namespace um::domain
