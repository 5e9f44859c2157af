#include "mailbox/delivery/notice_mail.h"

#include <fmt/format.h>

#include "mailbox/delivery/language.h"
#include "mailbox/delivery/mime.h"
#include "mailbox/delivery/simple_html.h"
#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

using store::NoticeKind;

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
  Rows facts;
  std::vector<std::string> hints;
  SimpleHtml policy_text;
};

Content ContentOf(NoticeKind kind, const NoticeFacts& facts, const std::string& pin,
                  const Language& language) {
  const Language::Notice& words =
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
  std::string out = c.what + "\n\n" + TextRows(c.facts);
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
  return Written(
      {.boundary = id,
       .from = {language.sender, CleanLine(originator.address)},
       .to = {CleanLine(facts.name, 80), CleanLine(recipient, 254)},
       .subject = c.subject,
       .date = at,
       .message_id = fmt::format("{}@{}", id, CleanLine(originator.host_name)),
       // RFC 3834 section 5: vacation answers stay at home.
       .headers = {{"Content-Language", language.tag}, {"Auto-Submitted", "auto-generated"}},
       .text = TextOf(c),
       .html = HtmlOf(c),
       .attachment = {}});
}

}  // namespace um::delivery
