// UTF-8 (RFC 3629).   Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace um {

/// Length of the sequence at the front of `text` [bytes]; 0 if there is none (also for surrogates
/// and overlong forms).
size_t Utf8Length(std::string_view text);

/// True if `text` is UTF-8 throughout, without control characters (C0, DEL): what a name or a
/// setting may hold.
bool IsPlainUtf8(std::string_view text);

/// The code point of one well-formed sequence.
uint32_t CodePoint(std::string_view sequence);

/// C0, DEL, C1, line and paragraph separators.
bool IsControl(uint32_t code);

/// What is not seen, but changes what is: direction marks and overrides, zero width spaces, soft
/// hyphen, tags, byte order mark. The joiners U+200C and U+200D belong to words of some scripts and
/// are not among them.
bool IsInvisible(uint32_t code);

/// True if `text` is UTF-8 on one line that reads as what it is: nothing in it is a control or
/// invisible.
bool IsReadableLine(std::string_view text);

}  // namespace um
