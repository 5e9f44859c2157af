// What callers hear and may press, call by call: deploy/reference/call-answering.md, made by
// letting scripted callers call the real script.
#pragma once

#include <string>
#include <vector>

#include "mailbox/dialogs/call.h"

namespace um::tests {

/// The whole page.
std::string Transcripts();

/// All that is played in these calls, as it is joined, in order and as often as it comes; but for
/// those with recordings of the user's own.
std::vector<dialogs::Announcement> Announcements();

}  // namespace um::tests
