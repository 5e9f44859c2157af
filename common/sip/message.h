// A received SIP message as a plain value: sofia-sip's parser is behind it, and no sofia type in
// front.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sip/address.h"

namespace um::sip {

/// The topmost Via (RFC 3261 section 20.42).
struct Via {
  std::string protocol;  ///< "UDP", "TCP", "TLS", ...
  std::string host;
  uint16_t port = 0;   ///< 0: not given
  std::string branch;  ///< empty: none
  bool rport = false;  ///< the parameter is there (RFC 3581)
};

struct CSeq {
  uint32_t number = 0;
  std::string method;
};

/// Thread: immutable, any; parse on a stack of 2 MB or more (sofia recurses per list element).
class Message {
 public:
  /// Parses one framed message (see Framer). Fails for what cannot even be answered: no start line,
  /// or no usable Via, From, To or Call-ID; and for responses without a usable CSeq.
  static absl::StatusOr<Message> Parse(std::string_view bytes);
  Message(Message&&) noexcept;
  Message& operator=(Message&&) noexcept;
  ~Message();

  bool is_request() const;
  /// What is wrong with an answerable request: status code and phrase to refuse it with (400, 505,
  /// 416).
  struct Defect {
    int code;
    std::string phrase;
  };
  const std::optional<Defect>& defect() const;

  const std::string& method() const;       ///< requests
  const std::string& request_uri() const;  ///< requests: as written
  int status() const;                      ///< responses
  const std::string& phrase() const;       ///< responses
  const Via& top_via() const;
  size_t via_count() const;
  const NameAddr& from() const;
  const NameAddr& to() const;
  std::string from_tag() const;  ///< empty: none
  std::string to_tag() const;
  const std::string& call_id() const;
  const CSeq& cseq() const;  ///< number 0 and the request's method if it cannot be read
  int max_forwards() const;  ///< 70 if absent
  /// Every value of a header by its full name, any case, compact forms included, one element per
  /// list entry for the headers whose values are comma lists, in order. Empty if absent.
  std::vector<std::string> Headers(std::string_view name) const;
  /// The first of Headers(name), or "".
  std::string Header(std::string_view name) const;
  /// True if `option_tag` stands in the list header `name` ("Require", "Supported").
  bool HasOption(std::string_view name, std::string_view option_tag) const;
  const std::string& body() const;

 private:
  struct Impl;
  explicit Message(std::unique_ptr<const Impl> impl);
  friend class ResponseBuilder;
  std::unique_ptr<const Impl> impl_;
};

/// Writes the response to a request: Vias (with `received` and `rport` of the real source filled
/// in, RFC 3261 section 18.2.1 and RFC 3581 section 4), From, To with `to_tag` if it had none (not
/// for 100), Call-ID, CSeq, and Record-Route for a 101-299 answer to an INVITE; then what Add()
/// adds; then Content-Length and the body.
class ResponseBuilder {
 public:
  ResponseBuilder(const Message& request, std::string_view peer_ip, uint16_t peer_port, int status,
                  std::string_view phrase, std::string_view to_tag);
  /// One header line. CR, LF and NUL become blanks, so that no value can start a line of its own.
  ResponseBuilder& Add(std::string_view name, std::string_view value);
  /// The whole response. Once, last.
  std::string Finish(std::string_view content_type = {}, std::string_view body = {});

 private:
  std::string text_;
};

/// The standard reason phrase of a status code (RFC 3261 section 21), "Unknown" for others.
std::string_view ReasonPhrase(int status);

}  // namespace um::sip
