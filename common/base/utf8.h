// UTF-8 (RFC 3629).   Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace um {

/// Length of the sequence at the front of `text` [bytes]; 0 if there is none (also for surrogates and overlong forms).
size_t Utf8Length(std::string_view text);

/// True if `text` is UTF-8 throughout, without control characters (C0, DEL): what a name or a setting may hold.
bool IsPlainUtf8(std::string_view text);

}  // namespace um
