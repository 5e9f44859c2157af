#include "common/sip/framer.h"

#include <ctime>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/common/sip/requests.h"

namespace um::sip {
namespace {

struct Result {
  std::vector<std::string> messages;
  int pings = 0;
  absl::Status status;
  std::string refused;
  bool operator==(const Result& other) const {
    return messages == other.messages && pings == other.pings &&
           status.code() == other.status.code();
  }
};

Result FeedAll(const std::vector<std::string_view>& pieces, FrameLimits limits = {}) {
  Result result;
  Framer framer(limits);
  for (const std::string_view piece : pieces) {
    result.status = framer.Feed(
        piece, [&](std::string_view message) { result.messages.emplace_back(message); },
        [&] { ++result.pings; });
    if (!result.status.ok()) break;
  }
  result.refused = framer.refused();
  return result;
}

absl::StatusCode CodeOf(const std::string& stream) { return FeedAll({stream}).status.code(); }

// Messages and pings of every kind, whole.
const std::string& Stream() {
  static const std::string stream =
      Invite() + "\r\n\r\n" + Invite("Subject: a\r\n folded\r\n", "v=0\r\n\r\n\r\nx") + "\r\n" +
      "\r\n\r\n" + "BYE sip:a@b SIP/2.0\r\nl : \t3\r\n\r\nabc" + "\r\n\r\n\r\n\r\n" +
      Invite("Content-Length: 000\r\n");
  return stream;
}

TEST_CASE("a stream of messages and pings is cut where the messages end") {
  const Result result = FeedAll({Stream()});
  CHECK(result.status.ok());
  REQUIRE(result.messages.size() == 4);
  CHECK(result.messages[0] == Invite());
  CHECK(result.messages[1] == Invite("Subject: a\r\n folded\r\n", "v=0\r\n\r\n\r\nx"));
  CHECK(result.messages[2] == "BYE sip:a@b SIP/2.0\r\nl : \t3\r\n\r\nabc");
  CHECK(result.messages[3] == Invite("Content-Length: 000\r\n"));
  CHECK(result.pings == 4);
}

TEST_CASE("it does not matter how the stream is cut into segments") {
  const Result whole = FeedAll({Stream()});
  for (size_t cut = 0; cut <= Stream().size(); ++cut) {
    const std::string_view stream = Stream();
    CAPTURE(cut);
    REQUIRE(FeedAll({stream.substr(0, cut), stream.substr(cut)}) == whole);
  }
  std::vector<std::string_view> bytes;
  for (size_t i = 0; i < Stream().size(); ++i)
    bytes.push_back(std::string_view(Stream()).substr(i, 1));
  CHECK(FeedAll(bytes) == whole);
}

TEST_CASE("pending tells how much of a message has come") {
  Framer framer;
  const auto ignore = [](std::string_view) {};
  const std::string message = Invite({}, "body");
  CHECK(framer.Feed(std::string_view(message).substr(0, message.size() - 1), ignore, [] {}).ok());
  CHECK(framer.pending() == message.size() - 1);
  CHECK(framer.Feed(std::string_view(message).substr(message.size() - 1), ignore, [] {}).ok());
  CHECK(framer.pending() == 0);
}

TEST_CASE(
    "a pipelined message with a Content-Length of 4294967295 is refused and the one before it is "
    "not") {
  const std::string bad =
      "INVITE sip:8000@um.example SIP/2.0\r\nContent-Length: 4294967295\r\n\r\nv=0\r\n";
  const Result result = FeedAll({Invite() + bad});
  CHECK(result.messages == std::vector<std::string>{Invite()});
  CHECK(result.status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(result.refused == bad.substr(0, bad.size() - 5));
}

TEST_CASE("a Content-Length must be one number within the limit") {
  const auto with = [](std::string_view value) {
    return "BYE sip:a@b SIP/2.0\r\nContent-Length:" + std::string(value) + "\r\n\r\n";
  };
  CHECK(CodeOf(with(" 0")) == absl::StatusCode::kOk);
  CHECK(CodeOf(with("\r\n 0")) == absl::StatusCode::kOk);
  CHECK(CodeOf(with(" 65536")) == absl::StatusCode::kResourceExhausted);
  CHECK(CodeOf(with(" 4294967296")) == absl::StatusCode::kResourceExhausted);
  CHECK(CodeOf(with(" 18446744073709551616")) == absl::StatusCode::kResourceExhausted);
  for (const char* bad :
       {" -1", " +1", " 0x10", " 1 2", " 1,1", " 1;a", "", " ", " one", " \"1\""}) {
    CAPTURE(bad);
    CHECK(CodeOf(with(bad)) == absl::StatusCode::kInvalidArgument);
  }
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\r\n\r\n") == absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\r\nl: 0\r\nContent-Length: 0\r\n\r\n") ==
        absl::StatusCode::kOk);
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\r\nl: 0\r\nContent-Length: 1\r\n\r\nx") ==
        absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\r\nX-Content-Length: 9\r\n\r\n") ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("line ends other than CRLF and NUL bytes are refused in headers and pass in bodies") {
  const std::string rest = "Content-Length: 0\r\n\r\n";
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\nX: y\n" + rest) == absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\r\nX: y\n\n" + rest) == absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\r\nX: y\rZ: 1\r\n" + rest) ==
        absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf("BYE sip:a@b SIP/2.0\r\nX: " + std::string(1, '\0') + "\r\n" + rest) ==
        absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf(Invite({}, std::string("\0\n\r\r\n\r\n", 7))) == absl::StatusCode::kOk);
}

TEST_CASE("what cannot be SIP is refused at its first byte") {
  CHECK(CodeOf("\x16\x03\x01") == absl::StatusCode::kInvalidArgument);  // a TLS client
  CHECK(CodeOf(" INVITE") == absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf("\nINVITE") == absl::StatusCode::kInvalidArgument);
  CHECK(CodeOf("\r\nINVITE") == absl::StatusCode::kOk);
  CHECK(CodeOf("\r\r") == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("headers are limited in bytes and lines before they are complete") {
  const std::string start = "BYE sip:a@b SIP/2.0\r\n";
  CHECK(CodeOf(start + "X: " + std::string(20'000, 'a')) == absl::StatusCode::kResourceExhausted);
  CHECK(CodeOf(start + "X: " + std::string(16'000, 'a')) == absl::StatusCode::kOk);
  std::string flood = start;
  for (int i = 0; i < 8000; ++i) flood += "A: b\r\n";
  CHECK(CodeOf(flood) == absl::StatusCode::kResourceExhausted);
  std::string lines = start;
  for (int i = 0; i < 126; ++i) lines += "A: b\r\n";
  CHECK(CodeOf(lines + "l: 0\r\n\r\n") == absl::StatusCode::kOk);
  CHECK(CodeOf(lines + "A: b\r\nl: 0\r\n\r\n") == absl::StatusCode::kResourceExhausted);
  CHECK(CodeOf(lines + " folded\r\nl: 0\r\n\r\n") == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("a message of the largest size passes and one byte more does not") {
  const FrameLimits limits{.message_bytes = 400};
  const std::string head = "BYE sip:a@b SIP/2.0\r\nl: ";
  const size_t fixed = head.size() + 3 + 4;
  const auto message = [&](size_t body) {
    return head + std::to_string(body) + "\r\n\r\n" + std::string(body, 'x');
  };
  CHECK(FeedAll({message(400 - fixed)}, limits).messages.size() == 1);
  CHECK(FeedAll({message(401 - fixed)}, limits).status.code() ==
        absl::StatusCode::kResourceExhausted);
}

TEST_CASE("a message that comes byte by byte costs no more than its size") {
  const std::string message =
      Invite("X: " + std::string(15'000, 'a') + "\r\n", std::string(45'000, 'b'));
  const std::clock_t begin = std::clock();
  Framer framer;
  int messages = 0;
  for (const char& c : message) {
    REQUIRE(framer.Feed({&c, 1}, [&](std::string_view) { ++messages; }, [] {}).ok());
  }
  CHECK(messages == 1);
  CHECK(std::clock() - begin < 2 * CLOCKS_PER_SEC);  // quadratic: minutes
}

TEST_CASE("a datagram is one message, with or without Content-Length") {
  const FrameLimits limits;
  const std::string head = "BYE sip:a@b SIP/2.0\r\n";
  const auto cut = [&](const std::string& bytes) {
    const auto message = CheckDatagram(bytes, limits);
    return message.ok() ? std::string(*message) : absl::StatusCodeToString(message.status().code());
  };
  CHECK(cut(head + "\r\nrest") == head + "\r\nrest");
  CHECK(cut(head + "l: 2\r\n\r\nrest") == head + "l: 2\r\n\r\nre");
  CHECK(cut("\r\n\r\n" + head + "\r\n") == head + "\r\n");
  CHECK(cut(head + "l: 5\r\n\r\nrest") == "INVALID_ARGUMENT");
  CHECK(cut(head + "l: x\r\n\r\nrest") == "INVALID_ARGUMENT");
  CHECK(cut(head) == "INVALID_ARGUMENT");
  CHECK(cut("") == "INVALID_ARGUMENT");
  CHECK(cut("\r\n\r\n") == "INVALID_ARGUMENT");
  CHECK(cut(head + "\r\n" + std::string(9000, 'x')) == "RESOURCE_EXHAUSTED");
}

}  // namespace
}  // namespace um::sip
