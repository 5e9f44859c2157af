#include "mailbox/directory/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "common/base/bytes.h"
#include "common/base/utf8.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"

namespace um::directory {
namespace {

namespace v1 = um::config::v1;

constexpr size_t kMostBytes = 4096;   // of a value that is looked at
constexpr size_t kMostValues = 32;    // of an attribute
constexpr size_t kMostId = 64;        // as a mailbox' directory_id
constexpr size_t kMostAddress = 254;  // RFC 5321 section 4.5.3.1.3, without the angle brackets
constexpr size_t kMostNumber = 64;    // as people write it
constexpr int64_t kDisabled = 2;      // ADS_UF_ACCOUNTDISABLE

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// The values of attributes, one entry's, and what is wrong with them.
class Reader {
 public:
  Reader(const Entry& entry, std::vector<std::string>& notes) : entry_(entry), notes_(notes) {}

  const std::vector<std::string>& Raw(const std::string& name) const {
    static const std::vector<std::string> kNone;
    const auto it = entry_.values.find(name);
    return it == entry_.values.end() ? kNone : it->second;
  }

  /// Values that are text, cleaned, each once.
  std::vector<std::string> Texts(const std::string& name, size_t most_characters) {
    std::vector<std::string> texts;
    for (const std::string& value : Raw(name)) {
      if (value.size() > kMostBytes) {
        Note(name, "is longer than 4 kB");
        continue;
      }
      if (!IsUtf8(value)) {
        Note(name, "is no text (UTF-8)");
        continue;
      }
      std::string text = domain::CleanName(value, kMostBytes);
      if (text.empty()) continue;
      if (domain::CountCharacters(text) > most_characters) {
        Note(name, fmt::format("has more than {} characters", most_characters));
        continue;
      }
      if (std::find(texts.begin(), texts.end(), text) != texts.end()) continue;
      if (texts.size() == kMostValues) {
        Note(name, fmt::format("has more than {} values", kMostValues));
        break;
      }
      texts.push_back(std::move(text));
    }
    return texts;
  }

  std::string Text(const std::string& name, size_t most_characters) {
    std::vector<std::string> texts = Texts(name, most_characters);
    return texts.empty() ? "" : std::move(texts.front());
  }

  void Note(const std::string& name, const std::string& why) {
    notes_.push_back(name + ": " + why);
  }

 private:
  static bool IsUtf8(std::string_view text) {
    while (!text.empty()) {
      const size_t n = Utf8Length(text);
      if (n == 0) return false;
      text.remove_prefix(n);
    }
    return true;
  }

  const Entry& entry_;
  std::vector<std::string>& notes_;
};

/// entryUUID is text, objectGUID 16 bytes.
std::string IdOf(const AttributeNames& names, Reader& reader) {
  const std::vector<std::string>& raw = reader.Raw(names.id);
  if (raw.empty()) return "";
  const bool binary = names.id == "objectguid" || !IsPlainUtf8(raw.front());
  if (binary) return raw.front().size() == 16 ? GuidText(raw.front()) : "";
  return reader.Text(names.id, kMostId);
}

/// A name that is too long for a mailbox is cut: it is still the person's.
std::string DisplayNameOf(const AttributeNames& names, Reader& reader) {
  for (const std::string& name : names.display_name) {
    const std::string text = domain::CleanName(reader.Text(name, kMostBytes));
    if (!text.empty()) return text;
  }
  return "";
}

/// proxyAddresses: "SMTP:" is the primary address, "smtp:" another; other schemes are no mail.
void AddProxyAddresses(const AttributeNames& names, Reader& reader, domain::Person& person) {
  for (const std::string& value : reader.Texts(names.other_mail, kMostAddress + 5)) {
    std::string address = value;
    bool primary = false;
    if (const size_t colon = value.find(':'); colon != std::string::npos) {
      if (Lower(value.substr(0, colon)) != "smtp") continue;
      primary = value.starts_with("SMTP:");
      address.erase(0, colon + 1);
    }
    if (primary && person.email.empty()) person.email = address;
    if (address != person.email) person.other_emails.push_back(std::move(address));
  }
}

std::vector<std::string> NumbersOf(const std::string& name, Reader& reader) {
  std::vector<std::string> numbers = reader.Texts(name, kMostNumber);
  std::erase_if(numbers, [](const std::string& text) {
    return text.find_first_of("0123456789") == std::string::npos;
  });
  return numbers;
}

/// `count` digits as a number; nullopt: something else.
std::optional<int> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count || !domain::IsDigits(text.substr(0, count))) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

/// "Z", "+0100", "-05": seconds east of UTC.
std::optional<int64_t> TakeZone(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 3 && text.size() != 5) return std::nullopt;
  const char sign = text[0];
  if (sign != '+' && sign != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = TakeDigits(text, 2);
  const auto minutes = text.empty() ? std::optional(0) : TakeDigits(text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int64_t seconds = *hours * 3600 + *minutes * 60;
  return sign == '+' ? seconds : -seconds;
}

void Rename(std::string& name, const std::string& wanted) {
  if (!wanted.empty()) name = Lower(wanted);
}

}  // namespace

std::vector<std::string> AttributeNames::All() const {
  std::vector<std::string> all = display_name;
  for (const std::string* name :
       {&id, &alias, &mail, &other_mail, &telephone, &mobile, &changed, &account_control}) {
    if (!name->empty()) all.push_back(*name);
  }
  return all;
}

AttributeNames NamesOf(const v1::Directory& settings) {
  AttributeNames names{.id = "entryuuid",
                       .alias = "uid",
                       .display_name = {"displayname", "cn"},
                       .mail = "mail",
                       .telephone = "telephonenumber",
                       .mobile = "mobile",
                       .changed = "modifytimestamp"};
  if (settings.attributes() == v1::DIRECTORY_ATTRIBUTES_ACTIVE_DIRECTORY) {
    names.id = "objectguid";
    names.alias = "samaccountname";
    names.other_mail = "proxyaddresses";
    names.changed = "whenchanged";
    names.account_control = "useraccountcontrol";
  }
  const v1::DirectoryAttributeNames& own = settings.attribute_names();
  Rename(names.id, own.id());
  Rename(names.alias, own.alias());
  if (!own.display_name().empty()) names.display_name = {Lower(own.display_name())};
  Rename(names.mail, own.mail());
  Rename(names.other_mail, own.other_mail());
  Rename(names.telephone, own.telephone());
  Rename(names.mobile, own.mobile());
  Rename(names.changed, own.changed());
  return names;
}

std::string UsualFilter(v1::DirectoryAttributes set) {
  return set == v1::DIRECTORY_ATTRIBUTES_ACTIVE_DIRECTORY
             ? "(&(objectCategory=person)(objectClass=user))"
             : "(objectClass=inetOrgPerson)";
}

std::optional<domain::Person> PersonOf(const Entry& entry, const AttributeNames& names,
                                       std::vector<std::string>& notes) {
  Reader reader(entry, notes);
  domain::Person person{.id = IdOf(names, reader), .display_name = DisplayNameOf(names, reader)};
  if (person.id.empty() || person.display_name.empty()) {
    reader.Note(person.id.empty() ? names.id : names.display_name.front(), "is missing or useless");
    return std::nullopt;
  }
  person.alias = reader.Text(names.alias, domain::kMaxName);
  const std::vector<std::string> mails = reader.Texts(names.mail, kMostAddress);
  if (!mails.empty()) {
    person.email = mails.front();
    person.other_emails.assign(mails.begin() + 1, mails.end());
  }
  AddProxyAddresses(names, reader, person);
  person.telephones = NumbersOf(names.telephone, reader);
  person.mobiles = NumbersOf(names.mobile, reader);
  const std::string control = reader.Text(names.account_control, 20);
  int64_t flags = 0;
  std::from_chars(control.data(), control.data() + control.size(), flags);
  person.disabled = (flags & kDisabled) != 0;
  return person;
}

std::optional<int64_t> ChangedOf(const Entry& entry, const AttributeNames& names) {
  const auto it = entry.values.find(names.changed);
  if (it == entry.values.end() || it->second.empty()) return std::nullopt;
  return ParseGeneralizedTime(it->second.front());
}

std::optional<int64_t> ParseGeneralizedTime(std::string_view text) {
  const auto year = TakeDigits(text, 4);
  const auto month = TakeDigits(text, 2);
  const auto day = TakeDigits(text, 2);
  const auto hour = TakeDigits(text, 2);
  if (!year || !month || !day || !hour) return std::nullopt;
  const auto minute = TakeDigits(text, 2).value_or(0);
  const auto second = TakeDigits(text, 2).value_or(0);
  if (text.starts_with('.') || text.starts_with(',')) {
    text.remove_prefix(1);
    text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
  }
  const auto zone = TakeZone(text);
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!zone || !date.ok() || *hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return int64_t{days} * 86400 + *hour * 3600 + minute * 60 + second - *zone;
}

std::string GeneralizedTime(int64_t unix_time) {
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_time)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const int64_t rest = (time - day).count();
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}.0Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     rest / 3600, rest / 60 % 60, rest % 60);
}

std::string GuidText(std::string_view bytes) {
  std::string ordered(bytes);
  std::reverse(ordered.begin(), ordered.begin() + 4);
  std::reverse(ordered.begin() + 4, ordered.begin() + 6);
  std::reverse(ordered.begin() + 6, ordered.begin() + 8);
  const std::string hex = Hex(ordered);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace um::directory
