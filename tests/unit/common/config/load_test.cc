#include "common/config/load.h"

#include <random>

#include "common/config/rules.h"
#include "tests/support/catch.h"
#include "um/config/v1/proxy.pb.h"
#include "um/organisation/v1/organisation.pb.h"

using namespace um::config;

namespace {
std::string Problems(const std::string& yaml) {
  um::organisation::v1::Organisation message;
  return Describe("o.yaml", FromYaml(yaml, message));
}

/// Of one mailbox policy.
std::string PolicyProblems(const std::string& yaml, um::organisation::v1::MailboxPolicy& policy) {
  return Describe("p.yaml", FromYaml(yaml, policy));
}
std::string PolicyProblems(const std::string& yaml) {
  um::organisation::v1::MailboxPolicy policy;
  return PolicyProblems(yaml, policy);
}
}  // namespace

TEST_CASE("a YAML document becomes the message, enums by their short names") {
  um::organisation::v1::Organisation o;
  const auto problems = FromYaml(R"(
id: example
ip_gateways:
  - name: pbx
    networks: [192.0.2.10, "2001:db8::/64"]
    outcalls_allowed: false
    ticket: required
dial_plans:
  - name: Main
    number_of_digits_in_extension: 4
mailboxes:
)",
                                 o);
  CHECK(Describe("", problems).empty());
  CHECK(o.ip_gateways(0).networks(1) == "2001:db8::/64");
  CHECK(o.ip_gateways(0).has_outcalls_allowed());
  CHECK(o.ip_gateways(0).ticket() == um::organisation::v1::TICKET_RULE_REQUIRED);
  CHECK(o.dial_plans(0).number_of_digits_in_extension() == 4);
  v1::Proxy proxy;
  CHECK(FromYaml("unknown_peer_udp: forbid", proxy).empty());
  CHECK(proxy.unknown_peer_udp() == v1::UNKNOWN_PEER_FORBID);
}

TEST_CASE("everything that is wrong is reported at once, with path and line") {
  CHECK(Problems(R"(id: [a, b]
ip_gateway: x
ip_gateways:
  - name: pbx
    networks: 192.0.2.10
    outcalls_allowed: maybe
    ticket: always
dial_plans:
  - min_speech_ms: -4
  - min_speech_ms: 4294967296
  - just text
id: twice
)") == "o.yaml:1: id: must be text, is a list\n"
       "o.yaml:2: ip_gateway: is not known here; did you mean ip_gateways?\n"
       "o.yaml:5: ip_gateways[0].networks: must be a list, is a value\n"
       "o.yaml:6: ip_gateways[0].outcalls_allowed: must be true or false\n"
       "o.yaml:7: ip_gateways[0].ticket: must be one of: preferred, required\n"
       "o.yaml:9: dial_plans[0].min_speech_ms: must be a whole number of at most 10000\n"
       "o.yaml:10: dial_plans[1].min_speech_ms: must be a whole number of at most 10000\n"
       "o.yaml:11: dial_plans[2]: must be a map, is a value\n"
       "o.yaml:12: id: is given twice\n");
}

TEST_CASE("hostile documents are refused in a sentence") {
  CHECK(Problems("id: \"a\\nb\"").find("control characters") != std::string::npos);
  CHECK(Problems("id: \"\xff\xfe\"").find("valid UTF-8") != std::string::npos);
  CHECK(Problems("a: &x [1]\nb: *x\n").find("aliases") != std::string::npos);
  CHECK(Problems(std::string(100000, '[')).find("nested too deep") != std::string::npos);
  CHECK(Problems("id: x\n" + std::string(2 << 20, '#')) == "o.yaml: is longer than 1 MB\n");
  CHECK(Problems("[1, 2]").find("must be a map") != std::string::npos);
  CHECK(Problems("id: {").find("not valid YAML") != std::string::npos);
  CHECK(Problems("? [a]\n: b\n").find("plain name") != std::string::npos);
  CHECK(Problems("").empty());
  CHECK(Problems("# nothing\n---\n").empty());
  CHECK(Problems("id: a\n---\nid: b\n").find("a second document") != std::string::npos);
  CHECK(Problems("id: !!python/object:os.system x\n").find("tags (tag:yaml.org,2002:python") !=
        std::string::npos);
  CHECK(Problems("id: x\n\x04more: y\n") == "o.yaml:2: holds control characters\n");
  CHECK(Problems("id: x\n# \xff\n") == "o.yaml:2: is not valid UTF-8\n");
  CHECK(Problems(std::string("i\0d\0:\0", 6)) == "o.yaml:1: holds control characters\n");
}

TEST_CASE("long names from a hostile document are cut, and its problems counted") {
  const std::string long_name(1 << 19, 'k');
  CHECK(Problems(long_name + ": x\n").size() < 400);
  CHECK(Problems("id: {" + long_name + ": x}\n").size() < 400);
  CHECK(Problems("? " + long_name + "\n: x\n").size() < 400);
  std::string many;
  for (int i = 0; i < 100000; ++i) many += "a" + std::to_string(i) + ": 1\n";
  um::organisation::v1::Organisation message;
  const auto problems = FromYaml(many, message, {.max_bytes = 2 << 20});
  REQUIRE(problems.size() == 1001);
  CHECK(problems.back().text == "there are more problems; these are the first");
}

TEST_CASE("a name as Exchange Server has it, a slip, and what is left out are told apart") {
  CHECK(PolicyProblems("PINLifetime: 60\n") ==
        "p.yaml:1: PINLifetime: is not known here; did you mean pin_lifetime_days?\n");
  CHECK(PolicyProblems("min_pin_lenght: 60\n") ==
        "p.yaml:1: min_pin_lenght: is not known here; did you mean min_pin_length?\n");
  CHECK(PolicyProblems("AllowVoiceMailAnalysis: true\n") ==
        "p.yaml:1: AllowVoiceMailAnalysis: does not exist here: donates recordings to a vendor\n");
}

TEST_CASE("a limit is written as unlimited or a number") {
  um::organisation::v1::MailboxPolicy policy;
  CHECK(PolicyProblems("pin_lifetime_days: unlimited\nmax_logon_attempts: 7\n"
                       "logon_failures_before_pin_reset: 0\nmax_messages:\n",
                       policy)
            .empty());
  CHECK(policy.pin_lifetime_days().unlimited());
  CHECK(policy.max_logon_attempts().value() == 7);
  CHECK(policy.logon_failures_before_pin_reset().unlimited());
  CHECK_FALSE(policy.has_max_messages());
  CHECK(PolicyProblems("pin_lifetime_days: never\nmax_logon_attempts: {value: 7}\n") ==
        "p.yaml:1: pin_lifetime_days: must be \"unlimited\" or a whole number from 1 to 999\n"
        "p.yaml:2: max_logon_attempts: must be \"unlimited\" or a whole number from 1 to 999, "
        "is a map\n");
}

TEST_CASE("texts keep their digits, line feeds are for people's texts only") {
  um::organisation::v1::Mailbox mailbox;
  CHECK(FromYaml("extension: 0123\nid: 1e3\nemail: null\npilot_number: 0x1F\n"
                 "calling_line_ids: [010, yes, 1_0, ~]\n",
                 mailbox)
            .size() == 1);
  CHECK(mailbox.extension() == "0123");
  CHECK(mailbox.id() == "1e3");
  CHECK(mailbox.email().empty());
  CHECK(mailbox.pilot_number() == "0x1F");
  REQUIRE(mailbox.calling_line_ids_size() == 3);
  CHECK(mailbox.calling_line_ids(1) == "yes");
  um::organisation::v1::MailboxPolicy policy;
  CHECK(PolicyProblems("um_enabled_text: |\n  Welcome.\n    Dial 9.\n", policy).empty());
  CHECK(policy.um_enabled_text() == "Welcome.\n  Dial 9.\n");
  CHECK(PolicyProblems("um_enabled_text: \"a\\rb\"\n").find("control") != std::string::npos);
  CHECK(PolicyProblems("name: |\n  a\n  b\n").find("control") != std::string::npos);
}

TEST_CASE("of a oneof only one is taken, and both are named") {
  um::organisation::v1::RuleKey key;
  CHECK(Describe("k.yaml", FromYaml("leave_message: true\nfind_me: {number: 1}\n", key)) ==
        "k.yaml:2: find_me: cannot stand beside leave_message: only one of them\n");
  CHECK(FromYaml("leave_message:\nfind_me: {number: 1}\n", key).empty());
}

TEST_CASE("bytes are base64, in one line or in many") {
  um::organisation::v1::Prompt prompt;
  CHECK(FromYaml("audio: |\n  aGVs\n  bG8=\n", prompt).empty());
  CHECK(prompt.audio() == "hello");
  CHECK(Describe("p", FromYaml("audio: \"%%%\"\n", prompt)) == "p:1: audio: must be base64\n");
}

TEST_CASE("a file that is not there is an error that names it") {
  v1::Proxy proxy;
  CHECK(std::string(LoadFile("/nonexistent/x.yaml", proxy).message()) ==
        "/nonexistent/x.yaml: cannot be read");
}

TEST_CASE("documents that were cut, spliced and littered end in problems, never in a crash") {
  const std::string good = R"(id: example
dial_plans:
  - {name: Main, number_of_digits_in_extension: 4, pilot_identifiers: ["+1", '+2']}
  - name: Other
    in_country_or_region_rules: [{group: a, number_mask: "9*", dialed_number: "9*"}]
mailbox_policies:
  - name: P
    um_enabled_text: |
      Some text,

      more of it
    reset_pin_text: >-
      folded
      text
)";
  const std::string litter = "[]{}:,-?&*!|>'\"%@`#~\n\t \\<0a\x01\x80\xff";
  std::mt19937 random(7);
  const auto below = [&](size_t n) { return random() % n; };
  for (int i = 0; i < 3000; ++i) {
    std::string yaml = good;
    for (size_t n = 1 + below(6); n > 0; --n) {
      const size_t at = below(yaml.size());
      switch (below(4)) {
        case 0:
          yaml.erase(at, 1 + below(20));
          break;
        case 1:
          yaml.insert(at, yaml.substr(below(yaml.size()), below(40)));
          break;
        default:
          yaml.insert(at, 1 + below(3), litter[below(litter.size())]);
      }
      if (yaml.empty()) yaml = "a";
    }
    um::organisation::v1::Organisation organisation;
    const auto problems = FromYaml(yaml, organisation);
    // What was read without problems is plain text throughout, and can be written.
    if (problems.empty()) CHECK(FromYaml(ToYaml(organisation), organisation).empty());
  }
}
