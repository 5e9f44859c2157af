#include "mailbox/delivery/simple_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

constexpr size_t kMost = 8192;  // [characters] of a text that are looked at

constexpr std::string_view kElements[] = {"b", "i",  "u",  "em", "strong", "p",
                                          "a", "ul", "ol", "li", "br"};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsLetter(char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
std::string Lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

std::string Utf8Of(uint32_t point) {
  const auto byte = [](uint32_t bits) { return static_cast<char>(bits); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 0x3F))};
  if (point < 0x10000)
    return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 0x3F)),
            byte(0x80 | (point & 0x3F))};
  return {byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 0x3F)),
          byte(0x80 | (point >> 6 & 0x3F)), byte(0x80 | (point & 0x3F))};
}

/// Takes a character reference ("&amp;", "&#228;") from the front of `text`; nullopt: none is
/// there.
std::optional<std::string> TakeReference(std::string_view& text) {
  const size_t end = text.substr(0, 12).find(';');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view name = text.substr(1, end - 1);
  std::optional<std::string> character;
  constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
      {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\xC2\xA0"}};
  for (const auto& [known, value] : kNamed) {
    if (name == known) character = value;
  }
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    const bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    uint32_t point = 0;
    const char* last = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), last, point, hex ? 16 : 10);
    const bool surrogate = point >= 0xD800 && point < 0xE000;
    if (error == std::errc() && stop == last && point < 0x110000 && !surrogate)
      character = CleanLine(Utf8Of(point));
  }
  if (character) text.remove_prefix(end + 1);
  return character;
}

std::string Decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '&') {
      if (const auto character = TakeReference(text)) {
        out += *character;
        continue;
      }
    }
    out += text[0];
    text.remove_prefix(1);
  }
  return out;
}

struct Tag {
  std::string name;
  bool closes = false;
  std::string link;  ///< of <a>, if it is one that may be followed
};

bool IsLink(std::string_view link) {
  const std::string lower = Lowered(link);
  constexpr std::string_view kSchemes[] = {"http://", "https://", "mailto:", "tel:"};
  return std::any_of(std::begin(kSchemes), std::end(kSchemes),
                     [&](std::string_view scheme) { return lower.starts_with(scheme); }) &&
         std::all_of(link.begin(), link.end(),
                     [](char c) { return static_cast<unsigned char>(c) > 0x20; });
}

/// The value of the attribute href in what stands between a tag's name and its end.
std::string HrefOf(std::string_view attributes) {
  while (true) {
    const size_t start = attributes.find_first_not_of(" /");
    if (start == std::string_view::npos) return "";
    attributes.remove_prefix(start);
    const size_t name_end = std::min(attributes.find_first_of("= "), attributes.size());
    const std::string name = Lowered(attributes.substr(0, name_end));
    attributes.remove_prefix(name_end);
    const size_t equals = attributes.find_first_not_of(' ');
    if (equals == std::string_view::npos || attributes[equals] != '=') continue;
    attributes.remove_prefix(
        std::min(attributes.find_first_not_of(' ', equals + 1), attributes.size()));
    if (attributes.empty()) return "";
    const bool quoted = attributes[0] == '"' || attributes[0] == '\'';
    const char quote = quoted ? attributes[0] : ' ';
    if (quoted) attributes.remove_prefix(1);
    const size_t end = std::min(attributes.find(quote), attributes.size());
    const std::string value = Decoded(attributes.substr(0, end));
    attributes.remove_prefix(std::min(end + 1, attributes.size()));
    if (name == "href") return IsLink(value) ? value : "";
  }
}

/// Takes a tag from the front of `text`; nullopt: none is there.
std::optional<Tag> TakeTag(std::string_view& text) {
  size_t at = 1;
  Tag tag;
  if (at < text.size() && text[at] == '/') tag.closes = true, ++at;
  const size_t name = at;
  while (at < text.size() && (IsLetter(text[at]) || (at > name && IsDigit(text[at])))) ++at;
  if (at == name) return std::nullopt;
  tag.name = Lowered(text.substr(name, at - name));
  const size_t attributes = at;
  char quote = 0;
  for (; at < text.size() && (quote != 0 || text[at] != '>'); ++at) {
    if (quote != 0) {
      if (text[at] == quote) quote = 0;
    } else if (text[at] == '"' || text[at] == '\'') {
      quote = text[at];
    }
  }
  if (at == text.size()) return std::nullopt;
  if (tag.name == "a") tag.link = HrefOf(text.substr(attributes, at - attributes));
  text.remove_prefix(at + 1);
  return tag;
}

/// Writes both forms.
class Writer {
 public:
  void Put(std::string_view text) {
    out_.html += HtmlEscaped(text);
    out_.text += text;
  }
  void Put(const Tag& tag) {
    if (std::find(std::begin(kElements), std::end(kElements), tag.name) == std::end(kElements))
      return;
    if (tag.name == "br") {
      out_.html += "<br>";
      out_.text += '\n';
    } else if (tag.closes) {
      if (std::find(open_.begin(), open_.end(), tag.name) == open_.end()) return;
      while (open_.back() != tag.name) Close();
      Close();
    } else {
      Open(tag);
    }
  }
  SimpleHtml Finished() {
    while (!open_.empty()) Close();
    return std::move(out_);
  }

 private:
  void Open(const Tag& tag) {
    if (tag.name == "a") {
      if (tag.link.empty() || std::find(open_.begin(), open_.end(), "a") != open_.end()) return;
      link_ = tag.link;
      link_start_ = out_.text.size();
      out_.html += fmt::format("<a href=\"{}\">", HtmlEscaped(tag.link));
    } else {
      out_.html += fmt::format("<{}>", tag.name);
      if (tag.name == "li") out_.text += out_.text.empty() ? "- " : "\n- ";
      if (tag.name == "p" && !out_.text.empty()) out_.text += "\n\n";
    }
    open_.push_back(tag.name);
  }
  void Close() {
    out_.html += fmt::format("</{}>", open_.back());
    const bool told = open_.back() != "a" || out_.text.substr(link_start_) == link_;
    if (!told) out_.text += fmt::format(" ({})", link_);
    if (open_.back() == "ul" || open_.back() == "ol") out_.text += '\n';
    open_.pop_back();
  }

  SimpleHtml out_;
  std::vector<std::string> open_;
  std::string link_;
  size_t link_start_ = 0;
};

/// Writes clean text. @return whether there was a tag in it
bool Write(std::string_view rest, Writer& writer) {
  bool tags = false;
  while (!rest.empty()) {
    if (rest[0] == '<') {
      if (const auto tag = TakeTag(rest)) {
        writer.Put(*tag);
        tags = true;
        continue;
      }
    }
    if (rest[0] == '&') {
      if (const auto character = TakeReference(rest)) {
        writer.Put(*character);
        continue;
      }
    }
    const size_t next = std::min(rest.find_first_of("<&", 1), rest.size());
    writer.Put(rest.substr(0, next));
    rest.remove_prefix(next);
  }
  return tags;
}

}  // namespace

SimpleHtml Sanitised(std::string_view text) {
  Writer writer;
  // Line breaks are blanks in HTML; in plain text they are what they are.
  if (Write(CleanLine(text, kMost), writer)) return writer.Finished();
  Writer lines;
  text = text.substr(0, std::min(text.find_last_not_of(" \r\n\t") + 1, text.size()));
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Write(CleanLine(text.substr(0, end), kMost), lines);
    if (end < text.size()) lines.Put(Tag{.name = "br"});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines.Finished();
}

}  // namespace um::delivery
