#include "mailbox/delivery/notice_mail.h"

#include <fmt/format.h>

#include "mailbox/delivery/mime.h"
#include "mailbox/delivery/simple_html.h"
#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

using store::NoticeKind;

/// What the mails say, in one language. {} is the user's name.
struct Language {
  const char* name;
  struct Kind {
    const char* subject;
    const char* what;
  } welcome, pin_reset;
  const char *sender, *extension, *extensions, *access_number, *pin;
  const char *by_phone, *who_knows_the_number, *first_time, *secret;
};
constexpr Language kLanguages[] = {
    {.name = "en-US",
     .welcome = {.subject = "Welcome to voice mail, {}",
                 .what = "Voice mail is set up for {}. Calls that you do not answer are recorded, "
                         "and the messages come to your mailbox."},
     .pin_reset = {.subject = "New voice mail PIN for {}",
                   .what = "The voice mail PIN of {} was reset. The PIN from before is no longer "
                           "valid, nor is one from an earlier mail."},
     .sender = "Voice Mail",
     .extension = "Extension",
     .extensions = "Extensions",
     .access_number = "Access number",
     .pin = "PIN",
     .by_phone = "By phone: call the access number, enter your extension, then the PIN and #.",
     .who_knows_the_number = "By phone: your administrator tells you which number to call.",
     .first_time = "The first time, you are asked for a PIN of your own.",
     .secret = "Keep the PIN to yourself."},
};

/// Of the same language if not of the same country, else the first.
const Language& LanguageOf(const std::string& wanted) {
  for (const Language& language : kLanguages) {
    if (wanted == language.name) return language;
  }
  for (const Language& language : kLanguages) {
    if (wanted.substr(0, 2) == std::string_view(language.name).substr(0, 2)) return language;
  }
  return kLanguages[0];
}

std::string Listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    const std::string clean = CleanLine(text);
    if (!clean.empty()) out += (out.empty() ? "" : ", ") + clean;
  }
  return out;
}

/// What the mail says, cleaned, in order.
struct Content {
  std::string subject, what;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> hints;
  SimpleHtml policy_text;
};

Content ContentOf(NoticeKind kind, const NoticeFacts& facts, const std::string& pin,
                  const Language& language) {
  const Language::Kind& words =
      kind == NoticeKind::kWelcome ? language.welcome : language.pin_reset;
  const std::string name = CleanLine(facts.name, 80);
  const std::string number = CleanLine(facts.access_number);
  Content c{.subject = fmt::format(fmt::runtime(words.subject), name),
            .what = fmt::format(fmt::runtime(words.what), name),
            .facts = {},
            .hints = {},
            .policy_text = Sanitised(facts.text)};
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) c.facts.emplace_back(label, value);
  };
  add(facts.extensions.size() > 1 ? language.extensions : language.extension,
      Listed(facts.extensions));
  add(language.access_number, number);
  add(language.pin, pin);
  c.hints = {number.empty() ? language.who_knows_the_number : language.by_phone,
             language.first_time, language.secret};
  return c;
}

std::string TextOf(const Content& c) {
  size_t width = 0;
  for (const auto& [label, _] : c.facts) width = std::max(width, label.size());
  std::string out = c.what + "\n\n";
  for (const auto& [label, value] : c.facts) {
    out += fmt::format("{:<{}} {}\n", label + ":", width + 1, value);
  }
  for (const std::string& hint : c.hints) out += "\n" + hint;
  out += "\n";
  if (!c.policy_text.text.empty()) out += "\n" + c.policy_text.text + "\n";
  return out;
}

std::string HtmlOf(const Content& c) {
  std::string out = fmt::format("<p>{}</p>\n<table>\n", HtmlEscaped(c.what));
  for (const auto& [label, value] : c.facts) {
    out += HtmlRow(label, fmt::format("<b>{}</b>", HtmlEscaped(value)));
  }
  out += "</table>\n<p>";
  for (const std::string& hint : c.hints) {
    out += (&hint == c.hints.data() ? "" : "<br>\n") + HtmlEscaped(hint);
  }
  out += "</p>\n";
  if (!c.policy_text.html.empty()) out += fmt::format("<div>{}</div>\n", c.policy_text.html);
  return HtmlPage(out);
}

}  // namespace

std::string BuildNotice(const store::StoredNotice& notice, const NoticeFacts& facts,
                        const std::string& recipient, const std::string& pin, domain::WallTime at,
                        const Originator& originator) {
  const Language& language = LanguageOf(facts.language);
  const Content c = ContentOf(notice.notice.kind, facts, pin, language);
  const std::string id = fmt::format("{}.{}", CleanLine(notice.id), notice.mails);
  return Written({.boundary = id,
                  .from = {language.sender, CleanLine(originator.address)},
                  .to = {CleanLine(facts.name, 80), CleanLine(recipient, 254)},
                  .subject = c.subject,
                  .date = at,
                  .message_id = fmt::format("{}@{}", id, CleanLine(originator.host_name)),
                  // RFC 3834 section 5: vacation answers stay at home.
                  .headers = {{"Auto-Submitted", "auto-generated"}},
                  .text = TextOf(c),
                  .html = HtmlOf(c),
                  .attachment = {}});
}

}  // namespace um::delivery
