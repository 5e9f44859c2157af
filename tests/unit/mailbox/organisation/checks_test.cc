#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {
namespace {

/// The first problem of an object that is added to the example; "": none.
std::string FirstProblem(const std::string& object) {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Do(model, "operations: [{create: {" + object + "}}]");
  if (outcome.problems.empty()) return "";
  const std::string path = outcome.problems[0].path;
  return path.substr(std::string("operations[0].create.").size()) + ": " + outcome.problems[0].text;
}

std::string Warning(const std::string& object) {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Do(model, "operations: [{create: {" + object + "}}]");
  const auto problems = Lines(outcome.problems);
  CAPTURE(problems);
  REQUIRE(outcome.problems.empty());
  return outcome.warnings.empty() ? "" : outcome.warnings[0].text;
}

}  // namespace

TEST_CASE("rules of a dial plan") {
  const auto plan = [](const std::string& more) {
    return FirstProblem("dial_plan: {name: P, number_of_digits_in_extension: 4, " + more + "}");
  };
  CHECK(
      plan("max_call_duration_minutes: 20") ==
      "dial_plan.max_recording_duration_minutes: must be less than max_call_duration_minutes (20)");
  CHECK(plan("extension: \"12345\"").starts_with("dial_plan.extension: "));
  CHECK(plan("contact_scope: extension") ==
        "dial_plan.extension: is needed for contact_scope extension");
  CHECK(plan("dial_by_name_primary: none") == "dial_plan.dial_by_name_primary: cannot be none");
  CHECK(plan("allowed_international_groups: [far]") ==
        "dial_plan.allowed_international_groups[0]: the dial plan has no dialing rule of group "
        "\"far\"");
  CHECK(plan("international_rules: [{group: far, number_mask: \"00x\", dialed_number: \"00xx\"}]")
            .starts_with("dial_plan.international_rules[0].dialed_number: "));
  CHECK(plan("welcome_greeting_enabled: true") ==
        "dial_plan.welcome_greeting_filename: is needed for what is switched on");
  CHECK(plan("welcome_greeting_filename: hello.wav") ==
        "dial_plan.welcome_greeting_filename: there is no custom prompt dial_plan/P/hello.wav");
  CHECK(plan("country_or_region_code: \"0\"").starts_with("dial_plan.country_or_region_code: "));
  CHECK(plan("equivalent_dial_plans: [p]") ==
        "dial_plan.equivalent_dial_plans[0]: is this dial plan itself");
  CHECK(plan("equivalent_dial_plans: [main]").empty());
  CHECK(Warning("dial_plan: {name: P, number_of_digits_in_extension: 4, access_telephone_numbers: "
                "[\"+1 (425) 555-0100 100\"]}") ==
        "some telephones show no more than 20 characters");
}

TEST_CASE("rules of gateways and hunt groups") {
  const auto gateway = [](const std::string& more) {
    return FirstProblem("ip_gateway: {name: G" + more + "}");
  };
  CHECK(gateway("") ==
        "ip_gateway.address: is needed: an address, or networks that its calls come from");
  CHECK(gateway(", address: pbx.example.com") ==
        "ip_gateway.networks: are needed beside a DNS name: its calls are known by their address");
  CHECK(gateway(", address: pbx.example.com, networks: [198.51.100.0/24]").empty());
  CHECK(gateway(", address: \"2001:db8::1\"") ==
        "ip_gateway.ip_address_family: does not allow the address");
  CHECK(gateway(", address: 192.0.2.10") ==
        "ip_gateway: the network \"192.0.2.10/32\" belongs to ip_gateway pbx already");
  CHECK(
      FirstProblem(
          "hunt_group: {name: h, ip_gateway: PBX, dial_plan: MAIN, pilot_identifier: \"2000\"}") ==
      "hunt_group: the pilot \"2000\" belongs to hunt_group pbx already");
  CHECK(FirstProblem("hunt_group: {name: h, ip_gateway: PBX, dial_plan: MAIN}").empty());
}

TEST_CASE("a network of another organisation's gateway is refused, and whose it is stays unsaid") {
  const Model model = ModelOf(kExample);
  Context context = TestContext();
  context.taken = {*net::Network::Parse("10.0.0.0/8")};
  const Outcome outcome = Evaluate(
      model,
      OperationsOf("operations: [{create: {ip_gateway: {name: G, networks: [10.1.2.0/24]}}}]"),
      context);
  CHECK(Lines(outcome.problems) ==
        std::vector<std::string>{"operations[0].create.ip_gateway.networks[0]: belongs to a "
                                 "gateway of another organisation"});
}

TEST_CASE("rules of mailbox policies") {
  const auto policy = [](const std::string& more) {
    return FirstProblem("mailbox_policy: {name: P, dial_plan: Main" + more + "}");
  };
  CHECK(policy(", max_logon_attempts: 5") ==
        "mailbox_policy.logon_failures_before_pin_reset: must be less than max_logon_attempts (5)");
  CHECK(policy(", max_logon_attempts: 5, logon_failures_before_pin_reset: unlimited").empty());
  CHECK(policy(", max_logon_attempts: unlimited, logon_failures_before_pin_reset: 998").empty());
  CHECK(policy(", allowed_in_country_or_region_groups: [far]") ==
        "mailbox_policy.allowed_in_country_or_region_groups[0]: the dial plan has no dialing rule "
        "of group \"far\"");
}

TEST_CASE("rules of mailboxes") {
  const auto box = [](const std::string& more) {
    return FirstProblem("mailbox: {id: new, display_name: N, email: n@example.com, policy: Staff" +
                        more + "}");
  };
  CHECK(box("") == "mailbox.extension: is needed: 4 digits (dial plan Main)");
  CHECK(box(", extension: \"123\"").starts_with("mailbox.extension: "));
  CHECK(box(", extension: \"1001\"") ==
        "mailbox: the address \"1001\" belongs to mailbox ann already");
  CHECK(box(", extension: \"1003\", sip_resource_identifier: a@b.de") ==
        "mailbox.sip_resource_identifier: is not for dial plans of extensions only");
  CHECK(box(", extension: \"1003\", secondary_addresses: [{value: \"1002\"}]") ==
        "mailbox: the address \"1002\" belongs to mailbox bela already");
  const std::string rules = ", extension: \"1003\", call_answering_rules: ";
  CHECK(box(rules + "[{name: a, priority: 1}, {name: A, priority: 1}]") ==
        "mailbox.call_answering_rules[1].name: is there twice");
  CHECK(box(rules + "[{name: a, priority: 1}, {name: b, priority: 1}]") ==
        "mailbox.call_answering_rules[1].priority: 1 is there twice");
  CHECK(box(rules + "[{name: a, extensions_dialed: [\"1001\"]}]") ==
        "mailbox.call_answering_rules[0].extensions_dialed[0]: is no extension of this mailbox");
  CHECK(box(rules + "[{name: a, key_mappings: [{key: \"1\", label: Desk}]}]") ==
        "mailbox.call_answering_rules[0].key_mappings[0]: needs one of: find_me, "
        "transfer_to_number, transfer_to_contact, leave_message");
  CHECK_FALSE(box(rules + "[{name: a, caller_ids: [{}]}]").empty());
  CHECK(box(rules + "[{name: a, time_of_day: {kind: custom, start: \"08:00\", end: \"17:00\"}}]") ==
        "mailbox.call_answering_rules[0].time_of_day.days: are needed for kind custom");
  CHECK(box(rules + "[{name: a, time_of_day: {kind: custom, days: [tuesday], start: \"08:00\", "
                    "end: \"12:00\"}}]")
            .empty());
}

TEST_CASE("rules of auto attendants") {
  const auto attendant = [](const std::string& more) {
    return FirstProblem("auto_attendant: {name: A, dial_plan: Main" + more + "}");
  };
  CHECK(attendant("").empty());
  CHECK(attendant(", contact_scope: extension") ==
        "auto_attendant.contact_scope: must be one of: dial_plan, organisation, address_list");
  CHECK(attendant(", dtmf_fallback_auto_attendant: Front") ==
        "auto_attendant.dtmf_fallback_auto_attendant: needs speech_enabled");
  CHECK(attendant(", business_hours_key_mapping: [{key: \"0\", description: Zero}]") ==
        "auto_attendant.business_hours_key_mapping[0].key: must be 1 to 9 or timeout; 0 is the "
        "operator's");
  CHECK(attendant(", business_hours_key_mapping: [{key: \"1\", description: One}, {key: \"1\", "
                  "description: Two}]") ==
        "auto_attendant.business_hours_key_mapping[1].key: 1 is there twice");
  CHECK(attendant(", after_hours_key_mapping: [{key: \"1\", description: Where, "
                  "announce_business_location: true}]") ==
        "auto_attendant.after_hours_key_mapping[0].announce_business_location: needs "
        "business_location");
  CHECK(attendant(", holiday_schedule: [{name: H, greeting: h.wav, start_date: 2026-12-24, "
                  "end_date: 2026-12-23}]") ==
        "auto_attendant.holiday_schedule[0].end_date: is before start_date");
  CHECK(attendant(", forward_calls_to_default_mailbox: true") ==
        "auto_attendant.default_mailbox: is needed for forward_calls_to_default_mailbox");
  CHECK(Warning("auto_attendant: {name: A, dial_plan: Main, pilot_identifiers: [\"50\"]}") ==
        "has not the 4 digits of the dial plan's extensions");
}

TEST_CASE("a prompt is telephone audio") {
  const Model model = ModelOf(kExample);
  const auto create = [&](const std::string& audio) {
    admin::ChangeRequest request;
    v1::Prompt& prompt = *request.add_operations()->mutable_create()->mutable_prompt();
    prompt.set_file_name("hello.wav");
    prompt.set_dial_plan("Main");
    prompt.set_audio(audio);
    return Evaluate(model, request.operations(), TestContext());
  };
  const std::string header(
      "RIFF\x24\x00\x00\x00WAVEfmt "
      "\x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
      "data\x02\x00\x00\x00",
      44);
  CHECK(create(header + "ab").problems.empty());
  CHECK(create("ID3 some MP3 file that is long enough to be looked at").problems.size() == 1);
  CHECK(create(header).problems.size() == 1);
}

}  // namespace um::organisation
