#include "common/sip/sdp.h"

#include <fmt/format.h>

#include "tests/support/catch.h"

using um::sip::Direction;
using um::sip::SessionDescription;

namespace {

constexpr std::string_view kHead =
    "v=0\r\no=alice 2890844526 2890844527 IN IP4 192.0.2.10\r\ns=call\r\nc=IN IP4 "
    "192.0.2.10\r\nt=0 0\r\n";

std::string With(std::string_view media) { return std::string(kHead) + std::string(media); }

SessionDescription Parsed(std::string_view text) {
  auto sdp = SessionDescription::Parse(text);
  INFO(text);
  INFO(sdp.status());
  REQUIRE(sdp.ok());
  return *std::move(sdp);
}

}  // namespace

TEST_CASE("a telephone's offer is read whole") {
  const auto sdp =
      Parsed(With("m=audio 49170 RTP/AVP 8 0 18 96 97\r\n"
                  "a=rtpmap:8 pcma/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\n"
                  "a=rtpmap:97 opus/48000/2\r\na=ptime:30\r\na=maxptime:60\r\na=sendonly\r\n"));
  CHECK(sdp.origin_user == "alice");
  CHECK(sdp.session_id == 2890844526);
  CHECK(sdp.version == 2890844527);
  CHECK(sdp.address == "192.0.2.10");
  REQUIRE(sdp.media.size() == 1);
  const auto& audio = sdp.media[0];
  CHECK(audio.type == "audio");
  CHECK(audio.port == 49170);
  CHECK(audio.protocol == "RTP/AVP");
  CHECK(audio.address == "192.0.2.10");
  CHECK(audio.ptime == 30);
  CHECK(audio.maxptime == 60);
  CHECK(audio.direction == Direction::kSendOnly);
  REQUIRE(audio.formats.size() == 5);
  CHECK(audio.formats[0].encoding == "PCMA");  // in the order of the m= line
  CHECK(audio.formats[1].encoding == "PCMU");  // static, without a=rtpmap (RFC 3551)
  CHECK(audio.formats[1].clock_rate == 8000);
  CHECK(audio.formats[2].encoding == "G729");
  CHECK(audio.formats[3].encoding == "TELEPHONE-EVENT");
  CHECK(audio.formats[3].payload_type == 96);
  CHECK(audio.formats[3].fmtp == "0-16");
  CHECK(audio.formats[4].encoding == "OPUS");
  CHECK(audio.formats[4].clock_rate == 48000);
  CHECK(audio.formats[4].channels == 2);
}

TEST_CASE("connection addresses are the media's or the session's") {
  const auto sdp =
      Parsed(With("m=audio 5004 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\nm=video 0 RTP/AVP 31\r\n"));
  REQUIRE(sdp.media.size() == 2);
  CHECK(sdp.media[0].address == "2001:db8::1");
  CHECK(sdp.media[1].address == "192.0.2.10");
  CHECK(sdp.media[1].port == 0);
  const auto own = Parsed(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\nc=IN IP4 "
      "192.0.2.7\r\n");
  CHECK(own.address == "");
  CHECK(own.media[0].address == "192.0.2.7");
}

TEST_CASE("a session whose media alone have addresses is written so too") {
  const auto read = SessionDescription::Parse(
      "v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n"
      "c=IN IP6 2001:db8::1\r\n");
  REQUIRE(read.ok());
  const auto again = SessionDescription::Parse(read->ToString());
  REQUIRE(again.ok());
  CHECK(again->address.empty());
  CHECK(again->media.at(0).address == "2001:db8::1");
}

TEST_CASE("a session's direction is its media's unless they have their own") {
  const auto sdp = Parsed(
      With("a=inactive\r\nm=audio 5004 RTP/AVP 0\r\nm=audio 5006 RTP/AVP 0\r\na=recvonly\r\n"));
  CHECK(sdp.media[0].direction == Direction::kInactive);
  CHECK(sdp.media[1].direction == Direction::kRecvOnly);
}

TEST_CASE("0.0.0.0 is left to offer/answer") {
  const auto sdp = Parsed(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 5004 RTP/AVP "
      "0\r\n");
  CHECK(sdp.media[0].address == "0.0.0.0");
  CHECK(sdp.media[0].direction == Direction::kSendRecv);
}

TEST_CASE("media that is not RTP keeps its format as written") {
  const auto sdp = Parsed(With("m=image 4000 udptl t38\r\n"));
  CHECK(sdp.media[0].type == "image");
  REQUIRE(sdp.media[0].formats.size() == 1);
  CHECK(sdp.media[0].formats[0].payload_type == -1);
  CHECK(sdp.media[0].formats[0].encoding == "t38");
}

TEST_CASE("profiles are told apart") {
  for (const std::string profile :
       {"RTP/AVP", "RTP/SAVP", "RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF"}) {
    CHECK(Parsed(With("m=audio 5004 " + profile + " 0 8\r\n")).media[0].protocol == profile);
  }
}

TEST_CASE("descriptions that cannot be used are refused") {
  std::string many_media;
  for (int i = 0; i < 17; ++i) many_media += "m=audio 5004 RTP/AVP 0\r\n";
  std::string many_formats = "m=audio 5004 RTP/AVP";
  for (int i = 0; i < 33; ++i) many_formats += fmt::format(" {}", i + 64);
  std::string many_lines;
  for (int i = 0; i < 600; ++i) many_lines += "a=x\r\n";
  const std::string kRefused[] = {
      "",
      "junk",
      "v=1\r\n",
      std::string(kHead),                                   // no media
      "v=0\r\ns=-\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n",  // no origin, no connection
      "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n",
      With("m=audio 5004 RTP/AVP 0\r\nc=IN IP4 media.example.com\r\n"),  // a name
      With("m=audio 5004 RTP/AVP 0\r\nc=IN IP4 192.0.2\r\n"),
      With("m=audio 70000 RTP/AVP 0\r\n"),
      With("m=audio 5004 RTP/AVP\r\n"),
      With("m=audio 5004 RTP/AVP 200\r\n"),
      With("m=audio 5004\r\n"),
      With("m=audio 5004 RT /AVP 8 0\r\n"),  // sofia alone would loop for ever over "/AVP"
      With("m=image 5004 udptl t38 :\r\n"),
      With(many_media),
      With(many_formats + "\r\n"),
      With("m=audio 5004 RTP/AVP 0\r\n" + many_lines),
      With("m=audio 5004 RTP/AVP 0\r\na=" + std::string(17000, 'x') + "\r\n"),
      With(std::string("m=audio 5004 RTP/AVP 0\r\na=x\0y\r\n", 32)),
  };
  for (const std::string& text : kRefused) {
    INFO(text.substr(0, 300));
    CHECK(SessionDescription::Parse(text).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("every prefix and every changed byte of an offer is survived") {
  const std::string whole = With(
      "m=audio 49170 RTP/AVP 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 "
      "0-15\r\na=ptime:20\r\n");
  for (size_t i = 0; i < whole.size(); ++i) {
    (void)SessionDescription::Parse(whole.substr(0, i));
    for (const char c : {'\0', '\n', ' ', '=', '9', '\xff', ':', '/'}) {
      std::string changed = whole;
      changed[i] = c;
      (void)SessionDescription::Parse(changed);
    }
  }
}

TEST_CASE("what is written can be read, and says what was meant") {
  SessionDescription sdp;
  sdp.session_id = 7;
  sdp.version = 2;
  sdp.address = "192.0.2.20";
  sdp.media.push_back(
      {.type = "audio",
       .port = 16384,
       .protocol = "RTP/AVP",
       .formats = {{0, "PCMU", 8000, 1, ""}, {101, "TELEPHONE-EVENT", 8000, 1, "0-15"}},
       .direction = Direction::kRecvOnly,
       .ptime = 20});
  sdp.media.push_back({.type = "image", .protocol = "udptl", .formats = {{-1, "t38", 0, 1, ""}}});
  const std::string text = sdp.ToString();
  CHECK(
      text ==
      "v=0\r\no=- 7 2 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
      "m=audio 16384 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
      "a=fmtp:101 0-15\r\na=ptime:20\r\na=recvonly\r\nm=image 0 udptl t38\r\n");
  CHECK(Parsed(text).media[0].formats[1].fmtp == "0-15");
}
