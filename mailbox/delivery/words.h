// The words of a notification: names, durations, times.   Pure.
//
// What a caller's phone says of itself goes into headers, HTML, file names and terminals, so it is
// cleaned once, here.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mailbox/delivery/language.h"
#include "mailbox/domain/message.h"

namespace um::delivery {

/// `text` as one line of harmless UTF-8: line breaks, control characters and the invisible
/// characters that reorder text become spaces (runs become one, none at the ends), bytes that are
/// not UTF-8 become U+FFFD. At most `max_characters`.
std::string CleanLine(std::string_view text, size_t max_characters = 120);

/// How a caller is called in a subject: the name, else the number, else "Unknown caller".
std::string CallerLabel(const domain::Caller& caller, const Language& language);

/// Whole seconds, rounded; a voice message has at least one.
int WholeSeconds(domain::Milliseconds duration);
/// "22 seconds", "1 minute 5 seconds", "2 minutes", "1 hour 1 minute".
std::string DurationInWords(domain::Milliseconds duration, const Language& language);

/// "Friday, January 2, 2026, 16:04 CET".
/// @param zone IANA; "" or unknown: this computer's
std::string TimeInWords(domain::WallTime time, const std::string& zone, const Language& language);

/// A tel: URI (RFC 3966 section 3) of what can be dialled; "" for anything else.
std::string TelUri(std::string_view number);

/// `text` as HTML text or attribute value.
std::string HtmlEscaped(std::string_view text);

/// Labels and values as lines of text, the values below each other.
using Rows = std::vector<std::pair<std::string, std::string>>;
std::string TextRows(const Rows& rows);

/// A line of a table of facts, `html` being HTML already; and a whole page around `body`.
std::string HtmlRow(std::string_view what, std::string_view html);
std::string HtmlPage(std::string_view body);

/// `text` as part of a file name on any system: the characters that some system forbids become "_",
/// and so does ";", which separates names in X-AttachmentOrder ([MS-OXOUM] section 2.2.5.9).
std::string FileNameOf(std::string_view text);

}  // namespace um::delivery
