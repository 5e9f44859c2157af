#include "tests/unit/mailbox/delivery/parsed_mail.h"

#include <string_view>

#include "tests/support/catch.h"

namespace um::delivery {

Parsed::Parsed(const std::string& mail) {
  g_mime_init();
  const std::unique_ptr<GMimeStream, Unref> stream(
      g_mime_stream_mem_new_with_buffer(mail.data(), mail.size()));
  const std::unique_ptr<GMimeParser, Unref> parser(g_mime_parser_new_with_stream(stream.get()));
  message_.reset(g_mime_parser_construct_message(parser.get(), nullptr));
  REQUIRE(message_ != nullptr);
}

std::string Parsed::Header(const char* name) const {
  // GMime gives every "Content-" header to the body.
  GMimeObject* owner =
      std::string_view(name).starts_with("Content-") ? Root() : GMIME_OBJECT(message_.get());
  GMimeHeader* header = g_mime_header_list_get_header(g_mime_object_get_header_list(owner), name);
  const char* value = header == nullptr ? nullptr : g_mime_header_get_value(header);
  return value == nullptr ? "" : value;
}

int Parsed::HeaderCount() const {
  return g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(message_.get())));
}

std::string Parsed::Mailbox(GMimeAddressType type) const {
  InternetAddressList* list = g_mime_message_get_addresses(message_.get(), type);
  REQUIRE(internet_address_list_length(list) == 1);
  InternetAddress* one = internet_address_list_get_address(list, 0);
  REQUIRE(INTERNET_ADDRESS_IS_MAILBOX(one));
  const char* name = internet_address_get_name(one);
  return std::string(name == nullptr ? "" : name) + " <" +
         internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)) + ">";
}

std::string Parsed::Subject() const { return g_mime_message_get_subject(message_.get()); }

std::string Parsed::MessageId() const { return g_mime_message_get_message_id(message_.get()); }

int64_t Parsed::Date() const {
  return g_date_time_to_unix(g_mime_message_get_date(message_.get()));
}

GMimeObject* Parsed::Root() const { return g_mime_message_get_mime_part(message_.get()); }

int Parsed::Count(GMimeObject* multipart) {
  return g_mime_multipart_get_count(GMIME_MULTIPART(multipart));
}

GMimeObject* Parsed::Child(GMimeObject* multipart, int i) {
  return g_mime_multipart_get_part(GMIME_MULTIPART(multipart), i);
}

std::string Parsed::Type(GMimeObject* part) {
  char* type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part));
  std::string copy = type;
  g_free(type);
  return copy;
}

std::string Parsed::Content(GMimeObject* part) {
  const std::unique_ptr<GMimeStream, Unref> stream(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(part)), stream.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

}  // namespace um::delivery
