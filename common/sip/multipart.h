// Bodies of several parts (RFC 2046 section 5.1, RFC 5621): where the session description is one
// among others.   Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace um::sip {

/// One part. `body` is a view into the whole body.
struct BodyPart {
  std::string type = "text/plain";  ///< "application/sdp": lower case, without parameters
  std::string disposition;          ///< "session", lower case; "" if it does not say
  std::string handling;             ///< "required" or "optional", lower case; "" if not said
  bool is_encoded = false;          ///< its bytes are not the text itself (base64, gzip, ...)
  std::string_view body;
};

/// Content-Type's media type, lower case, without parameters.
std::string MediaType(std::string_view content_type);

/// The parts in order, of the outermost level only. nullopt if `content_type` has no usable
/// boundary, or `body` no part, no end, or more than 16 parts.
std::optional<std::vector<BodyPart>> ParseMultipart(std::string_view content_type,
                                                    std::string_view body);

}  // namespace um::sip
