// What callers hear and may press, call by call: deploy/reference/call-answering.md, made by
// letting scripted callers call the real script.
#pragma once

#include <string>

namespace um::tests {

/// The whole page.
std::string Transcripts();

}  // namespace um::tests
