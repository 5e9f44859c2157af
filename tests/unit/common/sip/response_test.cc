#include <string>

#include "common/sip/framer.h"
#include "common/sip/message.h"
#include "tests/support/catch.h"
#include "tests/unit/common/sip/requests.h"

namespace um::sip {
namespace {

Message MustParse(std::string_view bytes) {
  auto message = Message::Parse(bytes);
  REQUIRE(message.ok());
  return *std::move(message);
}

std::string Respond(const std::string& request, int status, std::string_view to_tag = "t9") {
  return ResponseBuilder(MustParse(request), "192.0.2.7", 40001, status, ReasonPhrase(status),
                         to_tag)
      .Finish();
}

TEST_CASE("a response repeats what RFC 3261 section 8.2.6 asks for, in order") {
  CHECK(Respond(Invite(), 486) ==
        "SIP/2.0 486 Busy Here\r\n"
        "Via: SIP/2.0/TCP pbx.example:5060;branch=z9hG4bK7a;received=192.0.2.7\r\n"
        "From: \"Ann Bee\" <sip:+15550101@pbx.example>;tag=f1\r\n"
        "To: <sip:8000@um.example>;tag=t9\r\n"
        "Call-ID: 1c9e@pbx.example\r\n"
        "CSeq: 7 INVITE\r\n"
        "Content-Length: 0\r\n\r\n");
}

TEST_CASE("100 has no tag of ours and repeats the Timestamp") {
  const Message trying = MustParse(Respond(Invite("Timestamp: 54.2\r\n"), 100));
  CHECK(trying.to_tag().empty());
  CHECK(trying.Header("Timestamp") == "54.2");
  CHECK(MustParse(Respond(Invite("Timestamp: 54.2\r\n"), 180)).Header("Timestamp").empty());
}

TEST_CASE("a tag that is there stays") {
  const std::string request = "BYE sip:a@b SIP/2.0\r\n" + std::string(kVia) + std::string(kFrom) +
                              "To: sip:8000@um.example;tag=old\r\n" + std::string(kCallId) +
                              "CSeq: 8 BYE\r\nContent-Length: 0\r\n\r\n";
  CHECK(MustParse(Respond(request, 200)).to_tag() == "old");
}

TEST_CASE("Record-Route is copied into what may make a dialog, and nowhere else") {
  const std::string request =
      Invite("Record-Route: <sip:p1;lr>,<sip:p2;lr>\r\nRecord-Route: <sip:p3;lr>\r\n");
  const std::vector<std::string> routes = {"<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"};
  CHECK(MustParse(Respond(request, 180)).Headers("Record-Route") == routes);
  CHECK(MustParse(Respond(request, 200)).Headers("Record-Route") == routes);
  CHECK(MustParse(Respond(request, 100)).Headers("Record-Route").empty());
  CHECK(MustParse(Respond(request, 302)).Headers("Record-Route").empty());
}

std::string TopVia(const std::string& via, std::string_view peer = "192.0.2.7") {
  const std::string request = "OPTIONS sip:a@b SIP/2.0\r\nVia: " + via + "\r\n" +
                              std::string(kFrom) + std::string(kTo) + std::string(kCallId) +
                              "CSeq: 1 OPTIONS\r\nl: 0\r\n\r\n";
  const Message message = MustParse(request);
  return MustParse(ResponseBuilder(message, peer, 40001, 200, "OK", "t").Finish()).Header("Via");
}

TEST_CASE("the top Via shows where the request really came from") {
  CHECK(TopVia("SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1") == "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1");
  CHECK(TopVia("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1") ==
        "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=192.0.2.7");
  CHECK(TopVia("SIP/2.0/UDP 192.0.2.7;rport;branch=z9hG4bK1") ==
        "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1;received=192.0.2.7;rport=40001");
  CHECK(TopVia("SIP/2.0/UDP h:5070;branch=z9hG4bK1;rport, SIP/2.0/UDP second;rport") ==
        "SIP/2.0/UDP h:5070;branch=z9hG4bK1;received=192.0.2.7;rport=40001");
  // A peer cannot tell us what to put there.
  CHECK(TopVia("SIP/2.0/UDP h;received=6.6.6.6;rport=1;maddr=7.7.7.7;x=\"received=8\"") ==
        "SIP/2.0/UDP h;maddr=7.7.7.7;x=\"received=8\";received=192.0.2.7;rport=40001");
  CHECK(TopVia("SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bK1", "2001:db8::1") ==
        "SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bK1");
  CHECK(TopVia("SIP/2.0/TCP h;branch=z9hG4bK1", "2001:db8::1") ==
        "SIP/2.0/TCP h;branch=z9hG4bK1;received=2001:db8::1");
}

TEST_CASE("the Vias below the top one are untouched and in order") {
  const std::string request =
      Invite("Via: SIP/2.0/UDP a;rport, SIP/2.0/TLS b:1;received=1.1.1.1\r\nv: SIP/2.0/TCP c\r\n");
  const auto vias = MustParse(Respond(request, 404)).Headers("Via");
  REQUIRE(vias.size() == 4);
  CHECK(vias[1] == "SIP/2.0/UDP a;rport");
  CHECK(vias[2] == "SIP/2.0/TLS b:1;received=1.1.1.1");
  CHECK(vias[3] == "SIP/2.0/TCP c");
}

TEST_CASE("added headers and a body follow") {
  const Message request = MustParse(Invite());
  const std::string text = ResponseBuilder(request, "192.0.2.7", 1, 200, "OK", "t")
                               .Add("Contact", "<sip:8000@um.example:5062;transport=tcp>")
                               .Add("Allow", "INVITE, ACK")
                               .Finish("application/sdp", "v=0\r\n");
  const auto framed = CheckDatagram(text, FrameLimits());
  REQUIRE(framed.ok());
  CHECK(*framed == text);
  const Message response = MustParse(text);
  CHECK(response.status() == 200);
  CHECK(response.Header("Contact") == "<sip:8000@um.example:5062;transport=tcp>");
  CHECK(response.Headers("Allow") == std::vector<std::string>{"INVITE", "ACK"});
  CHECK(response.Header("Content-Type") == "application/sdp");
  CHECK(response.body() == "v=0\r\n");
}

TEST_CASE("no value can start a line of its own") {
  const Message request = MustParse(Invite());
  const std::string text =
      ResponseBuilder(request, "192.0.2.7", 1, 302, "Mo\r\nEvil: 1\r\nved", "t")
          .Add("Contact", "<sip:a@h>\r\nEvil: 2\r\n\r\nbody")
          .Finish();
  const Message response = MustParse(text);
  CHECK(response.Headers("Evil").empty());
  CHECK(response.body().empty());
  CHECK(response.status() == 302);
}

TEST_CASE("reason phrases are the standard's") {
  CHECK(ReasonPhrase(100) == "Trying");
  CHECK(ReasonPhrase(302) == "Moved Temporarily");
  CHECK(ReasonPhrase(481) == "Call/Transaction Does Not Exist");
  CHECK(ReasonPhrase(503) == "Service Unavailable");
  CHECK(ReasonPhrase(599) == "Unknown");
  CHECK(ReasonPhrase(0) == "Unknown");
}

}  // namespace
}  // namespace um::sip
