#include "common/sip/message.h"

#include <string>
#include <thread>
#include <vector>

#include "common/sip/invite_facts.h"
#include "tests/support/catch.h"
#include "tests/unit/common/sip/requests.h"

namespace um::sip {
namespace {

using Values = std::vector<std::string>;

Message MustParse(std::string_view bytes) {
  auto message = Message::Parse(bytes);
  REQUIRE(message.ok());
  return *std::move(message);
}

TEST_CASE("a request is read") {
  const Message invite = MustParse(Invite("Max-Forwards: 12\r\n", "v=0\r\n"));
  CHECK(invite.is_request());
  CHECK_FALSE(invite.defect());
  CHECK(invite.method() == "INVITE");
  CHECK(invite.request_uri() == "sip:8000@um.example");
  CHECK(invite.status() == 0);
  CHECK(invite.top_via().protocol == "TCP");
  CHECK(invite.top_via().host == "pbx.example");
  CHECK(invite.top_via().port == 5060);
  CHECK(invite.top_via().branch == "z9hG4bK7a");
  CHECK_FALSE(invite.top_via().rport);
  CHECK(invite.via_count() == 1);
  CHECK(invite.from().display_name == "Ann Bee");
  CHECK(invite.from().uri.user == "+15550101");
  CHECK(invite.from_tag() == "f1");
  CHECK(invite.to().uri.user == "8000");
  CHECK(invite.to_tag().empty());
  CHECK(invite.call_id() == "1c9e@pbx.example");
  CHECK(invite.cseq().number == 7);
  CHECK(invite.cseq().method == "INVITE");
  CHECK(invite.max_forwards() == 12);
  CHECK(invite.body() == "v=0\r\n");
  CHECK(MustParse(Invite()).max_forwards() == 70);
}

TEST_CASE("a response is read") {
  const Message response =
      MustParse(Invite("Contact: <sip:a@h>\r\n", {}, "SIP/2.0 302 Moved  Temporarily"));
  CHECK_FALSE(response.is_request());
  CHECK_FALSE(response.defect());
  CHECK(response.status() == 302);
  CHECK(response.phrase() == "Moved  Temporarily");
  CHECK(response.method().empty());
  CHECK(response.request_uri().empty());
  CHECK(response.cseq().method == "INVITE");
  CHECK(MustParse(Invite({}, {}, "SIP/2.0 180 ")).phrase().empty());
}

TEST_CASE("the request URI is kept as written") {
  const auto uri = [](const std::string& text) {
    return MustParse(Invite({}, {}, "INVITE " + text + " SIP/2.0")).request_uri();
  };
  CHECK(uri("sip:%38000@Um.Example;um-ticket=Ab%2D_9") ==
        "sip:%38000@Um.Example;um-ticket=Ab%2D_9");
  CHECK(uri("tel:+1-555-0101") == "tel:+1-555-0101");
  CHECK(uri("  sip:a@b  ") == "sip:a@b");
}

TEST_CASE("compact names, folded lines and odd spacing are all the same") {
  const Message invite = MustParse(
      "INVITE sip:8000@um.example SIP/2.0\r\n"
      "v:SIP/2.0/UDP  a:5070 ;branch=z9hG4bKx;rport\r\n"
      "f\t: \"Ann \\\"B\\\"\"\r\n\t<sip:a@h>\r\n ;tag=1\r\n"
      "t: sip:8000@um.example;tag=2\r\n"
      "i : c1\r\n"
      "CSEQ: 0009\r\n  INVITE\r\n"
      "k: timer,\r\n 100rel\r\n"
      "m: <sip:a@h>\r\n"
      "c:application/sdp\r\n"
      "x: 90\r\n"
      "L: 3\r\n\r\nabc");
  CHECK_FALSE(invite.defect());
  CHECK(invite.top_via().protocol == "UDP");
  CHECK(invite.top_via().port == 5070);
  CHECK(invite.top_via().rport);
  CHECK(invite.from().display_name == "Ann \"B\"");
  CHECK(invite.from_tag() == "1");
  CHECK(invite.to_tag() == "2");
  CHECK(invite.to().uri.host == "um.example");
  CHECK(invite.call_id() == "c1");
  CHECK(invite.cseq().number == 9);
  CHECK(invite.Headers("supported") == Values{"timer", "100rel"});
  CHECK(invite.Header("Contact") == "<sip:a@h>");
  CHECK(invite.Header("Content-Type") == "application/sdp");
  CHECK(invite.Header("SESSION-EXPIRES") == "90");
  CHECK(invite.body() == "abc");
}

TEST_CASE("the top Via is read from any mix of lines and commas, with rport wherever it stands") {
  const auto via = [](const std::string& lines) {
    return MustParse("BYE sip:a@b SIP/2.0\r\n" + lines + std::string(kFrom) + std::string(kTo) +
                     std::string(kCallId) + "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n");
  };
  CHECK(via("Via: SIP/2.0/UDP a;branch=z9hG4bK1;rport, SIP/2.0/TCP b;branch=z9hG4bK2\r\n")
            .top_via()
            .rport);
  CHECK(via("Via: SIP/2.0/UDP a;rport;branch=z9hG4bK1\r\nVia: SIP/2.0/TCP b\r\n").top_via().rport);
  CHECK(via("Via: SIP/2.0/UDP a;rport\r\n").top_via().rport);
  CHECK(via("Via: SIP/2.0/UDP a;rport=9\r\n").top_via().rport);
  CHECK_FALSE(via("Via: SIP/2.0/UDP a, SIP/2.0/UDP b;rport\r\n").top_via().rport);
  const Message mixed = via(
      "Via: SIP/2.0/TLS [2001:db8::9]:5061;branch=z9hG4bK1,SIP/2.0/UDP b\r\nv: SIP/2.0/TCP c\r\n");
  CHECK(mixed.via_count() == 3);
  CHECK(mixed.top_via().host == "[2001:db8::9]");
  CHECK(mixed.top_via().branch == "z9hG4bK1");
  CHECK(mixed.Headers("Via").size() == 3);
  CHECK(mixed.Headers("Via")[2] == "SIP/2.0/TCP c");
  CHECK(via("Via: SIP / 2.0 / UDP first.example : 4000 ;ttl=16\r\n").top_via().port == 4000);
  CHECK(via("Via: SIP/2.0/UDP[::1]\r\n").defect());
}

TEST_CASE("list headers give one value per entry, however they are spread over lines") {
  const Message invite = MustParse(
      Invite("Diversion: \"a, b\" <sip:1@h>;reason=no-answer,\r\n <tel:2>\r\n"
             "diversion: <sip:3@h>\r\n"
             "History-Info: <sip:1@h?Reason=SIP%3Bcause%3D302>;index=1,<sip:8000@um>;index=1.1\r\n"
             "P-Asserted-Identity: \"A\" <sip:a@h>, <tel:+1>\r\n"
             "Supported: timer, path\r\nSupported:\r\nk: 100rel\r\n"
             "Require: a,b\r\n"
             "Contact: <sip:x@h;transport=tcp>;expires=1, sip:y@h\r\n"
             "Route: <sip:p1;lr>,<sip:p2;lr>\r\n"
             "Record-Route: <sip:r1;lr>\r\nRecord-Route: <sip:r2;lr>\r\n"
             "Subject: one, two\r\n"
             "X-Whatever: one, two\r\nx-whatever: three\r\n"));
  CHECK_FALSE(invite.defect());
  CHECK(invite.Headers("Diversion") ==
        Values{"\"a, b\" <sip:1@h>;reason=no-answer", "<tel:2>", "<sip:3@h>"});
  CHECK(invite.Headers("HISTORY-INFO") ==
        Values{"<sip:1@h?Reason=SIP%3Bcause%3D302>;index=1", "<sip:8000@um>;index=1.1"});
  CHECK(invite.Headers("P-Asserted-Identity") == Values{"\"A\" <sip:a@h>", "<tel:+1>"});
  CHECK(invite.Headers("Supported") == Values{"timer", "path", "100rel"});
  CHECK(invite.Headers("Require") == Values{"a", "b"});
  CHECK(invite.Headers("Contact").size() == 2);
  CHECK(invite.Headers("Route") == Values{"<sip:p1;lr>", "<sip:p2;lr>"});
  CHECK(invite.Headers("Record-Route") == Values{"<sip:r1;lr>", "<sip:r2;lr>"});
  CHECK(invite.Headers("Subject") == Values{"one, two"});
  CHECK(invite.Headers("X-Whatever") == Values{"one, two", "three"});
  CHECK(invite.Headers("From") == Values{"\"Ann Bee\" <sip:+15550101@pbx.example>;tag=f1"});
  CHECK(invite.Headers("Absent").empty());
  CHECK(invite.Header("Absent").empty());
  CHECK(invite.Headers("").empty());
  CHECK(invite.HasOption("Supported", "100REL"));
  CHECK(invite.HasOption("require", "b"));
  CHECK_FALSE(invite.HasOption("Supported", "b"));
  CHECK_FALSE(invite.HasOption("Proxy-Require", "b"));
}

TEST_CASE("no value has a line end, wherever it was folded") {
  const Message invite =
      MustParse(Invite("Subject: one \r\n \t two\r\n  three\r\n"
                       "Diversion: \"a\r\n b\" <sip:1@h>\r\n\t;reason=no-answer,\r\n <tel:2>\r\n"
                       "Contact: \"c\r\n d\" <sip:x@h>\r\n"));
  CHECK(invite.Headers("Subject") == Values{"one two three"});
  CHECK(invite.Headers("Diversion") == Values{"\"a b\" <sip:1@h> ;reason=no-answer", "<tel:2>"});
  CHECK(invite.Header("Contact").find_first_of("\r\n") == std::string::npos);
}

TEST_CASE("a value longer than any small buffer comes whole") {
  const std::string user(1500, 'u');
  const Message invite =
      MustParse(Invite("Contact: <sip:" + user + "@h>\r\nSubject: " + user + "\r\n"));
  CHECK(invite.Header("Contact") == "<sip:" + user + "@h>");
  CHECK(invite.Header("Subject") == user);
}

TEST_CASE("a body may hold anything") {
  const std::string body("a\0b\r\n\r\nc\n", 9);
  CHECK(MustParse(Invite({}, body)).body() == body);
  CHECK(MustParse(Invite()).body().empty());
}

TEST_CASE("messages are parsed on several threads at once") {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&good, i] {
      for (int k = 0; k < 200; ++k) {
        const std::string subject = std::to_string(i * 1000 + k);
        const auto message = Message::Parse(Invite("Subject: " + subject + "\r\nX: y\r\n"));
        if (message.ok() && message->Header("Subject") == subject) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 800);
}

TEST_CASE("the facts of an INVITE are those its headers tell") {
  const Message invite =
      MustParse(Invite("Diversion: <sip:1001@h>;reason=no-answer\r\n"
                       "History-Info: <sip:9@h>;index=1,<sip:8000@um>;index=1.1\r\n"
                       "P-Asserted-Identity: \"A\" <sip:a@h>, <tel:+1>, <http://no>\r\n",
                       {}, "INVITE sip:8000@um.example;um-ticket=a-b_9 SIP/2.0"));
  const auto facts = FactsOf(invite);
  REQUIRE(facts.ok());
  CHECK(facts->call_id == "1c9e@pbx.example");
  CHECK(facts->from_tag == "f1");
  CHECK(facts->cseq == 7);
  CHECK(facts->branch == "z9hG4bK7a");
  CHECK(facts->request_uri.user == "8000");
  CHECK(facts->to.uri.user == "8000");
  CHECK(facts->from.uri.user == "+15550101");
  REQUIRE(facts->asserted_identities.size() == 2);
  CHECK(facts->asserted_identities[1].uri.user == "+1");
  REQUIRE(facts->diversions.size() == 1);
  CHECK(facts->diversions[0].uri.user == "1001");
  CHECK(facts->diversions[0].reason == DiversionReason::kNoAnswer);
  CHECK(facts->ticket == "a-b_9");
}

TEST_CASE("History-Info speaks where Diversion is absent or useless") {
  const std::string history =
      "History-Info: <sip:1002@h?Reason=SIP%3Bcause%3D486>;index=1,<sip:8000@um>;index=1.1\r\n";
  for (const std::string& diversion : {std::string(), std::string("Diversion: garbage\r\n")}) {
    const auto facts = FactsOf(MustParse(Invite(diversion + history)));
    REQUIRE(facts.ok());
    REQUIRE(facts->diversions.size() == 1);
    CHECK(facts->diversions[0].uri.user == "1002");
    CHECK(facts->ticket.empty());
  }
}

TEST_CASE("there are no facts of a request for what is no telephone address") {
  const Message invite = MustParse(Invite({}, {}, "INVITE http://um.example SIP/2.0"));
  CHECK(FactsOf(invite).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("privacy of identity, user or header withholds who calls, other privacy does not") {
  const auto withheld = [](std::string_view value) {
    const auto facts = FactsOf(MustParse(Invite("Privacy: " + std::string(value) + "\r\n")));
    REQUIRE(facts.ok());
    return facts->withheld;
  };
  for (const char* value :
       {"id", "ID", "user", "header", "id;critical", "session; id", "none, id"}) {
    INFO(value);
    CHECK(withheld(value));
  }
  for (const char* value : {"none", "history", "session;critical", "identity"}) {
    INFO(value);
    CHECK_FALSE(withheld(value));
  }
  CHECK_FALSE(FactsOf(MustParse(Invite()))->withheld);
}

}  // namespace
}  // namespace um::sip
