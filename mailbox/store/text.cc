#include "mailbox/store/text.h"

#include "common/base/bytes.h"
#include "common/base/utf8.h"

namespace um::store {
namespace {

constexpr char kEncoded = '\x01';  // a control character: plain text does not begin with it

}  // namespace

std::string ToColumn(std::string_view bytes) {
  if (IsPlainUtf8(bytes)) return std::string(bytes);
  return kEncoded + Base64Url(bytes);
}

std::string FromColumn(const std::string& text) {
  if (!text.starts_with(kEncoded)) return text;
  return FromBase64Url(std::string_view(text).substr(1)).value_or(text);
}

std::string_view Cut(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  for (size_t i = 0; i < 3 && size > 0; ++i) {
    if ((static_cast<unsigned char>(text[size]) & 0xc0) != 0x80) break;  // a character begins here
    --size;
  }
  return text.substr(0, size);
}

absl::Status CheckTexts(std::initializer_list<std::pair<const char*, std::string_view>> texts,
                        size_t most) {
  for (const auto& [name, text] : texts) {
    if (text.size() > most) {
      return absl::InvalidArgumentError(fmt::format("{} is longer than {} bytes", name, most));
    }
    if (!IsPlainUtf8(text)) {
      return absl::InvalidArgumentError(
          fmt::format("{} is not plain text (UTF-8 without control characters)", name));
    }
  }
  return absl::OkStatus();
}

}  // namespace um::store
