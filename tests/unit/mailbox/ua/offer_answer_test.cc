#include "mailbox/ua/offer_answer.h"

#include <fmt/format.h>

#include "common/sip/sdp.h"
#include "tests/support/catch.h"

using um::domain::Codec;
using um::net::Endpoint;
using um::sip::Direction;
using um::sip::SessionDescription;
using um::ua::Negotiator;

namespace {

const Endpoint kUs = *Endpoint::Parse("192.0.2.20:16384");

// A description of the peer's: head and media lines.
std::string Sdp(std::string_view media, std::string_view address = "192.0.2.10") {
  return fmt::format("v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 {}\r\nt=0 0\r\n{}",
                     address, media);
}

// What an answer says from its first m= line on.
std::string MediaOf(const std::string& sdp) { return sdp.substr(sdp.find("m=")); }

std::string Line(const std::string& sdp, std::string_view prefix) {
  const size_t at = sdp.find(prefix);
  return at == std::string::npos ? "" : sdp.substr(at, sdp.find('\r', at) - at);
}

struct Case {
  const char* name;
  std::string offer;
  std::string answer;  // from the first m= line on
};

const std::string kMuAnswer = "m=audio 16384 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

}  // namespace

TEST_CASE("offers and their answers") {
  const Case kCases[] = {
      {"mu-law alone", Sdp("m=audio 5004 RTP/AVP 0\r\n"),
       kMuAnswer + "a=ptime:20\r\na=sendrecv\r\n"},
      {"the peer's first law, with its number for events",
       Sdp("m=audio 5004 RTP/AVP 18 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 "
           "0-16\r\n"),
       "m=audio 16384 RTP/AVP 8 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n"
       "a=fmtp:96 0-15\r\na=ptime:20\r\na=sendrecv\r\n"},
      {"a dynamic number for a law",
       Sdp("m=audio 5004 RTP/AVP 107 108\r\na=rtpmap:107 PCMU/16000\r\na=rtpmap:108 pcmu/8000\r\n"),
       "m=audio 16384 RTP/AVP 108\r\na=rtpmap:108 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"},
      {"events of another clock are none of ours",
       Sdp("m=audio 5004 RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/48000\r\n"),
       kMuAnswer + "a=ptime:20\r\na=sendrecv\r\n"},
      {"every other m-line is refused, in order",
       Sdp("m=video 5000 RTP/AVP 31\r\nm=audio 5004 RTP/AVP 18\r\nm=audio 5006 RTP/AVP 0\r\n"
           "m=audio 5008 RTP/AVP 0\r\nm=image 5010 udptl t38\r\n"),
       "m=video 0 RTP/AVP 31\r\nm=audio 0 RTP/AVP 18\r\n" + kMuAnswer +
           "a=ptime:20\r\na=sendrecv\r\nm=audio 0 RTP/AVP 0\r\nm=image 0 udptl t38\r\n"},
      {"SRTP beside RTP: RTP is taken",
       Sdp("m=audio 5004 RTP/SAVP 0\r\nm=audio 5006 RTP/AVP 0\r\n"),
       "m=audio 0 RTP/SAVP 0\r\n" + kMuAnswer + "a=ptime:20\r\na=sendrecv\r\n"},
      {"hold", Sdp("m=audio 5004 RTP/AVP 0\r\na=sendonly\r\n"),
       kMuAnswer + "a=ptime:20\r\na=recvonly\r\n"},
      {"the peer only listens", Sdp("m=audio 5004 RTP/AVP 0\r\na=recvonly\r\n"),
       kMuAnswer + "a=ptime:20\r\na=sendonly\r\n"},
      {"inactive", Sdp("m=audio 5004 RTP/AVP 0\r\na=inactive\r\n"),
       kMuAnswer + "a=ptime:20\r\na=inactive\r\n"},
      {"hold of RFC 2543", Sdp("m=audio 5004 RTP/AVP 0\r\n", "0.0.0.0"),
       kMuAnswer + "a=ptime:20\r\na=inactive\r\n"},
      {"hold of RFC 2543 with music", Sdp("m=audio 5004 RTP/AVP 0\r\na=sendonly\r\n", "0.0.0.0"),
       kMuAnswer + "a=ptime:20\r\na=recvonly\r\n"},
  };
  for (const Case& c : kCases) {
    Negotiator negotiator(kUs, 42);
    const auto answer = negotiator.Answer(c.offer);
    INFO(c.name);
    REQUIRE(answer.ok());
    CHECK(MediaOf(*answer) == c.answer);
    CHECK(Line(*answer, "o=") == "o=- 42 1 IN IP4 192.0.2.20");
    CHECK(Line(*answer, "c=") == "c=IN IP4 192.0.2.20");
  }
}

TEST_CASE("packet lengths: the peer's ptime within 10 to 60 ms and its maxptime") {
  struct {
    const char* attributes;
    int expected;
  } const kCases[] = {
      {"", 20},
      {"a=ptime:10\r\n", 10},
      {"a=ptime:30\r\n", 30},
      {"a=ptime:60\r\n", 60},
      {"a=ptime:80\r\n", 60},
      {"a=ptime:5\r\n", 10},
      {"a=ptime:25\r\n", 20},
      {"a=ptime:0\r\n", 20},
      {"a=ptime:-1\r\n", 20},
      {"a=ptime:99999999999\r\n", 20},
      {"a=maxptime:10\r\n", 10},
      {"a=ptime:60\r\na=maxptime:40\r\n", 40},
      {"a=ptime:20\r\na=maxptime:150\r\n", 20},
  };
  for (const auto& c : kCases) {
    Negotiator negotiator(kUs, 42);
    INFO(c.attributes);
    const auto answer =
        negotiator.Answer(Sdp(std::string("m=audio 5004 RTP/AVP 0\r\n") + c.attributes));
    REQUIRE(answer.ok());
    CHECK(negotiator.plan().packet_ms == c.expected);
    CHECK(Line(*answer, "a=ptime") == fmt::format("a=ptime:{}", c.expected));
  }
}

TEST_CASE("offers without anything for us are refused, and change nothing") {
  const std::string kNothing[] = {
      Sdp("m=audio 5004 RTP/AVP 18\r\n"),
      Sdp("m=audio 0 RTP/AVP 0\r\n"),
      Sdp("m=video 5004 RTP/AVP 0\r\n"),
      Sdp("m=audio 5004 RTP/SAVP 0 8\r\n"),
      Sdp("m=audio 5004 RTP/AVPF 0 8\r\n"),
      Sdp("m=image 5004 udptl t38\r\n"),
      Sdp("m=audio 5004 RTP/AVP 96\r\n"),                             // dynamic without a=rtpmap
      Sdp("m=audio 5004 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000/2\r\n"),  // two channels
      Sdp("m=audio 5004 RTP/AVP 0\r\n", "224.2.1.1/127"),             // a group
      Sdp("m=audio 5004 RTP/AVP 0\r\n", "255.255.255.255"),           // a whole network
  };
  for (const std::string& offer : kNothing) {
    INFO(offer);
    Negotiator negotiator(kUs, 42);
    CHECK(negotiator.Answer(offer).status().code() == absl::StatusCode::kFailedPrecondition);
    REQUIRE(negotiator.Answer(Sdp("m=audio 5004 RTP/AVP 8\r\n")).ok());
    CHECK(negotiator.Answer(offer).status().code() == absl::StatusCode::kFailedPrecondition);
    CHECK(negotiator.plan().codec == Codec::kPcma);
    CHECK(negotiator.plan().remote == *Endpoint::Parse("192.0.2.10:5004"));
  }
  Negotiator negotiator(kUs, 42);
  CHECK(negotiator.Answer("junk").status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("the plan is ours: where to send, with what, and what will come") {
  Negotiator negotiator(kUs, 42);
  REQUIRE(negotiator
              .Answer(Sdp("m=audio 5004 RTP/AVP 0 96\r\nc=IN IP4 192.0.2.33\r\na=rtpmap:96 "
                          "telephone-event/8000\r\n"))
              .ok());
  CHECK(negotiator.plan().remote == *Endpoint::Parse("192.0.2.33:5004"));
  CHECK(negotiator.plan().payload_type == 0);
  CHECK(negotiator.plan().receive_payload_type == 0);
  CHECK(negotiator.plan().event_payload_type == 96);
  CHECK(negotiator.plan().direction == Direction::kSendRecv);
}

TEST_CASE("a re-offer keeps law and origin, and raises the version when something changed") {
  Negotiator negotiator(kUs, 42);
  const std::string offer = Sdp("m=audio 5004 RTP/AVP 8 0\r\n");
  const auto first = negotiator.Answer(offer);
  REQUIRE(first.ok());
  CHECK(*negotiator.Answer(offer) == *first);

  const auto held = negotiator.Answer(Sdp("m=audio 5004 RTP/AVP 0 8\r\na=sendonly\r\n"));
  REQUIRE(held.ok());
  CHECK(negotiator.plan().codec == Codec::kPcma);  // still on offer, so kept
  CHECK(negotiator.plan().direction == Direction::kRecvOnly);
  CHECK(Line(*held, "o=") == "o=- 42 2 IN IP4 192.0.2.20");

  const auto moved = negotiator.Answer(Sdp("m=audio 6004 RTP/AVP 0\r\n"));
  REQUIRE(moved.ok());
  CHECK(negotiator.plan().codec == Codec::kPcmu);
  CHECK(negotiator.plan().remote.port == 6004);
  CHECK(Line(*moved, "o=") == "o=- 42 3 IN IP4 192.0.2.20");
}

TEST_CASE("a re-offer's stream is looked for in its old place") {
  Negotiator negotiator(kUs, 42);
  REQUIRE(negotiator.Answer(Sdp("m=audio 5004 RTP/AVP 18\r\nm=audio 5006 RTP/AVP 0\r\n")).ok());
  REQUIRE(negotiator.Answer(Sdp("m=audio 5004 RTP/AVP 0\r\nm=audio 5006 RTP/AVP 0\r\n")).ok());
  CHECK(negotiator.plan().remote.port == 5006);
}

TEST_CASE("other codecs are taken where G.711 is not offered, Opus before G.722 before G.723.1") {
  const std::string opus = "a=rtpmap:96 opus/48000/2\r\n";
  Negotiator both(kUs, 42);
  REQUIRE(both.Answer(Sdp("m=audio 5004 RTP/AVP 96 9 4 8\r\n" + opus)).ok());
  CHECK(both.plan().codec == Codec::kPcma);

  Negotiator negotiator(kUs, 42);
  const auto answer = negotiator.Answer(
      Sdp("m=audio 5004 RTP/AVP 9 96 4 101 97\r\n" + opus +
          "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:97 telephone-event/48000\r\n"
          "a=ptime:30\r\n"));
  REQUIRE(answer.ok());
  CHECK(MediaOf(*answer) ==
        "m=audio 16384 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\n"
        "a=fmtp:96 maxplaybackrate=8000;useinbandfec=1\r\n"
        "a=rtpmap:97 telephone-event/48000\r\na=fmtp:97 0-15\r\na=ptime:20\r\na=sendrecv\r\n");
  CHECK(negotiator.plan().event_clock_rate == 48000);
  // A re-offer in another order changes nothing.
  REQUIRE(negotiator.Answer(Sdp("m=audio 5004 RTP/AVP 8 9 96\r\n" + opus)).ok());
  CHECK(negotiator.plan().codec == Codec::kOpus);

  Negotiator no_opus_events(kUs, 42);
  REQUIRE(no_opus_events
              .Answer(Sdp("m=audio 5004 RTP/AVP 96 101\r\n" + opus +
                          "a=rtpmap:101 telephone-event/8000\r\n"))
              .ok());
  CHECK(no_opus_events.plan().event_payload_type == 101);
  CHECK(no_opus_events.plan().event_clock_rate == 8000);

  Negotiator g722(kUs, 42);
  CHECK(MediaOf(*g722.Answer(Sdp("m=audio 5004 RTP/AVP 4 9\r\n"))) ==
        "m=audio 16384 RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\na=ptime:20\r\na=sendrecv\r\n");

  Negotiator g7231(kUs, 42);
  CHECK(MediaOf(*g7231.Answer(Sdp("m=audio 5004 RTP/AVP 4\r\n"))) ==
        "m=audio 16384 RTP/AVP 4\r\na=rtpmap:4 G723/8000\r\na=ptime:30\r\na=sendrecv\r\n");
  CHECK(g7231.plan().packet_ms == 30);
}

TEST_CASE("our offer has all codecs and events, and takes what the answer chose") {
  Negotiator negotiator(kUs, 42);
  CHECK(MediaOf(negotiator.Offer()) ==
        "m=audio 16384 RTP/AVP 0 8 107 9 4 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:107 opus/48000/2\r\na=fmtp:107 maxplaybackrate=8000;useinbandfec=1\r\n"
        "a=rtpmap:9 G722/8000\r\na=rtpmap:4 G723/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n");
  // The answer may number its own way: we send with its numbers and receive with ours (RFC 3264
  // section 5.1).
  REQUIRE(negotiator
              .Accept(Sdp("m=audio 5004 RTP/AVP 109 98\r\na=rtpmap:109 PCMA/8000\r\n"
                          "a=rtpmap:98 telephone-event/8000\r\na=ptime:30\r\na=recvonly\r\n"))
              .ok());
  const auto& plan = negotiator.plan();
  CHECK(plan.codec == Codec::kPcma);
  CHECK(plan.payload_type == 109);
  CHECK(plan.receive_payload_type == 8);
  CHECK(plan.event_payload_type == 101);
  CHECK(plan.packet_ms == 30);
  CHECK(plan.direction == Direction::kSendOnly);
  CHECK(plan.remote == *Endpoint::Parse("192.0.2.10:5004"));
}

TEST_CASE("answers that do not fit our offer are refused") {
  const std::string kBad[] = {
      "junk",
      Sdp("m=audio 5004 RTP/AVP 0\r\nm=audio 5006 RTP/AVP 0\r\n"),  // a stream never offered
      Sdp("m=audio 0 RTP/AVP 0\r\n"),                               // refused
      Sdp("m=audio 5004 RTP/AVP 18\r\n"),
      Sdp("m=audio 5004 RTP/SAVP 0\r\n"),
  };
  for (const std::string& answer : kBad) {
    Negotiator negotiator(kUs, 42);
    (void)negotiator.Offer();
    INFO(answer);
    CHECK_FALSE(negotiator.Accept(answer).ok());
  }
  Negotiator negotiator(kUs, 42);
  CHECK_FALSE(negotiator.Accept(Sdp("m=audio 5004 RTP/AVP 0\r\n")).ok());  // nothing was offered
}

TEST_CASE("an offer in mid-session keeps the m-lines, the law and the numbers") {
  Negotiator negotiator(kUs, 42);
  REQUIRE(negotiator
              .Answer(Sdp("m=video 5000 RTP/AVP 31\r\nm=audio 5004 RTP/AVP 108 96\r\n"
                          "a=rtpmap:108 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n"))
              .ok());
  const std::string offer = negotiator.Offer();
  CHECK(
      MediaOf(offer) ==
      "m=video 0 RTP/AVP 31\r\nm=audio 16384 RTP/AVP 108 0 96\r\na=rtpmap:108 PCMA/8000\r\n"
      "a=rtpmap:0 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:20\r\n"
      "a=sendrecv\r\n");
  CHECK(Line(offer, "o=") == "o=- 42 2 IN IP4 192.0.2.20");
  REQUIRE(
      negotiator
          .Accept(Sdp(
              "m=video 0 RTP/AVP 31\r\nm=audio 5004 RTP/AVP 108 96\r\na=rtpmap:108 PCMA/8000\r\n"
              "a=rtpmap:96 telephone-event/8000\r\n"))
          .ok());
  CHECK(negotiator.plan().payload_type == 108);
  CHECK(negotiator.plan().receive_payload_type == 108);
}

TEST_CASE("IPv6 is described as such") {
  Negotiator negotiator(*Endpoint::Parse("[2001:db8::20]:16384"), 42);
  const auto answer = negotiator.Answer(
      "v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 5004 "
      "RTP/AVP 0\r\n");
  REQUIRE(answer.ok());
  CHECK(Line(*answer, "c=") == "c=IN IP6 2001:db8::20");
  CHECK(negotiator.plan().remote == *Endpoint::Parse("[2001:db8::1]:5004"));
}
