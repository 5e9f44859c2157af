// Text: what may stand in a TEXT column. PostgreSQL takes UTF-8 without NUL alone, and indexes only
// what is short; both engines are given the same.   Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "common/base/status.h"

namespace um::store {

inline constexpr size_t kMaxKey = 600;  ///< [bytes] of a text in an index: three fit a page's third

/// Any bytes as text that the databases take, the same bytes always as the same text. What is plain
/// UTF-8 stays as it is.
std::string ToColumn(std::string_view bytes);
/// The reverse.
std::string FromColumn(const std::string& text);
/// The first `size` bytes at most, not cutting a character of UTF-8.
std::string_view Cut(std::string_view text, size_t size);

/// kInvalidArgument unless all are plain UTF-8 (no control characters) of at most `most` bytes.
/// `texts`: what each is called, and it.
absl::Status CheckTexts(std::initializer_list<std::pair<const char*, std::string_view>> texts,
                        size_t most = kMaxKey);

}  // namespace um::store
