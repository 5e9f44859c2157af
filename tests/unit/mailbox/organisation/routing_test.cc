#include "mailbox/organisation/routing.h"

#include <map>
#include <random>

#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {

TEST_CASE("calls see defaults filled in, and no disabled mailbox") {
  const Model model = ModelOf(kExample);
  const domain::Organisation routing = Routing(model);
  CHECK(routing.id == "example");
  REQUIRE(routing.gateways.size() == 1);
  CHECK(routing.gateways[0].addresses[0].ToString() == "192.0.2.10/32");
  CHECK(routing.dial_plans[0].max_call == std::chrono::minutes(30));
  CHECK(routing.dial_plans[0].recording_idle_timeout == std::chrono::seconds(5));
  REQUIRE(routing.mailboxes.size() == 2);
  CHECK(routing.mailboxes.Find("bela")->dial_plan == "Main");
  const Model without =
      After(model, Do(model,
                      "operations: [{update: {name: ann, object: {mailbox: {status: disabled}},"
                      " mask: {paths: [status]}}}]"));
  CHECK(Routing(without).mailboxes.size() == 1);
}

TEST_CASE("calls see the operators, who may leave messages, and which of them are private") {
  const auto routing = [](const std::string& policy, const std::string& mailbox) {
    return Routing(ModelOf(R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4, operator_extension: "0"}]
mailbox_policies: [{name: Staff, dial_plan: Main)" +
                           policy + R"(}]
mailboxes: [{id: ann, display_name: Ann, email: ann@example.com, policy: Staff, extension: "1001")" +
                           mailbox + "}]"));
  };
  const domain::Organisation plain = routing("", "");
  CHECK(plain.dial_plans.at(0).operator_number == "0");
  CHECK(plain.mailboxes.Find("ann")->operator_number.empty());
  CHECK(plain.mailboxes.Find("ann")->takes_anonymous);
  CHECK(plain.mailboxes.Find("ann")->privacy == domain::Privacy::kNone);
  const domain::Organisation set =
      routing(", protect_unauthenticated_voice_mail: private",
              ", operator_number: \"1002\", anonymous_callers_can_leave_messages: false");
  CHECK(set.mailboxes.Find("ann")->operator_number == "1002");
  CHECK_FALSE(set.mailboxes.Find("ann")->takes_anonymous);
  CHECK(set.mailboxes.Find("ann")->privacy == domain::Privacy::kMarked);
  CHECK(routing(", protect_unauthenticated_voice_mail: all", "").mailboxes.Find("ann")->privacy ==
        domain::Privacy::kAll);
}

TEST_CASE("a mailbox has its own audio format, language and time zone, or the dial plan's") {
  const domain::Organisation routing = Routing(ModelOf(R"(
id: example
dial_plans:
  - {name: Main, number_of_digits_in_extension: 4, audio_codec: gsm}
  - {name: Other, number_of_digits_in_extension: 4}
mailbox_policies: [{name: Staff, dial_plan: Main}, {name: Others, dial_plan: Other}]
mailboxes:
  - {id: ann, display_name: Ann, email: ann@example.com, policy: Staff, extension: "1001"}
  - {id: bela, display_name: Bela, email: bela@example.com, policy: Staff, extension: "1002", call_answering_audio_codec: opus,
     language: fr-FR, time_zone: Europe/Paris}
  - {id: carl, display_name: Carl, email: carl@example.com, policy: Others, extension: "1003"}
)"));
  CHECK(routing.mailboxes.Find("ann")->audio_format == domain::AudioFormat::kGsm);
  CHECK(routing.mailboxes.Find("ann")->language.empty());
  CHECK(routing.mailboxes.Find("bela")->audio_format == domain::AudioFormat::kOpus);
  CHECK(routing.mailboxes.Find("bela")->language == "fr-FR");
  CHECK(routing.mailboxes.Find("bela")->time_zone == "Europe/Paris");
  CHECK(routing.mailboxes.Find("carl")->audio_format == domain::AudioFormat::kMp3);
}

TEST_CASE("users are told of missed calls if they and their policy want it, and read its text") {
  const domain::Organisation routing = Routing(ModelOf(R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4}]
mailbox_policies:
  - {name: Staff, dial_plan: Main, voice_mail_text: Confidential.}
  - {name: Calm, dial_plan: Main, allow_missed_call_notifications: false}
mailboxes:
  - {id: ann, display_name: Ann, email: ann@example.com, policy: Staff, extension: "1001"}
  - {id: bela, display_name: Bela, email: bela@example.com, policy: Staff, extension: "1002", missed_call_notification_enabled: false}
  - {id: carl, display_name: Carl, email: carl@example.com, policy: Calm, extension: "1003"}
)"));
  CHECK(routing.mailboxes.Find("ann")->missed_call_notice);
  CHECK_FALSE(routing.mailboxes.Find("bela")->missed_call_notice);
  CHECK_FALSE(routing.mailboxes.Find("carl")->missed_call_notice);
  CHECK(*routing.mailboxes.Find("bela")->mail_text == "Confidential.");
  CHECK(routing.mailboxes.Find("carl")->mail_text == nullptr);
}

TEST_CASE("every address of a mailbox leads to it") {
  const Model model = ModelOf(R"(
id: example
dial_plans:
  - {name: Sip, number_of_digits_in_extension: 4, uri_type: sip_name}
  - {name: Old, number_of_digits_in_extension: 3}
mailbox_policies: [{name: Staff, dial_plan: Sip}]
mailboxes:
  - id: ann
    display_name: Ann Archer
    email: ann@example.com
    policy: Staff
    extension: "1001"
    sip_resource_identifier: ann@example.com
    secondary_addresses: [{dial_plan: old, value: "101"}, {value: "+4930555"}]
)");
  const domain::Routes routes(Routing(model));
  CHECK(routes.MailboxOf("Sip", "1001"));
  CHECK(routes.MailboxOf("Sip", "ann@example.com"));
  CHECK(routes.MailboxOf("Old", "101"));
  CHECK(routes.MailboxOf("Sip", "+4930555"));
  CHECK_FALSE(routes.MailboxOf("Old", "1001"));
  CHECK_FALSE(routes.MailboxOf("Sip", ""));
}

TEST_CASE("calls see how a dial plan's numbers are written, and where its callers are looked for") {
  const Model model = ModelOf(R"(
id: example
dial_plans:
  - name: Main
    number_of_digits_in_extension: 4
    uri_type: e164
    country_or_region_code: "1"
    international_access_code: "011"
    national_number_prefix: "1"
    pilot_identifiers: ["+12025550198"]
    numbering_plan_formats: ["1202555xxxx"]
    equivalent_dial_plans: [OLD]
    allow_heuristic_calling_line_id_resolution: false
  - {name: Old, number_of_digits_in_extension: 3}
ip_gateways: [{name: pbx, networks: [192.0.2.10], diverted_party: oldest}]
mailbox_policies: [{name: Staff, dial_plan: Main}]
mailboxes:
  - {id: ann, display_name: Ann Archer, email: ann@example.com, policy: Staff, extension: "1001",
     sip_resource_identifier: "+12025550110", calling_line_ids: ["+12025550177"]}
)");
  const domain::Organisation routing = Routing(model);
  CHECK(routing.gateways.at(0).diverted_party == domain::DivertedParty::kOldest);
  const domain::DialPlan& plan = routing.dial_plans.at(0);
  CHECK(plan.uri_type == domain::UriType::kE164);
  CHECK(plan.pilots == std::vector<std::string>{"+12025550198"});
  REQUIRE(plan.number_formats.size() == 1);
  CHECK(plan.number_formats[0].text() == "1202555xxxx");
  CHECK(plan.country_code == "1");
  CHECK(plan.international_prefix == "011");
  CHECK(plan.national_prefix == "1");
  CHECK(plan.equivalent_plans == std::vector<std::string>{"Old"});
  CHECK_FALSE(plan.search_directory);
  CHECK(routing.dial_plans.at(1).search_directory);
  CHECK(routing.mailboxes.Find("ann")->calling_line_ids ==
        std::vector<std::string>{"+12025550177"});
}

TEST_CASE("where a gateway is reached, what it may be told, and how long it is waited for") {
  const Model model = ModelOf(R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4, uri_type: e164}]
ip_gateways:
  - {name: a, address: 192.0.2.10, port: 5070, transport: udp, message_waiting_indicator_allowed: false}
  - {name: b, address: pbx.example.com, networks: [198.51.100.0/24, 198.51.100.7, "2001:db8::1"]}
  - {name: c, networks: [203.0.113.0/24], delayed_source_party_info_enabled: true,
     delayed_source_party_info_seconds: 8}
mailbox_policies:
  - {name: Staff, dial_plan: Main}
  - {name: Dark, dial_plan: Main, allow_message_waiting_indicator: false}
mailboxes:
  - {id: ann, display_name: Ann Archer, email: ann@example.com, policy: Staff, extension: "1001",
     sip_resource_identifier: "+12025550110"}
  - {id: bela, display_name: Bela, email: bela@example.com, policy: Dark, extension: "1002",
     sip_resource_identifier: "+12025550111"}
)");
  const domain::Organisation routing = Routing(model);
  const auto& gateways = routing.gateways;
  REQUIRE(gateways.size() == 3);
  CHECK(gateways[0].contact == net::Endpoint::Parse("192.0.2.10:5070"));
  CHECK(gateways[0].transport == domain::SipTransport::kUdp);
  CHECK_FALSE(gateways[0].lamp_allowed);
  CHECK(gateways[1].contact == net::Endpoint::Parse("198.51.100.7:5060"));
  CHECK(gateways[1].transport == domain::SipTransport::kTcp);
  CHECK(gateways[1].lamp_allowed);
  CHECK_FALSE(gateways[2].contact);
  CHECK(gateways[0].parties_wait == domain::Milliseconds(0));
  CHECK(gateways[2].parties_wait == domain::Milliseconds(8000));
  CHECK(routing.mailboxes.Find("ann")->lamp_allowed);
  CHECK(routing.mailboxes.Find("ann")->sip_resource == "+12025550110");
  CHECK_FALSE(routing.mailboxes.Find("bela")->lamp_allowed);
}

/// What calls see of each mailbox, by its address in Main.
std::map<std::string, std::string> Seen(const domain::Organisation& routing) {
  std::map<std::string, std::string> seen;
  for (int i = 1000; i < 1100; ++i) {
    const std::string extension = std::to_string(i);
    const domain::Mailbox* at = routing.mailboxes.At("Main", extension);
    if (at) seen[extension] = at->id + " " + at->name + " " + at->extension;
    if (at) CHECK(routing.mailboxes.Find(at->id) == at);
    const std::string line = "+1202555" + extension;
    for (const domain::Mailbox* calling : routing.mailboxes.CallingFrom(line)) {
      seen[line] = calling->id;
    }
  }
  return seen;
}

TEST_CASE("after any changes calls see what they would see if all were read anew") {
  Model model = ModelOf(kExample);
  domain::Organisation routing = Routing(model);
  std::mt19937 random(7);
  const auto any = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int done = 0;
  for (int i = 0; i < 400; ++i) {
    const int who = any(60), extension = 1000 + any(100);
    std::string operation;
    switch (any(5)) {
      case 0:
        operation = fmt::format("{{delete: {{kind: mailbox, name: user{}}}}}", who);
        break;
      case 1:
        operation = fmt::format(
            "{{update: {{name: user{}, object: {{mailbox: {{extension: '{}'}}}}, mask: {{paths: "
            "[extension]}}}}}}",
            who, extension);
        break;
      case 2:
        operation = fmt::format(
            "{{update: {{name: user{}, object: {{mailbox: {{id: User{}, status: {}}}}}, mask: "
            "{{paths: [id, status]}}}}}}",
            who, who, any(2) ? "disabled" : "enabled");
        break;
      case 3:
        operation = fmt::format(
            "{{update: {{name: Main, object: {{dial_plan: {{max_call_duration_minutes: {}}}}}, "
            "mask: {{paths: [max_call_duration_minutes]}}}}}}",
            30 + any(50));
        break;
      default:
        operation = fmt::format(
            "{{create: {{mailbox: {{id: user{0}, display_name: User {1}, email: u@example.com, "
            "policy: Staff, extension: '{1}', calling_line_ids: ['+1202555{2}']}}}}}}",
            who, extension, 1000 + any(100));
    }
    const Outcome outcome = Do(model, "operations: [" + operation + "]");
    if (!outcome.problems.empty()) continue;
    ++done;
    const Model next = model.With(outcome.steps, model.sequence() + 1);
    routing = Routing(next, model, routing);
    model = next;
    CHECK(Seen(routing) == Seen(Routing(model)));
    CHECK(routing.dial_plans[0].max_call == Routing(model).dial_plans[0].max_call);
  }
  CHECK(done > 100);
}

}  // namespace um::organisation
