// A Content-Type on the first line, a body after it: every part lies inside the body, in order.
#include <cstdint>
#include <functional>
#include <string_view>

#include "common/sip/multipart.h"
#include "common/sip/text.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string_view content_type = um::sip::TakeUntil(body, '\n');
  const auto parts = um::sip::ParseMultipart(content_type, body);
  if (!parts) return 0;
  UM_FUZZ_CHECK(!parts->empty() && parts->size() <= 16);
  const char* after = body.data();
  for (const um::sip::BodyPart& part : *parts) {
    UM_FUZZ_CHECK(std::greater_equal<>()(part.body.data(), after));
    after = part.body.data() + part.body.size();
    UM_FUZZ_CHECK(std::less_equal<>()(after, body.data() + body.size()));
  }
  return 0;
}
