// A mail's structure and encoding: RFC 2045 to 2047, RFC 2231, RFC 5322. The adapter of GMime.
// Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mailbox/domain/time.h"

namespace um::delivery {

/// The same values give the same bytes. Texts are cleaned already (words.h).
struct Mime {
  struct Person {
    std::string name;  ///< "": none
    std::string address;
  };
  struct Attachment {
    const char* subtype = "";  ///< of audio/...
    std::string file_name;
    std::string_view content;
  };
  std::string boundary;  ///< unique among this mail's readers' mails: the stem of its boundaries
  Person from, to;
  Person reply_to;  ///< without an address: none
  std::string subject;
  domain::WallTime date{};
  std::string message_id;                                    ///< "ID@HOST"
  std::vector<std::pair<const char*, std::string>> headers;  ///< those with a value are written
  std::string text, html;
  std::optional<Attachment> attachment;
};

/// 7-bit, CRLF line ends.   Thread: any.
std::string Written(const Mime& mime);

}  // namespace um::delivery
