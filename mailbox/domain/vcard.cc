#include "mailbox/domain/vcard.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/base/utf8.h"
#include "common/sip/text.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"
#include "mailbox/domain/problem.h"

namespace um::domain {
namespace {

constexpr size_t kMaxText = 64;       // characters of a number
constexpr size_t kMaxAddress = 320;   // [bytes] of an address
constexpr size_t kMostValue = 2'000;  // [bytes] of a property that is read: what is longer is cut

using sip::EqualsIgnoreCase;

// -- lines ---------------------------------------------------------------------------------------

/// The lines of a file as they stand in it, counted.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool AtEnd() const { return rest_.empty(); }
  bool NextIsFolded() const { return rest_.starts_with(' ') || rest_.starts_with('\t'); }
  /// Of the line that was taken last, from 1.
  int number() const { return number_; }
  std::string_view Take() {
    ++number_;
    const size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

 private:
  std::string_view rest_;
  int number_ = 0;
};

/// What stands before the value's colon, which may stand in quotes; npos: there is no value.
size_t ColonOf(std::string_view line) {
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == ':' && !quoted) return i;
  }
  return std::string_view::npos;
}

/// "TEL;TYPE=cell:+43 1 234", unfolded.
struct Property {
  int line = 0;
  std::string name;  ///< without group, in capitals
  bool quoted_printable = false;
  std::string value;
};

bool SaysQuotedPrintable(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = sip::TakeUntil(parameters, ';');
    const size_t equals = value.find('=');
    if (equals != std::string_view::npos) {
      if (!EqualsIgnoreCase(value.substr(0, equals), "ENCODING")) continue;
      value.remove_prefix(equals + 1);
    }
    if (EqualsIgnoreCase(value, "QUOTED-PRINTABLE")) return true;  // 2.1 has it without a name, too
  }
  return false;
}

/// The next property with all its lines; one without a colon has no name.
Property TakeProperty(Lines& lines, bool folds_at_spaces) {
  std::string_view first = lines.Take();
  Property property{.line = lines.number()};
  const size_t colon = ColonOf(first);
  if (colon != std::string_view::npos) {
    std::string_view head = first.substr(0, colon);
    std::string_view name = sip::TakeUntil(head, ';');
    name.remove_prefix(name.rfind('.') + 1);  // "item1.TEL"; npos + 1 is 0
    property.name = CleanName(name);
    std::transform(property.name.begin(), property.name.end(), property.name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c; });
    property.quoted_printable = SaysQuotedPrintable(head);
    first.remove_prefix(colon + 1);
  }
  const auto add = [&](std::string_view more) {
    property.value += more.substr(0, kMostValue - std::min(property.value.size(), kMostValue));
  };
  std::string_view last = first;
  for (;;) {
    const bool goes_on = property.quoted_printable && last.ends_with('=');
    add(goes_on ? last.substr(0, last.size() - 1) : last);
    if (lines.AtEnd() || !(goes_on || lines.NextIsFolded())) return property;
    const bool folded = !goes_on;
    last = lines.Take();
    // 2.1 breaks lines at spaces, which stay; later ones put one in that goes.
    if (folded && !folds_at_spaces) last.remove_prefix(1);
  }
}

// -- texts ---------------------------------------------------------------------------------------

std::string FromQuotedPrintable(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(digit(text[i + 1]) << 4 | digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t n = Utf8Length(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

std::string ToUtf8(std::string text) {
  if (IsUtf8(text)) return text;
  std::string utf8;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | code >> 6);
      utf8 += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return utf8;
}

/// A value's parts, between semicolons that no backslash escapes (RFC 6350 section 3.4), without
/// escapes. @param most parts
std::vector<std::string> Parts(std::string_view value, size_t most) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ';' && parts.size() < most) {
      parts.emplace_back();
    } else if (value[i] == '\\' && i + 1 < value.size()) {
      ++i;
      parts.back() += value[i] == 'n' || value[i] == 'N' ? ' ' : value[i];
    } else {
      parts.back() += value[i];
    }
  }
  return parts;
}

/// N: family, given, additional names, prefixes, suffixes (RFC 6350 section 6.2.2).
std::string FullName(std::string_view value) {
  std::vector<std::string> parts = Parts(value, 6);
  parts.resize(6);
  std::string name;
  for (const size_t i : {3, 1, 2, 0, 4}) name += parts[static_cast<size_t>(i)] + " ";
  return CleanName(name);
}

/// On one line, with the hyphens of typography as plain ones.
std::string CleanNumber(std::string_view text) {
  std::string clean = CleanName(text, kMaxText);
  for (const std::string_view hyphen :
       {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"}) {
    for (size_t at; (at = clean.find(hyphen)) != std::string::npos;) {
      clean.replace(at, hyphen.size(), "-");
    }
  }
  return clean;
}

// -- cards ---------------------------------------------------------------------------------------

/// One card, while it is read.
class Card {
 public:
  Card(int line, VcardFile& file) : line_(line), file_(file) {}
  int line() const { return line_; }
  bool folds_at_spaces() const { return old_; }

  void Add(const Property& property) {
    std::string value = property.value;
    if (property.quoted_printable) value = FromQuotedPrintable(value);
    value = ToUtf8(std::move(value));
    const std::string& name = property.name;
    if (name == "VERSION") {
      old_ = CleanName(value) == "2.1";
    } else if (name == "FN") {
      Keep(formatted_, CleanName(Parts(value, 1).front()));
    } else if (name == "N") {
      Keep(structured_, FullName(value));
    } else if (name == "ORG") {
      Keep(organisation_, CleanName(Parts(value, 2).front()));
    } else if (name == "NICKNAME") {
      Keep(nickname_, CleanName(Parts(value, 1).front()));
    } else if (name == "TEL" || name == "EMAIL" || name == "IMPP" || name == "X-SIP") {
      AddReach(property, Parts(value, 1).front());
    }
  }

  void End() {
    for (const std::string* name : {&formatted_, &structured_, &organisation_, &nickname_}) {
      Keep(contact_.name, *name);
    }
    const bool unreachable = contact_.numbers.empty() && contact_.addresses.empty();
    if (contact_.name.empty() || unreachable) {
      ++file_.cards_skipped;
      return Skip(line_, contact_.name.empty()
                             ? "the card has no name"
                             : fmt::format("{} has neither a telephone number nor an address",
                                           Quoted(contact_.name)));
    }
    file_.contacts.push_back(std::move(contact_));
  }

 private:
  static void Keep(std::string& place, std::string text) {
    if (place.empty()) place = std::move(text);
  }
  void Skip(int line, std::string why) {
    if (file_.skipped.size() < kMaxSkippedTold) file_.skipped.push_back({line, std::move(why)});
  }
  void SkipNumber(int line, std::string why) {
    ++file_.numbers_skipped;
    Skip(line, std::move(why));
  }

  /// A number or an address: as text, or as a URI (RFC 6350 section 6.4).
  void AddReach(const Property& property, std::string_view value) {
    std::string text = CleanName(value, kMaxAddress);
    const std::string scheme = sip::Lower(text.substr(0, text.find(':') + 1));
    const bool is_sip = scheme == "sip:" || scheme == "sips:";
    if (property.name == "IMPP" && !is_sip && scheme != "tel:") return;  // other networks' names
    if (scheme == "tel:") {
      const auto number = ParseTelUri(text);
      text = number.ok() ? *number : "";
    } else if (is_sip || scheme == "mailto:") {
      text = text.substr(scheme.size(), text.find_first_of(";?") - scheme.size());
    }
    const bool is_number = property.name == "TEL" && text.find('@') == std::string::npos;
    if (is_number || scheme == "tel:") text = CleanNumber(text);
    if (text.empty() && CleanName(value).empty()) return;  // an empty field of a form
    const std::string key = ContactKey(text);
    const bool is_address = text.find('@') != std::string::npos;
    if (key.empty() || text.size() > kMaxAddress ||
        is_address != !(is_number || scheme == "tel:")) {
      return SkipNumber(property.line, fmt::format("{} is no {}", Quoted(CleanName(value)),
                                                   is_number ? "telephone number" : "address"));
    }
    if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) return;
    auto& kept = is_address ? contact_.addresses : contact_.numbers;
    if (kept.size() == kMaxNumbers) {
      return SkipNumber(property.line, fmt::format("a contact has {} {} at most", kMaxNumbers,
                                                   is_address ? "addresses" : "telephone numbers"));
    }
    keys_.push_back(key);
    kept.push_back(text);
    if (property.name == "EMAIL") Keep(contact_.email, text);
  }

  const int line_;
  VcardFile& file_;
  bool old_ = false;  ///< vCard 2.1
  Contact contact_;
  std::string formatted_, structured_, organisation_, nickname_;
  std::vector<std::string> keys_;
};

/// All cards of a file.
class Reader {
 public:
  explicit Reader(std::string_view text) : lines_(text) {}

  absl::StatusOr<VcardFile> Read() {
    while (!lines_.AtEnd()) {
      const absl::Status good = Take(TakeProperty(lines_, card_ && card_->folds_at_spaces()));
      if (!good.ok()) return good;
    }
    if (card_) {
      return Invalid(fmt::format(
          "line {}: the card that begins here has no end; the file is cut off", card_->line()));
    }
    if (!any_) return Invalid("line 1: this is no vCard file: there is no BEGIN:VCARD in it");
    return std::move(file_);
  }

 private:
  absl::Status Take(const Property& property) {
    const bool is_card = EqualsIgnoreCase(CleanName(property.value), "VCARD");
    if (is_card && property.name == "BEGIN") return Begin(property);
    if (is_card && property.name == "END") return End(property);
    if (!card_) {
      if (property.name.empty() && CleanName(property.value).empty()) return absl::OkStatus();
      return Invalid(
          fmt::format("line {}: {} stands outside of a card; is this a vCard file?", property.line,
                      Quoted(CleanName(property.name.empty() ? property.value : property.name))));
    }
    // 2.1 has the card of somebody's agent within: not who calls.
    before_agent_ = property.name == "AGENT" && CleanName(property.value).empty();
    if (agents_ == 0) card_->Add(property);
    return absl::OkStatus();
  }
  absl::Status Begin(const Property& property) {
    any_ = true;
    if (card_ && (before_agent_ || agents_ > 0)) {
      ++agents_;
    } else if (card_) {
      return Invalid(fmt::format("line {}: a card begins within that of line {}, which has no end",
                                 property.line, card_->line()));
    } else if (file_.contacts.size() == kMaxContacts) {
      return Invalid(
          fmt::format("line {}: there are more than {} contacts", property.line, kMaxContacts));
    } else {
      card_.emplace(property.line, file_);
    }
    before_agent_ = false;
    return absl::OkStatus();
  }
  absl::Status End(const Property& property) {
    if (!card_) return Invalid(fmt::format("line {}: no card ends here", property.line));
    if (agents_ > 0) {
      --agents_;
      return absl::OkStatus();
    }
    card_->End();
    card_.reset();
    return absl::OkStatus();
  }

  Lines lines_;
  VcardFile file_;
  std::optional<Card> card_;
  bool any_ = false;
  bool before_agent_ = false;
  int agents_ = 0;  ///< how deep in agents' cards
};

}  // namespace

absl::StatusOr<VcardFile> ReadVcards(std::string_view file) {
  if (file.size() > kMaxVcardFile) {
    return Invalid(fmt::format("a vCard file has {} MB at most", kMaxVcardFile / 1'000'000));
  }
  if (file.starts_with("\xFF\xFE") || file.starts_with("\xFE\xFF")) {
    return Invalid("the file is UTF-16; have it written as UTF-8");
  }
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
  return Reader(file).Read();
}

}  // namespace um::domain
