// Keys by INFO (RFC 6086 appendix A).
#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;

namespace {

const Ladder kNone;

struct Case {
  std::string body;
  int status;
  std::string key;  ///< "": none
};

void Check(const std::string& type, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(type << ": " << c.body);
    Caller caller;
    caller.Call();
    caller.Send("INFO", {.sdp = c.body, .content_type = type});
    CHECK(caller.transport.Last().status() == c.status);
    CHECK(caller.owner.Take() == (c.key.empty() ? kNone : Ladder{"0 key " + c.key}));
    CHECK(caller.agent->sessions() == 1);
  }
}

}  // namespace

TEST_CASE("application/dtmf-relay brings a key") {
  for (const char key : std::string("0123456789*#")) {
    Check("application/dtmf-relay",
          {{fmt::format("Signal={}\r\nDuration=160\r\n", key), 200, {key}}});
  }
  Check("application/dtmf-relay", {{"Signal= 5 \r\nDuration= 250\r\n", 200, "5"},
                                   {"signal = 5\nduration = 250\n", 200, "5"},
                                   {"Duration=160\r\nSignal=#", 200, "#"},
                                   {"Signal=10\r\n", 200, "*"},
                                   {"Signal=11\r\nDuration=1\r\nOther=2\r\n", 200, "#"}});
  Check("Application/DTMF-Relay;version=1", {{"Signal=5\r\nDuration=160\r\n", 200, "5"}});
}

TEST_CASE("application/dtmf is the bare key") {
  for (const char key : std::string("0123456789*#"))
    Check("application/dtmf", {{{key}, 200, {key}}});
  Check("application/dtmf", {{"5\r\n", 200, "5"}, {" # ", 200, "#"}, {"10", 200, "*"}});
}

TEST_CASE("keys that telephones do not have are taken and mean nothing") {
  for (const std::string key : {"A", "B", "C", "D", "a", "!", "12", "16"}) {
    Check("application/dtmf-relay", {{"Signal=" + key + "\r\nDuration=160\r\n", 200, ""}});
    Check("application/dtmf", {{key, 200, ""}});
  }
}

TEST_CASE("what names no key is malformed") {
  Check("application/dtmf-relay", {{"Signal=\r\n", 400, ""},
                                   {"Signal=55\r\n", 400, ""},
                                   {"Signal=z\r\n", 400, ""},
                                   {"Signal=-1\r\n", 400, ""},
                                   {"Signal=5\r\nDuration=long\r\n", 400, ""},
                                   {"Duration=160\r\n", 400, ""},
                                   {"5", 400, ""},
                                   {std::string("Signal=5\r\n\0=", 12), 200, "5"},
                                   {"Signal=5\r\n" + std::string(300, ' '), 400, ""}});
  Check("application/dtmf", {{"\r\n", 400, ""},
                             {"Signal=5", 400, ""},
                             {"555", 400, ""},
                             {"17", 400, ""},
                             {std::string(1, '\0'), 400, ""},
                             {std::string(5000, '5'), 400, ""}});
}

TEST_CASE("an INFO without body is a sign of life, one with a strange body says what would do") {
  Caller caller;
  caller.Call();
  caller.Send("INFO");
  CHECK(caller.transport.Last().status() == 200);
  CHECK(caller.transport.Last().HasOption("Allow", "INFO"));
  caller.Send("INFO", {.sdp = "<media_control/>", .content_type = "application/media_control+xml"});
  CHECK(caller.transport.Last().status() == 415);
  CHECK(caller.transport.Last().Headers("Accept") ==
        std::vector<std::string>{"application/dtmf-relay", "application/dtmf"});
  caller.Send("INFO", {.headers = "Content-Disposition: render;handling=optional\r\n",
                       .sdp = "x",
                       .content_type = "text/plain"});
  CHECK(caller.transport.Last().status() == 200);
  caller.Send(
      "INFO",
      {.headers = "Content-Encoding: gzip\r\n", .sdp = "5", .content_type = "application/dtmf"});
  CHECK(caller.transport.Last().status() == 415);
  CHECK(caller.owner.Take() == kNone);
}

TEST_CASE("RFC 6086 section 4.2.2: an INFO of a package that nobody agreed on") {
  Caller caller;
  caller.Call();
  caller.Send("INFO", {.headers = "Info-Package: dtmf\r\n",
                       .sdp = "Signal=5\r\n",
                       .content_type = "application/dtmf-relay"});
  CHECK(caller.transport.Last().status() == 469);
  CHECK(caller.transport.Last().phrase() == "Bad Info Package");
  CHECK(caller.transport.sent.back().text.find("Recv-Info:") != std::string::npos);
  CHECK(caller.owner.Take() == kNone);
}

TEST_CASE("a repeated INFO is one press, another INFO another") {
  Caller caller(UdpFlow());
  caller.Call();
  const Extra five{.sdp = "5", .content_type = "application/dtmf"};
  const std::string info = caller.Send("INFO", five);
  caller.Receive(info);
  caller.Receive(info);
  CHECK(caller.owner.Take() == Ladder{"0 key 5"});
  caller.Send("INFO", five);
  CHECK(caller.owner.Take() == Ladder{"0 key 5"});
}
