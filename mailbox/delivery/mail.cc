#include "mailbox/delivery/mail.h"

#include <fmt/format.h>

#include "mailbox/delivery/mime.h"
#include "mailbox/delivery/transport.h"
#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

using domain::MessageKind;

// What the mail says, cleaned and in words.
struct Content {
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
};

Content ContentOf(const store::StoredMessage& message) {
  Content c;
  c.voice = message.kind == MessageKind::kVoice;
  c.id = CleanLine(message.call.message_id);
  c.caller = CallerLabel(message.call.caller);
  c.name = CleanLine(message.call.caller.name, 80);
  c.number = CleanLine(message.call.caller.number, 80);
  const std::string& email = message.call.caller.email;
  // A name without a domain would be somebody else's at the reader's own mail system.
  if (IsMailAddress(email) && email.find('@') != std::string::npos) c.email = email;
  c.duration = DurationInWords(message.duration);
  c.time = TimeInWords(message.call.started);
  c.mailbox = CleanLine(message.call.mailbox_name);
  c.subject = c.voice ? fmt::format("Voice Mail from {} ({})", c.caller, c.duration)
                      : fmt::format("Missed Call from {}", c.caller);
  c.file_name = FileNameOf(fmt::format("{} ({}) Voice Mail.mp3", c.caller, c.duration));
  return c;
}

std::string TextOf(const Content& c) {
  std::string out = c.voice ? fmt::format("You received a voice mail from {}.\n\n", c.caller)
                            : fmt::format("You missed a call from {}.\n\n", c.caller);
  if (!c.name.empty()) out += fmt::format("Caller:   {}\n", c.name);
  out += fmt::format("Number:   {}\n", c.number.empty() ? "withheld" : c.number);
  if (!c.email.empty()) out += fmt::format("E-mail:   {}\n", c.email);
  out += fmt::format("Time:     {}\n", c.time);
  if (c.voice) out += fmt::format("Duration: {}\n", c.duration);
  return out;
}

std::string HtmlOf(const Content& c) {
  std::string number = c.number.empty() ? "withheld" : HtmlEscaped(c.number);
  if (const std::string uri = TelUri(c.number); !uri.empty()) {
    number = fmt::format("<a href=\"{}\">{}</a>", HtmlEscaped(uri), number);
  }
  std::string out = fmt::format("<p>You {} <b>{}</b>.</p>\n<table>\n",
                                c.voice ? "received a voice mail from" : "missed a call from",
                                HtmlEscaped(c.caller));
  if (!c.name.empty()) out += HtmlRow("Caller", HtmlEscaped(c.name));
  out += HtmlRow("Number", number);
  if (!c.email.empty()) {
    const std::string email = HtmlEscaped(c.email);
    out += HtmlRow("E-mail", fmt::format("<a href=\"mailto:{0}\">{0}</a>", email));
  }
  out += HtmlRow("Time", HtmlEscaped(c.time));
  if (c.voice) out += HtmlRow("Duration", HtmlEscaped(c.duration));
  return HtmlPage(out + "</table>\n");
}

// What mail clients recognise a voice mail by: [MS-OXCMAIL] section 2.1.3.2.2,
// IPM.Note.Microsoft.Voicemail.UM.CA and IPM.Note.Microsoft.Missed.Voice.
void SetClass(Mime& mime, const Content& c, const store::StoredMessage& message) {
  const auto set = [&](const char* name, std::string value) {
    mime.headers.emplace_back(name, std::move(value));
  };
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

std::string BuildMail(const store::StoredMessage& message, std::string_view mp3,
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
  if (c.voice) mime.attachment = {"mp3", c.file_name, mp3};
  return Written(mime);
}

}  // namespace um::delivery
