// Addresses, Diversion and History-Info: bounded, and what is written is read back as it was.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/sip/address.h"
#include "common/sip/redirection.h"
#include "tests/fuzz/check.h"

namespace {

void RoundTrip(const um::sip::Uri& uri) {
  const std::string text = uri.ToString();
  UM_FUZZ_CHECK(text.find_first_of("\r\n <>\"") == std::string::npos || !uri.headers.empty());
  if (text.size() > 2048) return;  // escapes can make it longer than what is read
  const auto again = um::sip::Uri::Parse(text);
  UM_FUZZ_CHECK(again.has_value());
  UM_FUZZ_CHECK(*again == uri);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto uri = um::sip::Uri::Parse(text)) RoundTrip(*uri);
  if (const auto address = um::sip::NameAddr::Parse(text)) RoundTrip(address->uri);
  size_t length = 0;
  for (const std::string_view element : um::sip::SplitList(text)) length += element.size();
  UM_FUZZ_CHECK(length <= text.size());
  for (const auto& diversion : um::sip::ParseDiversion({text})) RoundTrip(diversion.uri);
  const auto history =
      um::sip::ParseHistoryInfo({text, "<sip:8000@um>;index=9", text},
                                um::sip::Uri{.scheme = "sip", .user = "8000", .host = "um"});
  UM_FUZZ_CHECK(history.size() <= 32);
  for (const auto& diversion : history) RoundTrip(diversion.uri);
  return 0;
}
