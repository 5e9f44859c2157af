#include "common/sip/redirection.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace um::sip {
namespace {

// "user:reason user:reason ...", newest first.
std::string Short(const std::vector<Diversion>& diversions) {
  constexpr const char* kNames[] = {"unknown", "busy", "no-answer", "unconditional", "other"};
  std::string out;
  for (const Diversion& diversion : diversions) {
    out += (out.empty() ? "" : " ") + diversion.uri.user + ":" +
           kNames[static_cast<int>(diversion.reason)];
  }
  return out;
}

TEST_CASE("Diversion is read in the shapes that PBXs send") {
  CHECK(Short(ParseDiversion({"<tel:10001>;reason=no-answer"})) == "10001:no-answer");
  CHECK(Short(ParseDiversion(
            {"\"Ann, desk\" <sip:1001@10.0.0.1:5060;user=phone>;reason=user-busy;privacy=off"})) ==
        "1001:busy");
  CHECK(Short(ParseDiversion({"sip:1001@pbx;reason=unconditional;counter=1"})) ==
        "1001:unconditional");
  CHECK(Short(ParseDiversion({"<sip:1001@pbx>"})) == "1001:unknown");
  CHECK(Short(ParseDiversion({"<sip:1001@pbx>;Reason=\"No-Answer\""})) == "1001:no-answer");
  CHECK(Short(ParseDiversion({"<sip:1001@pbx>;reason=no answer"})) == "1001:no-answer");
  CHECK(Short(ParseDiversion({"<sip:1001@pbx>;reason=time-of-day"})) == "1001:other");
  CHECK(Short(ParseDiversion({"<sip:1001@pbx>;reason=unknown"})) == "1001:unknown");
  CHECK(Short(ParseDiversion({"<sip:%2B15550101@pbx>;reason=deflection"})) == "+15550101:other");
  CHECK(ParseDiversion({"\"Ann, desk\" <sip:1@h>"}).at(0).display_name == "Ann, desk");
}

TEST_CASE("several Diversions stay in order, in one header and in several") {
  const std::string expected = "3:no-answer 2:busy 1:unconditional";
  const std::string a = "<sip:3@h>;reason=no-answer", b = "\"x, y\" <sip:2@h>;reason=user-busy",
                    c = "<tel:1>;reason=unconditional";
  CHECK(Short(ParseDiversion({a, b, c})) == expected);
  CHECK(Short(ParseDiversion({a + ", " + b + "," + c})) == expected);
  CHECK(Short(ParseDiversion({a + "," + b, c})) == expected);
  CHECK(Short(ParseDiversion({a, "<http://h>", "<sip:", b, "", c})) == expected);
  CHECK(ParseDiversion({}).empty());
  CHECK(ParseDiversion(std::vector<std::string>(100, a + "," + b)).size() == 32);
}

TEST_CASE("History-Info tells who was called before us, and why by an escaped Reason") {
  CHECK(Short(ParseHistoryInfo(
            {"<sip:1001@pbx?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%2C%20here%22>;index=1",
             "<sip:8000@um>;index=1.1"})) == "1001:busy");
  CHECK(Short(ParseHistoryInfo(
            {"<tel:1001?Reason=sip;cause=302>;index=1, <sip:8000@um>;index=1.1"})) ==
        "1001:unconditional");
}

TEST_CASE("History-Info reasons map to diversion reasons") {
  const auto reason = [](const std::string& escaped) {
    return Short(ParseHistoryInfo({"<sip:1@h?" + escaped + ">;index=1,<sip:8000@um>;index=1.1"}));
  };
  CHECK(reason("Reason=SIP%3Bcause%3D302") == "1:unconditional");
  CHECK(reason("reason=sip%3b%20cause%3d408") == "1:no-answer");
  CHECK(reason("Reason=SIP%3Bcause%3D480%3Btext%3D%22Temporarily%20Unavailable%22") ==
        "1:no-answer");
  CHECK(reason("Reason=SIP;cause=486;text=\"x\"") == "1:busy");
  CHECK(reason("Reason=SIP;cause=486;text=\"Busy Here\"") == "1:busy");
  CHECK(reason("Reason=SIP%3Btext%3D%22a%3Bcause%3D302%22%3Bcause%3D600") == "1:busy");
  CHECK(reason("Privacy=history&Reason=Q.850%3Bcause%3D17") == "1:busy");
  CHECK(reason("Reason=Q.850%3Bcause%3D19%2CSIP%3Bcause%3D302") == "1:no-answer");
  CHECK(reason("Reason=Preemption%3Bcause%3D1&Reason=SIP%3Bcause%3D302") == "1:unconditional");
  CHECK(reason("Reason=SIP%3Bcause%3D404") == "1:unknown");
  CHECK(reason("Reason=SIP%3Bcause%3D503") == "1:other");
  CHECK(reason("Reason=SIP%3Bcause%3Dx") == "1:unknown");
  CHECK(reason("Reason=SIP%3Bcause%3") == "1:unknown");
  CHECK(reason("Reason=") == "1:unknown");
  CHECK(reason("Privacy=none") == "1:unknown");
}

TEST_CASE("the cause parameter of the new target counts when there is no Reason") {
  CHECK(Short(ParseHistoryInfo({"<sip:1001@h>;index=1",
                                "<sip:8000@um;cause=408>;index=1.1;mp=1"})) == "1001:no-answer");
  CHECK(Short(ParseHistoryInfo({"<sip:1001@h;cause=486>;index=1", "<sip:8000@um>;index=1.1"})) ==
        "1001:busy");
  CHECK(Short(ParseHistoryInfo({"<sip:1001@h?Reason=SIP%3Bcause%3D302>;index=1",
                                "<sip:8000@um;cause=408>;index=1.1"})) == "1001:unconditional");
}

TEST_CASE("History-Info entries that only route are no diversions") {
  CHECK(Short(ParseHistoryInfo(
            {"<sip:1001@a.example>;index=1, <sip:1001@10.0.0.7:5062>;index=1.1;rc=1",
             "<sip:8000@um>;index=1.1.1"})) == "1001:unknown");
  CHECK(ParseHistoryInfo({"<sip:8000@a>;index=1,<sip:8000@b>;index=1.1"}).empty());
  CHECK(ParseHistoryInfo({"<sip:+1-555-0101@a>;index=1,<tel:+15550101>;index=1.1"}).empty());
  CHECK(ParseHistoryInfo({"<sip:1001@a>;index=1"}).empty());
  CHECK(ParseHistoryInfo({}).empty());
}

TEST_CASE("History-Info of several diversions is newest first, whatever the order of the lines") {
  const std::string one = "<sip:1@h?Reason=SIP%3Bcause%3D302>;index=1",
                    two = "\"B\" <sip:2@h?Reason=SIP%3Bcause%3D486>;index=1.1",
                    three = "<sip:3@h;cause=302>;index=1.2",
                    us = "<sip:8000@um;cause=408>;index=1.10";
  const std::string expected = "3:no-answer 2:busy 1:unconditional";
  CHECK(Short(ParseHistoryInfo({one, two, three, us})) == expected);
  CHECK(Short(ParseHistoryInfo({one + "," + two + ", " + three + "," + us})) == expected);
  CHECK(Short(ParseHistoryInfo({us, three, one, two})) == expected);
  // Without indexes the order of appearance is all there is.
  CHECK(Short(ParseHistoryInfo({"<sip:1@h>", "<sip:2@h>;index=", "<sip:8000@um>;index=1"})) ==
        "2:unknown 1:unknown");
  CHECK(ParseHistoryInfo({one, two, three, us}).at(1).display_name == "B");
}

TEST_CASE("History-Info of RFC 7044 says by mp who was left, and by rc where a user is") {
  const std::string forked =
      "<sip:ann@h>;index=1, <sip:ann@192.0.2.4?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1,"
      "<sip:bela@h>;index=1.2;mp=1, <sip:x7@192.0.2.5?Reason=SIP%3Bcause%3D486>;index=1.2.1;rc=1.2,"
      "<sip:vm@um%s>;index=1.3;mp=1";
  const auto with = [&](const std::string& parameters) {
    std::string text = forked;
    return text.replace(text.find("%s"), 2, parameters);
  };
  CHECK(Short(ParseHistoryInfo({with(";cause=408")})) == "ann:no-answer ann:unconditional");
  // Without a cause the branch that failed last says why.
  CHECK(Short(ParseHistoryInfo({with("")})) == "ann:busy ann:unconditional");
  CHECK(Short(ParseHistoryInfo({"<sip:1@h>;index=1,<sip:vm@um>;index=1.1;mp=7"})) == "1:unknown");
  CHECK(ParseHistoryInfo({"<sip:1@h>;index=1,<sip:vm@um>;index=1.1;np=1"}).empty());
}

TEST_CASE("a last entry that was left, and is not who is called now, is a diverted party") {
  const Uri pilot = *Uri::Parse("sip:8000@um");
  CHECK(Short(ParseHistoryInfo({"<sip:1001@h?Reason=SIP%3Bcause%3D486>;index=1"}, pilot)) ==
        "1001:busy");
  CHECK(ParseHistoryInfo({"<sip:1001@h>;index=1"}, pilot).empty());
  CHECK(ParseHistoryInfo({"<sip:8000@h?Reason=SIP%3Bcause%3D486>;index=1"}, pilot).empty());
}

TEST_CASE("Avaya's own reason says more than the 302 beside it") {
  const auto reason = [](const std::string& own) {
    return Short(ParseHistoryInfo({"<sip:1@h?Reason=SIP%3Bcause%3D302&Reason=Redirection%3B" + own +
                                   ">;index=1,<sip:8000@um>;index=1.1"}));
  };
  CHECK(reason("cause%3DNORMAL%3Bavaya-cm-reason%3D%22cover-dont-answer%22") == "1:no-answer");
  CHECK(reason("cause%3DNORMAL%3Bavaya-cm-reason%3D%22cover-busy%22") == "1:busy");
  CHECK(reason("cause%3DCFNR") == "1:no-answer");
  CHECK(reason("cause%3DCFB") == "1:busy");
  CHECK(reason("cause%3DCFI") == "1:unconditional");
  CHECK(reason("cause%3DNORMAL") == "1:unconditional");
}

TEST_CASE("a voicemail URI names the mailbox and why") {
  const auto target = [](const char* uri) { return ParseVoicemailTarget(*Uri::Parse(uri)); };
  const auto ann = target("sip:vm@um;target=sip:ann%40example.com%3Buser=phone;cause=408");
  REQUIRE(ann);
  CHECK(ann->uri.user == "ann");
  CHECK(ann->uri.host == "example.com");
  CHECK(ann->reason == DiversionReason::kNoAnswer);
  CHECK(target("sip:vm@um;target=tel:+12025550110")->uri.user == "+12025550110");
  CHECK_FALSE(target("sip:vm@um"));
  CHECK_FALSE(target("sip:vm@um;target="));
  CHECK_FALSE(target("sip:vm@um;target=http:x"));
  CHECK_FALSE(target("sip:vm@um;target=sip:example.com"));
}

}  // namespace
}  // namespace um::sip
