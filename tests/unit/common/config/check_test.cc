#include "common/config/rules.h"
#include "tests/support/catch.h"
#include "um/organisation/v1/organisation.pb.h"

using namespace um::config;
namespace o = um::organisation::v1;

namespace {

/// Digits only; every other form will do.
std::optional<std::string> Form(v1::Form form, std::string_view text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (form != v1::FORM_DIGITS || digits) return std::nullopt;
  return "must be digits";
}

template <class Message>
std::string Problems(const std::string& yaml) {
  Message message;
  REQUIRE(Describe("", FromYaml(yaml, message)).empty());
  return Describe("", Check(message, Form));
}

const std::string kPlan = "name: Main\nnumber_of_digits_in_extension: 4\n";

}  // namespace

TEST_CASE("a complete object has no problems") {
  CHECK(Problems<o::DialPlan>(kPlan).empty());
  o::DialPlan plan;
  REQUIRE(FromYaml(kPlan, plan).empty());
  FillDefaults(plan);
  CHECK(Describe("", Check(plan, Form)).empty());
}

TEST_CASE("every problem is told at once, as an administrator would say it") {
  o::Organisation organisation;
  REQUIRE(FromYaml(R"(id: x
dial_plans:
  - name: Main
    max_call_duration_minutes: 200
    operator_extension: "12a"
    in_country_or_region_rules: [{group: local, dialed_number: "9"}]
  - number_of_digits_in_extension: 21
    pilot_identifiers: ["+1", "+2", "+1"]
)",
                   organisation)
              .empty());
  CHECK(Describe("", Check(organisation, Form)) ==
        ": dial_plans[0].number_of_digits_in_extension: is required\n"
        ": dial_plans[0].max_call_duration_minutes: must be from 10 to 120\n"
        ": dial_plans[0].operator_extension: must be digits\n"
        ": dial_plans[0].in_country_or_region_rules[0].number_mask: is required\n"
        ": dial_plans[1].name: is required\n"
        ": dial_plans[1].number_of_digits_in_extension: must be from 1 to 20\n"
        ": dial_plans[1].pilot_identifiers[2]: is given twice\n");
}

TEST_CASE("limits know their range and unlimited") {
  const std::string policy = "name: Default\ndial_plan: Main\n";
  CHECK(Problems<o::MailboxPolicy>(policy + "max_logon_attempts: unlimited\n").empty());
  CHECK(Problems<o::MailboxPolicy>(policy + "max_logon_attempts: 999\n").empty());
  CHECK(Problems<o::MailboxPolicy>(policy + "max_logon_attempts: 1000\n") ==
        ": max_logon_attempts: must be from 1 to 999 or \"unlimited\"\n");
  o::MailboxPolicy broken;
  REQUIRE(FromYaml(policy, broken).empty());
  broken.mutable_pin_lifetime_days();
  CHECK(Describe("", Check(broken, Form)) ==
        ": pin_lifetime_days: must be \"unlimited\" or a whole number from 1 to 999\n");
}

TEST_CASE("texts are measured in characters, bytes in bytes") {
  o::DialingRule rule;
  rule.set_number_mask("9");
  rule.set_dialed_number("9");
  std::string name;
  for (int i = 0; i < 32; ++i) name += "ä";
  rule.set_group(name);
  CHECK(Check(rule, Form).empty());
  rule.set_group(name + "ä");
  CHECK(Describe("", Check(rule, Form)) == ": group: must be at most 32 characters long\n");
  rule.set_group(std::string(1 << 20, 'a'));
  CHECK(Describe("", Check(rule, Form)) == ": group: must be at most 32 characters long\n");
  rule.set_group("a\x01");
  CHECK(Describe("", Check(rule, Form)).find("control characters") != std::string::npos);
  o::Prompt prompt;
  prompt.set_file_name("a.wav");
  prompt.set_dial_plan("Main");
  prompt.set_audio(std::string(10000001, '\xff'));
  CHECK(Describe("", Check(prompt, Form)) == ": audio: must be at most 10000000 bytes long\n");
}

TEST_CASE("names that people see or hear are on one line and read as what they are") {
  // Line feed, tab, escape, DEL, C1, line separator, direction marks, overrides and isolates,
  // zero width space, soft hyphen, byte order mark, a tag.
  for (const char* bad : {"\n", "\t", "\x1B", "\x7F", "\u0085", "\u2028", "\u200E", "\u202E",
                          "\u2066", "\u061C", "\u200B", "\u00AD", "\uFEFF", "\U000E0041"}) {
    const std::string text = std::string("a") + bad + "b";
    const std::string problem =
        "must be valid UTF-8 text on one line, without control characters or invisible ones\n";
    CAPTURE(text);
    o::Mailbox mailbox;
    mailbox.set_id("ann");
    mailbox.set_email("ann@example.com");
    mailbox.set_policy("Staff");
    mailbox.set_display_name(text);
    auto& rule = *mailbox.add_call_answering_rules();
    rule.set_name(text);
    CHECK(Describe("", Check(mailbox, Form)) ==
          ": display_name: " + problem + ": call_answering_rules[0].name: " + problem);
    o::AutoAttendant attendant;
    attendant.set_name(text);
    attendant.set_dial_plan("Main");
    attendant.set_business_name(text);
    CHECK(Describe("", Check(attendant, Form)) ==
          ": name: " + problem + ": business_name: " + problem);
    // A text for people has lines.
    o::MailboxPolicy policy;
    policy.set_name("Staff");
    policy.set_dial_plan("Main");
    policy.set_um_enabled_text(text);
    const bool good = *bad == '\n' || *bad == '\t';
    CHECK(Check(policy, Form).empty() == good);
  }
  o::Mailbox mailbox;
  // Joiners are part of words, and marks of letters.
  for (const char* good : {"\u0646\u200C\u0627", "Zoe\u0308", "\u6771\u4EAC \u2013 R\u00E9"}) {
    mailbox.set_id("ann");
    mailbox.set_email("ann@example.com");
    mailbox.set_policy("Staff");
    mailbox.set_display_name(good);
    CHECK(Check(mailbox, Form).empty());
  }
}

TEST_CASE("what comes over the wire and not from YAML is checked too") {
  o::DialPlan plan;
  REQUIRE(FromYaml(kPlan, plan).empty());
  plan.set_uri_type(static_cast<o::UriType>(77));
  plan.add_equivalent_dial_plans("");
  plan.add_access_telephone_numbers("+49\n30");
  CHECK(Describe("", Check(plan, Form)) ==
        ": uri_type: must be one of: telephone_extension, e164, sip_name\n"
        ": access_telephone_numbers[0]: must be valid UTF-8 text on one line, "
        "without control characters or invisible ones\n"
        ": equivalent_dial_plans[0]: must not be empty\n");
}

TEST_CASE("one of several must be chosen, and choosing is saying true") {
  CHECK(Problems<o::RuleKey>("key: 1\n") ==
        ": needs one of: find_me, transfer_to_number, transfer_to_contact, leave_message\n");
  CHECK(Problems<o::RuleKey>("key: 1\nleave_message: false\n") ==
        ": leave_message: must be true, or left out\n");
  CHECK(Problems<o::RuleKey>("key: 1\nleave_message: true\n").empty());
}

TEST_CASE("lists that are too long are one problem") {
  o::DialPlan plan;
  REQUIRE(FromYaml(kPlan, plan).empty());
  for (int i = 0; i < 60; ++i) plan.add_pilot_identifiers("x");
  CHECK(Describe("", Check(plan, Form)) ==
        ": pilot_identifiers: has 60 entries, at most 50 may be\n");
}
