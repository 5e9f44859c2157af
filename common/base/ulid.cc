#include "common/base/ulid.h"

#include "common/base/bytes.h"

namespace um {
namespace {
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
}

std::string NewUlid(std::chrono::system_clock::time_point now) {
  const auto ms = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  std::string out(26, '0');
  for (int i = 0; i < 10; ++i) out[9 - i] = kCrockford[ms >> (5 * i) & 31];
  const std::string random = RandomBytes(10);
  uint32_t bits = 0;
  int count = 0;
  size_t at = 10;
  for (const unsigned char c : random) {
    bits = bits << 8 | c;
    for (count += 8; count >= 5; count -= 5) out[at++] = kCrockford[bits >> (count - 5) & 31];
  }
  return out;
}

bool IsUlid(std::string_view text) {
  return text.size() == 26 && text[0] <= '7' &&
         text.find_first_not_of(kCrockford) == std::string_view::npos;
}

}  // namespace um
