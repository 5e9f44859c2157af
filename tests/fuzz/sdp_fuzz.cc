// A session description: what is written of it reads the same again, but for refused media.
#include <cstdint>
#include <string>

#include "common/sip/sdp.h"
#include "tests/fuzz/check.h"

using um::sip::MediaDescription;
using um::sip::SessionDescription;

namespace {

void CheckSame(const MediaDescription& read, const MediaDescription& again) {
  UM_FUZZ_CHECK(again.type == read.type && again.port == read.port);
  UM_FUZZ_CHECK(again.protocol == read.protocol && again.formats.size() == read.formats.size());
  if (read.port == 0) return;
  UM_FUZZ_CHECK(again.address == read.address && again.direction == read.direction);
  UM_FUZZ_CHECK(again.ptime == read.ptime && again.maxptime == read.maxptime);
  for (size_t i = 0; i < read.formats.size(); ++i) {
    UM_FUZZ_CHECK(again.formats[i].payload_type == read.formats[i].payload_type);
    UM_FUZZ_CHECK(again.formats[i].encoding == read.formats[i].encoding);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = SessionDescription::Parse({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) return 0;
  UM_FUZZ_CHECK(!read->media.empty() && read->media.size() <= 16);
  for (const auto& media : read->media) UM_FUZZ_CHECK(media.formats.size() <= 32);
  const std::string written = read->ToString();
  const auto again = SessionDescription::Parse(written);
  UM_FUZZ_CHECK(again.ok());
  UM_FUZZ_CHECK(again->media.size() == read->media.size());
  UM_FUZZ_CHECK(again->session_id == read->session_id && again->version == read->version);
  for (size_t i = 0; i < read->media.size(); ++i) CheckSame(read->media[i], again->media[i]);
  return 0;
}
