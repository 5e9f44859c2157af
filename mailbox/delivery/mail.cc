// The adapter of GMime: structure and encoding of the mail (RFC 2045 to 2047, RFC 2231, RFC 5322).
#include "mailbox/delivery/mail.h"

#include <fmt/format.h>
#include <gmime/gmime.h>

#include <memory>
#include <mutex>

#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

using domain::MessageKind;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
struct FreeOptions {
  void operator()(GMimeFormatOptions* options) const { g_mime_format_options_free(options); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;

constexpr char kCharset[] = "utf-8";

// What the mail says, cleaned and in words.
struct Content {
  bool voice = false;
  std::string id;
  std::string caller;  // label
  std::string name;
  std::string number;
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
  out += fmt::format("Time:     {}\n", c.time);
  if (c.voice) out += fmt::format("Duration: {}\n", c.duration);
  return out;
}

std::string HtmlOf(const Content& c) {
  const auto row = [](std::string_view what, const std::string& html) {
    return fmt::format(
        "<tr><td style=\"color:#666;padding:2px 16px 2px 0\">{}</td><td>{}</td></tr>\n", what,
        html);
  };
  std::string number = c.number.empty() ? "withheld" : HtmlEscaped(c.number);
  if (const std::string uri = TelUri(c.number); !uri.empty()) {
    number = fmt::format("<a href=\"{}\">{}</a>", HtmlEscaped(uri), number);
  }
  std::string out =
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n"
      "<body style=\"font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:15px\">\n";
  out += fmt::format("<p>You {} <b>{}</b>.</p>\n<table>\n",
                     c.voice ? "received a voice mail from" : "missed a call from",
                     HtmlEscaped(c.caller));
  if (!c.name.empty()) out += row("Caller", HtmlEscaped(c.name));
  out += row("Number", number);
  out += row("Time", HtmlEscaped(c.time));
  if (c.voice) out += row("Duration", HtmlEscaped(c.duration));
  return out + "</table>\n</body></html>\n";
}

// Takes a reference of its own; `stream` may go.
void SetContent(GMimePart* part, std::string_view bytes, GMimeContentEncoding encoding) {
  const Object<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Object<GMimeDataWrapper> wrapper(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part, wrapper.get());
  g_mime_part_set_content_encoding(part, encoding);
}

Object<GMimePart> TextPart(const char* subtype, const std::string& text) {
  Object<GMimePart> part(g_mime_part_new_with_type("text", subtype));
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", kCharset);
  SetContent(part.get(), text, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  return part;
}

// A boundary that cannot occur inside: "=_" appears neither in quoted-printable nor in base64 (RFC
// 2045 section 6.7). It is derived from the id, so that the bytes are the same at every try.
Object<GMimeMultipart> Multipart(const char* subtype, const Content& c) {
  Object<GMimeMultipart> part(g_mime_multipart_new_with_subtype(subtype));
  g_mime_multipart_set_boundary(part.get(), fmt::format("=_{}_{}", subtype, c.id).c_str());
  return part;
}

Object<GMimeMultipart> Body(const Content& c) {
  Object<GMimeMultipart> body = Multipart("alternative", c);
  const Object<GMimePart> text = TextPart("plain", TextOf(c));
  const Object<GMimePart> html = TextPart("html", HtmlOf(c));
  g_mime_multipart_add(body.get(), GMIME_OBJECT(text.get()));
  g_mime_multipart_add(body.get(), GMIME_OBJECT(html.get()));
  return body;
}

Object<GMimePart> Recording(const Content& c, std::string_view mp3) {
  Object<GMimePart> part(g_mime_part_new_with_type("audio", "mp3"));
  // Content-Disposition: attachment, and the type's name.
  g_mime_part_set_filename(part.get(), c.file_name.c_str());
  GMimeObject* object = GMIME_OBJECT(part.get());
  for (GMimeParamList* list :
       {g_mime_content_disposition_get_parameters(g_mime_object_get_content_disposition(object)),
        g_mime_content_type_get_parameters(g_mime_object_get_content_type(object))}) {
    for (int i = 0; i < g_mime_param_list_length(list); ++i) {
      g_mime_param_set_charset(g_mime_param_list_get_parameter_at(list, i), kCharset);
    }
  }
  SetContent(part.get(), mp3, GMIME_CONTENT_ENCODING_BASE64);
  return part;
}

void SetHeader(GMimeMessage* mail, const char* name, const std::string& value) {
  if (!value.empty()) g_mime_object_set_header(GMIME_OBJECT(mail), name, value.c_str(), kCharset);
}

void SetAddressing(GMimeMessage* mail, const Content& c, const store::StoredMessage& message,
                   const Originator& originator) {
  g_mime_message_add_mailbox(mail, GMIME_ADDRESS_TYPE_FROM, c.caller.c_str(),
                             CleanLine(originator.address).c_str());
  g_mime_message_add_mailbox(mail, GMIME_ADDRESS_TYPE_TO,
                             c.mailbox.empty() ? nullptr : c.mailbox.c_str(),
                             CleanLine(message.call.email, 254).c_str());
  for (const GMimeAddressType type : {GMIME_ADDRESS_TYPE_FROM, GMIME_ADDRESS_TYPE_TO}) {
    InternetAddressList* list = g_mime_message_get_addresses(mail, type);
    internet_address_set_charset(internet_address_list_get_address(list, 0), kCharset);
  }
  g_mime_message_set_subject(mail, c.subject.c_str(), kCharset);
  GDateTime* started = g_date_time_new_from_unix_utc(
      std::chrono::duration_cast<std::chrono::seconds>(message.call.started.time_since_epoch())
          .count());
  g_mime_message_set_date(mail, started);
  g_date_time_unref(started);
  g_mime_message_set_message_id(
      mail, fmt::format("{}@{}", c.id, CleanLine(originator.host_name)).c_str());
}

// What mail clients recognise a voice mail by.
void SetClass(GMimeMessage* mail, const Content& c, const store::StoredMessage& message) {
  // [MS-OXCMAIL] section 2.1.3.2.2: IPM.Note.Microsoft.Voicemail.UM.CA and
  // IPM.Note.Microsoft.Missed.Voice.
  SetHeader(mail, "Content-Class", c.voice ? "voice-ca" : "missedcall");
  SetHeader(mail, "X-CallingTelephoneNumber", c.number);
  if (c.voice) {
    if (message.call.important) SetHeader(mail, "Importance", "high");  // RFC 2156 section 5.3.4
    SetHeader(mail, "X-VoiceMessageDuration", fmt::format("{}", WholeSeconds(message.duration)));
    SetHeader(mail, "X-AttachmentOrder", c.file_name);
  }
  SetHeader(mail, "X-VoiceMessageSenderName", c.name);
  SetHeader(mail, "X-CallID", CleanLine(message.call.sip_call_id, 255));
  SetHeader(mail, "X-Voxpost-Trace", CleanLine(message.call.trace_id));
  // RFC 3834 section 5: vacation answers stay at home.
  SetHeader(mail, "Auto-Submitted", "auto-generated");
}

std::string Written(GMimeMessage* mail) {
  const std::unique_ptr<GMimeFormatOptions, FreeOptions> options(g_mime_format_options_new());
  g_mime_format_options_set_newline_format(options.get(), GMIME_NEWLINE_FORMAT_DOS);
  g_mime_format_options_set_param_encoding_method(options.get(),
                                                  GMIME_PARAM_ENCODING_METHOD_RFC2231);
  const Object<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(mail), options.get(), stream.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

}  // namespace

std::string BuildMail(const store::StoredMessage& message, std::string_view mp3,
                      const Originator& originator) {
  static std::once_flag once;
  std::call_once(once, g_mime_init);
  const Content content = ContentOf(message);
  const Object<GMimeMessage> mail(g_mime_message_new(FALSE));
  SetAddressing(mail.get(), content, message, originator);
  SetClass(mail.get(), content, message);
  const Object<GMimeMultipart> body = Body(content);
  if (!content.voice) {
    g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(body.get()));
    return Written(mail.get());
  }
  const Object<GMimeMultipart> mixed = Multipart("mixed", content);
  const Object<GMimePart> recording = Recording(content, mp3);
  g_mime_multipart_add(mixed.get(), GMIME_OBJECT(body.get()));
  g_mime_multipart_add(mixed.get(), GMIME_OBJECT(recording.get()));
  g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(mixed.get()));
  return Written(mail.get());
}

}  // namespace um::delivery
