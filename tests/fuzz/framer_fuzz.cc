// The framer: however a stream is cut into segments, the same messages come out, each within the
// limits.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/sip/framer.h"
#include "tests/fuzz/check.h"

namespace {

using um::sip::FrameLimits;

constexpr FrameLimits kLimits = {.header_bytes = 512, .header_lines = 16, .message_bytes = 1024};

struct Result {
  std::vector<std::string> messages;
  int pings = 0;
  absl::StatusCode code = absl::StatusCode::kOk;
  bool operator==(const Result&) const = default;
};

Result FeedIn(std::string_view stream, size_t segment) {
  Result result;
  um::sip::Framer framer(kLimits);
  while (!stream.empty() && result.code == absl::StatusCode::kOk) {
    const std::string piece(stream.substr(0, segment));  // a copy: reads beyond it are caught
    stream.remove_prefix(piece.size());
    result.code =
        framer
            .Feed(
                piece, [&](std::string_view message) { result.messages.emplace_back(message); },
                [&] { ++result.pings; })
            .code();
    UM_FUZZ_CHECK(framer.pending() <= kLimits.message_bytes);
  }
  UM_FUZZ_CHECK(framer.refused().size() <= kLimits.header_bytes);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16'384) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const Result whole = FeedIn(stream, std::max<size_t>(size, 1));
  for (const size_t segment : {1, 2, 3, 7, 100}) {
    const Result cut = FeedIn(stream, segment);
    UM_FUZZ_CHECK(cut.messages == whole.messages);
    UM_FUZZ_CHECK(cut.pings == whole.pings);
    // The limit on unfinished headers can strike before the rest has come, never change what came
    // before.
    UM_FUZZ_CHECK((cut.code == absl::StatusCode::kOk) == (whole.code == absl::StatusCode::kOk));
  }
  for (const std::string& message : whole.messages) {
    UM_FUZZ_CHECK(message.size() <= kLimits.message_bytes);
    const auto datagram = um::sip::CheckDatagram(message, kLimits);
    UM_FUZZ_CHECK(datagram.ok() && *datagram == message);
  }
  (void)um::sip::CheckDatagram(stream, kLimits);
  return 0;
}
