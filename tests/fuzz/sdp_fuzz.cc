// A session description: what is read is written so that it reads the same again.
#include <cstdint>
#include <string>

#include "common/sip/sdp.h"
#include "tests/fuzz/check.h"

using um::sip::SessionDescription;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = SessionDescription::Parse({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) return 0;
  UM_FUZZ_CHECK(!read->media.empty() && read->media.size() <= 16);
  for (const auto& media : read->media) UM_FUZZ_CHECK(media.formats.size() <= 32);
  const std::string written = read->ToString();
  const auto again = SessionDescription::Parse(written);
  UM_FUZZ_CHECK(again.ok());
  UM_FUZZ_CHECK(again->media.size() == read->media.size());
  UM_FUZZ_CHECK(again->ToString() == written);
  return 0;
}
