#include "mailbox/delivery/mail.h"

#include <fmt/format.h>

#include "mailbox/delivery/language.h"
#include "mailbox/delivery/mime.h"
#include "mailbox/delivery/simple_html.h"
#include "mailbox/delivery/transport.h"
#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

using domain::MessageKind;

struct FileType {
  const char* ending;
  const char* subtype;  // of audio/...
};
// GSM is in a file of RIFF/WAVE, as Outlook expects it; its type says so, where [MS-OXOUM] has
// audio/gsm, which is a file without header elsewhere.
FileType TypeOf(domain::AudioFormat format) {
  switch (format) {
    case domain::AudioFormat::kGsm:
    case domain::AudioFormat::kG711:
      return {".wav", "wav"};
    case domain::AudioFormat::kOpus:
      return {".opus", "ogg"};  // RFC 7845 section 9
    default:
      return {".mp3", "mp3"};
  }
}

// What the mail says, cleaned and in words.
struct Content {
  const Language& language;
  bool voice = false;
  std::string id;
  std::string caller;  // label
  std::string name;
  std::string number;
  std::string email;
  std::string duration;
  std::string time;
  std::string mailbox;
  std::string subject;
  std::string file_name;
  SimpleHtml policy_text;  // of a voice message
};

Content ContentOf(const store::StoredMessage& message) {
  Content c{.language = LanguageOf(message.call.language)};
  const Language::Message& words = c.language.message;
  c.voice = message.kind == MessageKind::kVoice;
  c.id = CleanLine(message.call.message_id);
  c.caller = CallerLabel(message.call.caller, c.language);
  c.name = CleanLine(message.call.caller.name, 80);
  c.number = CleanLine(message.call.caller.number, 80);
  const std::string& email = message.call.caller.email;
  // A name without a domain would be somebody else's at the reader's own mail system.
  if (IsMailAddress(email) && email.find('@') != std::string::npos) c.email = email;
  c.duration = DurationInWords(message.duration, c.language);
  c.time = TimeInWords(message.call.started, message.call.time_zone, c.language);
  c.mailbox = CleanLine(message.call.mailbox_name);
  c.subject = c.voice ? fmt::format(fmt::runtime(words.voice_subject), c.caller, c.duration)
                      : fmt::format(fmt::runtime(words.missed_subject), c.caller);
  c.file_name = FileNameOf(fmt::format(fmt::runtime(words.file_name), c.caller, c.duration)) +
                TypeOf(message.call.audio_format).ending;
  if (c.voice) c.policy_text = Sanitised(message.call.mail_text);
  return c;
}

std::string TextOf(const Content& c) {
  const Language::Message& words = c.language.message;
  Rows rows;
  if (!c.name.empty()) rows.emplace_back(words.caller, c.name);
  rows.emplace_back(words.number, c.number.empty() ? words.withheld : c.number);
  if (!c.email.empty()) rows.emplace_back(words.email, c.email);
  rows.emplace_back(words.time, c.time);
  if (c.voice) rows.emplace_back(words.duration, c.duration);
  std::string out = fmt::format(fmt::runtime(c.voice ? words.voice : words.missed), c.caller) +
                    "\n\n" + TextRows(rows);
  if (!c.policy_text.text.empty()) out += "\n" + c.policy_text.text + "\n";
  return out;
}

std::string HtmlOf(const Content& c) {
  const Language::Message& words = c.language.message;
  std::string number = c.number.empty() ? words.withheld : HtmlEscaped(c.number);
  if (const std::string uri = TelUri(c.number); !uri.empty()) {
    number = fmt::format("<a href=\"{}\">{}</a>", HtmlEscaped(uri), number);
  }
  std::string out = fmt::format("<p>{}</p>\n<table>\n",
                                fmt::format(fmt::runtime(c.voice ? words.voice : words.missed),
                                            fmt::format("<b>{}</b>", HtmlEscaped(c.caller))));
  if (!c.name.empty()) out += HtmlRow(words.caller, HtmlEscaped(c.name));
  out += HtmlRow(words.number, number);
  if (!c.email.empty()) {
    const std::string email = HtmlEscaped(c.email);
    out += HtmlRow(words.email, fmt::format("<a href=\"mailto:{0}\">{0}</a>", email));
  }
  out += HtmlRow(words.time, HtmlEscaped(c.time));
  if (c.voice) out += HtmlRow(words.duration, HtmlEscaped(c.duration));
  out += "</table>\n";
  if (!c.policy_text.html.empty()) out += fmt::format("<div>{}</div>\n", c.policy_text.html);
  return HtmlPage(out);
}

// What mail clients recognise a voice mail by: [MS-OXCMAIL] section 2.1.3.2.2,
// IPM.Note.Microsoft.Voicemail.UM.CA and IPM.Note.Microsoft.Missed.Voice.
void SetClass(Mime& mime, const Content& c, const store::StoredMessage& message) {
  const auto set = [&](const char* name, std::string value) {
    mime.headers.emplace_back(name, std::move(value));
  };
  set("Content-Language", c.language.tag);  // RFC 3282
  set("Content-Class", c.voice ? "voice-ca" : "missedcall");
  set("X-CallingTelephoneNumber", c.number);
  if (c.voice) {
    // RFC 2156 sections 5.3.4 and 5.3.3.
    if (message.call.marks.important) set("Importance", "high");
    if (message.call.marks.is_private) set("Sensitivity", "Private");
    set("X-VoiceMessageDuration", fmt::format("{}", WholeSeconds(message.duration)));
    set("X-AttachmentOrder", c.file_name);
  }
  set("X-VoiceMessageSenderName", c.name);
  set("X-CallID", CleanLine(message.call.sip_call_id, 255));
  set("X-Voxpost-Trace", CleanLine(message.call.trace_id));
  // RFC 3834 section 5: vacation answers stay at home.
  set("Auto-Submitted", "auto-generated");
}

}  // namespace

std::string BuildMail(const store::StoredMessage& message, std::string_view audio,
                      const Originator& originator) {
  const Content c = ContentOf(message);
  Mime mime{.boundary = c.id,
            .from = {c.caller, CleanLine(originator.address)},
            .to = {c.mailbox, CleanLine(message.address(), 254)},
            .reply_to = {c.name, c.email},
            .subject = c.subject,
            .date = message.call.started,
            .message_id = fmt::format("{}@{}", c.id, CleanLine(originator.host_name)),
            .headers = {},
            .text = TextOf(c),
            .html = HtmlOf(c),
            .attachment = {}};
  SetClass(mime, c, message);
  if (c.voice) {
    mime.attachment = {TypeOf(message.call.audio_format).subtype, c.file_name, audio};
  }
  return Written(mime);
}

}  // namespace um::delivery
