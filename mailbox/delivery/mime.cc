#include "mailbox/delivery/mime.h"

#include <fmt/format.h>
#include <gmime/gmime.h>

#include <memory>
#include <mutex>

namespace um::delivery {
namespace {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
struct FreeOptions {
  void operator()(GMimeFormatOptions* options) const { g_mime_format_options_free(options); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;

constexpr char kCharset[] = "utf-8";

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
Object<GMimeMultipart> Multipart(const char* subtype, const Mime& mime) {
  Object<GMimeMultipart> part(g_mime_multipart_new_with_subtype(subtype));
  g_mime_multipart_set_boundary(part.get(), fmt::format("=_{}_{}", subtype, mime.boundary).c_str());
  return part;
}

Object<GMimeMultipart> Body(const Mime& mime) {
  Object<GMimeMultipart> body = Multipart("alternative", mime);
  const Object<GMimePart> text = TextPart("plain", mime.text);
  const Object<GMimePart> html = TextPart("html", mime.html);
  g_mime_multipart_add(body.get(), GMIME_OBJECT(text.get()));
  g_mime_multipart_add(body.get(), GMIME_OBJECT(html.get()));
  return body;
}

Object<GMimePart> AttachmentPart(const Mime::Attachment& attachment) {
  Object<GMimePart> part(g_mime_part_new_with_type("audio", attachment.subtype));
  // Content-Disposition: attachment, and the type's name.
  g_mime_part_set_filename(part.get(), attachment.file_name.c_str());
  GMimeObject* object = GMIME_OBJECT(part.get());
  for (GMimeParamList* list :
       {g_mime_content_disposition_get_parameters(g_mime_object_get_content_disposition(object)),
        g_mime_content_type_get_parameters(g_mime_object_get_content_type(object))}) {
    for (int i = 0; i < g_mime_param_list_length(list); ++i) {
      g_mime_param_set_charset(g_mime_param_list_get_parameter_at(list, i), kCharset);
    }
  }
  SetContent(part.get(), attachment.content, GMIME_CONTENT_ENCODING_BASE64);
  return part;
}

void SetAddressing(GMimeMessage* mail, const Mime& mime) {
  const auto add = [&](GMimeAddressType type, const Mime::Person& person) {
    g_mime_message_add_mailbox(mail, type, person.name.empty() ? nullptr : person.name.c_str(),
                               person.address.c_str());
    InternetAddressList* list = g_mime_message_get_addresses(mail, type);
    internet_address_set_charset(internet_address_list_get_address(list, 0), kCharset);
  };
  add(GMIME_ADDRESS_TYPE_FROM, mime.from);
  add(GMIME_ADDRESS_TYPE_TO, mime.to);
  if (!mime.reply_to.address.empty()) add(GMIME_ADDRESS_TYPE_REPLY_TO, mime.reply_to);
  g_mime_message_set_subject(mail, mime.subject.c_str(), kCharset);
  GDateTime* date = g_date_time_new_from_unix_utc(
      std::chrono::floor<std::chrono::seconds>(mime.date.time_since_epoch()).count());
  g_mime_message_set_date(mail, date);
  g_date_time_unref(date);
  g_mime_message_set_message_id(mail, mime.message_id.c_str());
  for (const auto& [name, value] : mime.headers) {
    if (value.empty()) continue;
    g_mime_object_set_header(GMIME_OBJECT(mail), name, value.c_str(), kCharset);
  }
}

std::string Bytes(GMimeMessage* mail) {
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

std::string Written(const Mime& mime) {
  static std::once_flag once;
  std::call_once(once, g_mime_init);
  const Object<GMimeMessage> mail(g_mime_message_new(FALSE));
  SetAddressing(mail.get(), mime);
  const Object<GMimeMultipart> body = Body(mime);
  if (!mime.attachment) {
    g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(body.get()));
    return Bytes(mail.get());
  }
  const Object<GMimeMultipart> mixed = Multipart("mixed", mime);
  const Object<GMimePart> attachment = AttachmentPart(*mime.attachment);
  g_mime_multipart_add(mixed.get(), GMIME_OBJECT(body.get()));
  g_mime_multipart_add(mixed.get(), GMIME_OBJECT(attachment.get()));
  g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(mixed.get()));
  return Bytes(mail.get());
}

}  // namespace um::delivery
