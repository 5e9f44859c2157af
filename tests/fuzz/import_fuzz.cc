// A recording that somebody hands in: what is taken is audible, unclipped and not too long; nothing
// of it may hurt. FFmpeg itself is not built for the fuzzer: it finds our own mistakes in using it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "mailbox/prompts/import.h"
#include "mailbox/prompts/shaping.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr um::domain::Milliseconds kLongest(10'000);
  const auto imported = um::prompts::Import({reinterpret_cast<const char*>(data), size}, kLongest);
  if (!imported.ok()) {
    UM_FUZZ_CHECK(imported.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  // With the pauses around it.
  UM_FUZZ_CHECK(!imported->empty() && imported->size() <= 8 * 10'500);
  UM_FUZZ_CHECK(um::prompts::ActiveLevel(*imported) < 0);
  const auto loudest = *std::max_element(imported->begin(), imported->end(),
                                         [](int a, int b) { return std::abs(a) < std::abs(b); });
  UM_FUZZ_CHECK(std::abs(int{loudest}) <= 27571);  // -1.5 dBov
  return 0;
}
