// Messages of the kinds that RFC 4475 collects, valid and broken, in our own words; and floods.
#include <ctime>
#include <string>

#include "common/sip/framer.h"
#include "common/sip/invite_facts.h"
#include "common/sip/message.h"
#include "tests/support/catch.h"
#include "tests/unit/common/sip/requests.h"

namespace um::sip {
namespace {

// A request of five header lines, any of which a test replaces.
struct Lines {
  std::string start = "INVITE sip:8000@um.example SIP/2.0\r\n";
  std::string via{kVia};
  std::string from{kFrom};
  std::string to{kTo};
  std::string call_id{kCallId};
  std::string cseq{kCSeq};
  std::string more;
  std::string end = "Content-Length: 0\r\n\r\n";
  std::string text() const { return start + via + from + to + call_id + cseq + more + end; }
};

// What happens to a datagram: "ok", "400 phrase" for what can be refused with an answer, "dropped"
// for the rest.
std::string FateOf(const std::string& bytes) {
  const auto framed = CheckDatagram(bytes, FrameLimits{.datagram_bytes = 64 * 1024});
  if (!framed.ok()) return "unframed";
  const auto message = Message::Parse(*framed);
  if (!message.ok()) return "dropped";
  if (message->is_request()) {
    CHECK((message->defect() || FactsOf(*message).ok()));
    const std::string response =
        ResponseBuilder(*message, "192.0.2.7", 1, 400, "Bad Request", "t").Finish();
    const auto again = Message::Parse(response);
    REQUIRE(again.ok());
    CHECK(again->call_id() == message->call_id());
    CHECK(again->via_count() == message->via_count());
  }
  if (!message->defect()) return "ok";
  return std::to_string(message->defect()->code) + " " + message->defect()->phrase;
}

std::string FateOf(const Lines& lines) { return FateOf(lines.text()); }

TEST_CASE("unusual requests that are valid pass") {
  CHECK(FateOf(Lines{}) == "ok");
  CHECK(FateOf(Lines{.start = "invite! sip:a@b SIP/2.0\r\n", .cseq = "CSeq: 1 invite!\r\n"}) ==
        "ok");
  CHECK(FateOf(Lines{.start = "!.%'~-_9 sip:a@b SIP/2.0\r\n", .cseq = "CSeq: 1 !.%'~-_9\r\n"}) ==
        "ok");
  CHECK(FateOf(Lines{.start = "INVITE sips:8000@um.example SIP/2.0\r\n"}) == "ok");
  CHECK(FateOf(Lines{.start = "INVITE tel:+15550100 SIP/2.0\r\n"}) == "ok");
  CHECK(FateOf(Lines{.start = "INVITE sip:u;par=x%40y@um.example;other=1;%6Cr SIP/2.0\r\n"}) ==
        "ok");
  CHECK(FateOf(Lines{.start = "INVITE sip:8000@um.example sip/2.0\r\n"}) == "ok");
  CHECK(FateOf(Lines{.cseq = "CSeq: 00000000002147483647 INVITE\r\n"}) == "ok");
  CHECK(FateOf(Lines{.more = "Max-Forwards: 0\r\n"}) == "ok");
  CHECK(FateOf(Lines{.more = "NewFangled: new value\r\n and more\r\nEmpty:\r\n"}) == "ok");
  CHECK(FateOf(Lines{.more = "Subject:\r\n \r\n\t\r\n x\r\n"}) == "ok");
  CHECK(FateOf(Lines{
            .from = "From: \"\\\"<sip:x@y>;tag=no\\\\\" <sip:a@b>;unknown=\"<>\";tag=1\r\n"}) ==
        "ok");
  CHECK(FateOf(Lines{.to = "To: \"\xe4\xbd\xa0\xff\" <sip:a@b>\r\n"}) == "ok");
  CHECK(FateOf(Lines{.end = "l: 0\r\nContent-Length: 0\r\n\r\n"}) == "ok");
  CHECK(FateOf(Lines{.more = "Accept: application/sdp;q=0.5, text/*\r\nContact: "
                             "<sip:a@b;x=\"y\">;+sip.x=\"<a,b>\"\r\n"}) == "ok");
  CHECK(FateOf(Lines{.more = std::string("Subject: ") + std::string(8000, 'x') + "\r\n"}) == "ok");
  CHECK(FateOf("\r\n\r\n" + Lines{}.text()) == "ok");
}

TEST_CASE("what is broken but not needed is ignored") {
  CHECK(FateOf(Lines{.more = "Date: Fri, 01 Jan 2010 16:00:00 EST\r\n"}) == "ok");
  CHECK(FateOf(Lines{.more = "Warning: rubbish\r\n"}) == "ok");
  CHECK(FateOf(Lines{.more = "Expires: 0xff\r\n"}) == "ok");
  CHECK(
      FateOf(Lines{
          .more =
              "Date: Fri, 01 Jan 2010 16:00:00 GMT\r\nDate: Fri, 01 Jan 2010 17:00:00 GMT\r\n"}) ==
      "ok");
}

TEST_CASE("broken requests are refused with an answer as long as one can be routed") {
  CHECK(FateOf(Lines{.start = "INVITE sip:8000@um.example SIP/3.0\r\n"}) ==
        "505 Version Not Supported");
  CHECK(FateOf(Lines{.start = "INVITE sip:8000@um.example SIP/7.0.1\r\n"}) ==
        "505 Version Not Supported");
  CHECK(FateOf(Lines{.start = "INVITE soap.beep://um.example SIP/2.0\r\n"}) ==
        "416 Unsupported URI Scheme");
  CHECK(FateOf(Lines{.start = "INVITE nosuchscheme:opaque SIP/2.0\r\n"}) ==
        "416 Unsupported URI Scheme");
  CHECK(FateOf(Lines{.start = "INVITE https://um.example SIP/2.0\r\n"}) ==
        "416 Unsupported URI Scheme");
  CHECK(FateOf(Lines{.start = "INVITE <sip:8000@um.example> SIP/2.0\r\n"}).starts_with("400"));
  CHECK(FateOf(Lines{.start = "INVITE sip:8000@um:99999 SIP/2.0\r\n"}) == "400 Bad Request-URI");
  CHECK(FateOf(Lines{.start = "INVITE sip:8000%00@um SIP/2.0\r\n"}) == "400 Bad Request-URI");
  CHECK(FateOf(Lines{.start = "INVITE sip:a@b@c SIP/2.0\r\n"}) == "400 Bad Request-URI");
  CHECK(FateOf(Lines{.start = "INVITE tel: SIP/2.0\r\n"}).starts_with("400"));
  CHECK(FateOf(Lines{.start = "INVITE * SIP/2.0\r\n"}) == "416 Unsupported URI Scheme");
  CHECK(FateOf(Lines{.cseq = "CSeq: 7 BYE\r\n"}).starts_with("400"));
  CHECK(FateOf(Lines{.cseq = "CSeq: 2147483648 INVITE\r\n"}) == "400 Bad CSeq Header");
  CHECK(FateOf(Lines{.more = "Max-Forwards: lots\r\n"}) == "400 Bad Max-Forwards Header");
  CHECK(FateOf(Lines{.more = "Max-Forwards: -1\r\n"}) == "400 Bad Max-Forwards Header");
  CHECK(FateOf(Lines{.more = std::string(kFrom)}) == "400 Bad From Header");
  CHECK(FateOf(Lines{.more = "f: <sip:other@h>;tag=2\r\n"}) == "400 Bad From Header");
  CHECK(FateOf(Lines{.more = std::string(kTo)}) == "400 Bad To Header");
  CHECK(FateOf(Lines{.more = "i: other\r\n"}) == "400 Bad Call-ID Header");
  CHECK(FateOf(Lines{.more = "CSeq: 8 INVITE\r\n"}) == "400 Bad CSeq Header");
  CHECK(FateOf(Lines{.cseq = ""}) == "400 Bad CSeq Header");
  CHECK(FateOf(Lines{.cseq = "CSeq: x INVITE\r\n"}) == "400 Bad CSeq Header");
  CHECK(FateOf(Lines{.cseq = "CSeq: 4294967296 INVITE\r\n"}) == "400 Bad CSeq Header");
  CHECK(FateOf(Lines{.cseq = "CSeq: 7\r\n"}) == "400 Bad CSeq Header");
  CHECK(FateOf(Lines{.start = "INVITE sip:2000%@um SIP/2.0\r\n"}) == "400 Bad Request-URI");
  CHECK(FateOf(Lines{.start = "INVITE sip:8000@um.example; lr SIP/2.0\r\n"}) ==
        "400 Bad Request-URI");
  CHECK(FateOf(Lines{.start = "INVITE sip: SIP/2.0\r\n"}) == "400 Bad Request-URI");
  CHECK(FateOf(Lines{.more = "Via: SIP/2.0\r\n"}) == "400 Bad Via Header");
  CHECK(FateOf(Lines{.more = "Contact: <sip:a@b\r\n"}) == "400 Bad Contact Header");
  CHECK(FateOf(Lines{.more = "no colon in this line\r\n"}) == "400 Bad Header Line");
  CHECK(FateOf(Lines{.more = ": no name\r\n"}) == "400 Bad Header Line");
}

TEST_CASE("what cannot be answered is dropped") {
  CHECK(FateOf(Lines{.via = ""}) == "dropped");
  CHECK(FateOf(Lines{.via = "Via: \r\n"}) == "dropped");
  CHECK(FateOf(Lines{.via = "Via: SIP/2.0/UDP\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.via = "Via: SIP/2.0/UDP h:999999;branch=\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.from = ""}) == "dropped");
  CHECK(FateOf(Lines{.from = "From: \"no end <sip:a@b>;tag=1\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.to = ""}) == "dropped");
  CHECK(FateOf(Lines{.call_id = ""}) == "dropped");
  CHECK(FateOf(Lines{.call_id = "Call-ID:\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.start = "IN@VITE sip:8000%@um SIP/2.0\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.start = "INVITE SIP/2.0\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.start = "SIP/2.0 200 OK\r\n", .cseq = "CSeq: x INVITE\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.start = "INVITE\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.start = "SIP/2.0 4294967301 better not\r\n"}) == "dropped");
  CHECK(FateOf(Lines{.start = "SIP/2.0 OK\r\n"}) == "dropped");
  CHECK(FateOf("hello\r\n\r\n") == "dropped");
  CHECK(FateOf(Lines{.start = "GET / HTTP/1.1\r\n"}) != "ok");
}

TEST_CASE("what cannot be framed never reaches the parser") {
  CHECK(FateOf(Lines{.more = std::string("X: a\0b\r\n", 8)}) == "unframed");
  CHECK(FateOf(Lines{.end = "Content-Length: 9999\r\n\r\n"}) == "unframed");
  CHECK(FateOf(Lines{.end = "Content-Length: -1\r\n\r\n"}) == "unframed");
  CHECK(FateOf(Lines{.end = "Content-Length: 0\r\nl: 5\r\n\r\nabcde"}) == "unframed");
  CHECK(FateOf(Lines{.end = "Content-Length: 0\r\n"}) == "unframed");
  CHECK(FateOf(Lines{.start = "INVITE sip:8000@um.example SIP/2.0\n"}) == "unframed");
}

TEST_CASE("the parser itself survives what the framer would have refused") {
  CHECK_FALSE(Message::Parse("").ok());
  CHECK_FALSE(Message::Parse("\r\n\r\n").ok());
  CHECK_FALSE(Message::Parse(Lines{.more = std::string("X: a\0b\r\n", 8)}.text()).ok());
  const auto cut = Message::Parse(Lines{.end = "Content-Length: 10\r\n\r\nabc"}.text());
  REQUIRE(cut.ok());
  CHECK(cut->defect()->code == 400);
  const auto huge = Message::Parse(Lines{.end = "Content-Length: 4294967295\r\n\r\nabc"}.text());
  CHECK((!huge.ok() || huge->defect()));
  const std::string whole = Lines{.more = "Contact: \"a\" <sip:b@c>;d=\"e\"\r\n"}.text();
  for (size_t length = 0; length < whole.size(); ++length)
    (void)Message::Parse(whole.substr(0, length));
}

TEST_CASE("a From or To that is no address of ours keeps its tag") {
  const auto message = Message::Parse(Lines{.from = "From: <nosuch:thing>;tag=77\r\n"}.text());
  REQUIRE(message.ok());
  CHECK(message->from_tag() == "77");
  CHECK(message->from().Parameter("tag") == "77");
  CHECK(message->from().uri.user.empty());
}

// [ms] of CPU: what else the machine does must not count.
double TimeOf(const std::string& bytes) {
  const std::clock_t begin = std::clock();
  (void)FateOf(bytes);
  return static_cast<double>(std::clock() - begin) * 1000 / CLOCKS_PER_SEC;
}

// Without limits these cost 100 ms and more each, or overflow the stack (with sanitizers many times
// that).
TEST_CASE("floods of headers and list entries cost little") {
  Lines many;
  for (int i = 0; i < 8000; ++i) many.more += "A: b\r\n";
  CHECK(FateOf(many) == "unframed");

  Lines vias{.via = "Via: SIP/2.0/UDP a"};
  for (int i = 0; i < 3800; ++i) vias.via += ",SIP/2.0/UDP a";
  vias.via += "\r\n";
  CHECK(FateOf(vias) == "unframed");
  vias.via = "Via: SIP/2.0/UDP a";
  while (vias.via.size() < 15'900) vias.via += ",SIP/2.0/UDP a";  // as many as fit
  vias.via += "\r\n";
  CHECK(TimeOf(vias.text()) < 250);

  for (const char* name :
       {"Contact", "Supported", "Via", "Route", "Diversion", "Accept", "Unknown"}) {
    CAPTURE(name);
    const Lines commas{.more = std::string(name) + ": " + std::string(15'000, ',') + "\r\n"};
    CHECK(TimeOf(commas.text()) < 250);
    std::string entries = std::string(name) + ": a";
    while (entries.size() < 15'000) entries += ",a";
    CHECK(TimeOf(Lines{.more = entries + "\r\n"}.text()) < 250);
  }
  const Lines parameters{.from = "From: <sip:a@b>;tag=1" + std::string(14'000, ';') + "\r\n"};
  CHECK(TimeOf(parameters.text()) < 250);
}

}  // namespace
}  // namespace um::sip
