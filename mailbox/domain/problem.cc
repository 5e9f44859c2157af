#include "mailbox/domain/problem.h"

#include "common/base/status.h"
#include "common/base/utf8.h"

namespace um::domain {

void AddProblem(Problems& problems, std::string field, const absl::Status& status) {
  if (!status.ok()) problems.push_back({std::move(field), Message(status)});
}

std::string Quoted(std::string_view text) {
  constexpr int kMost = 40;
  std::string quoted = "\"";
  for (int shown = 0; !text.empty(); ++shown) {
    if (shown == kMost) {
      quoted += "...";
      break;
    }
    const size_t n = Utf8Length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    // C1 control characters (U+0080 to U+009F) are the sequences C2 80 to C2 9F.
    const bool c1 = n == 2 && c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (n == 0 || c < 0x20 || c == 0x7F || c1) {
      quoted += '?';
    } else {
      quoted += text.substr(0, n);
    }
    text.remove_prefix(n == 0 ? 1 : n);
  }
  return quoted + '"';
}

absl::Status Invalid(const std::string& message) { return absl::InvalidArgumentError(message); }

}  // namespace um::domain
