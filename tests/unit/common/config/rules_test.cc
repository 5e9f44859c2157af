#include "common/config/rules.h"

#include <google/protobuf/util/message_differencer.h>

#include "tests/support/catch.h"
#include "um/organisation/v1/organisation.pb.h"

using namespace um::config;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;
namespace o = um::organisation::v1;

namespace {

const FieldDescriptor& Field(const google::protobuf::Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  REQUIRE(field);
  return *field;
}

/// nullopt as "".
std::string Set(google::protobuf::Message& message, const char* name, const char* text) {
  return SetField(message, Field(message, name), text).value_or("");
}

}  // namespace

TEST_CASE("defaults are filled in, also in parts") {
  o::Mailbox mailbox;
  mailbox.set_id("ann");
  mailbox.add_call_answering_rules()->set_name("r");
  mailbox.mutable_call_answering_rules(0)->set_enabled(false);
  FillDefaults(mailbox);
  CHECK(mailbox.status() == o::MAILBOX_STATUS_ENABLED);
  CHECK(mailbox.anonymous_callers_can_leave_messages());
  CHECK(mailbox.call_answering_rules(0).priority() == 9);
  CHECK_FALSE(mailbox.call_answering_rules(0).enabled());
  CHECK(mailbox.language().empty());

  o::MailboxPolicy policy;
  FillDefaults(policy);
  CHECK(policy.pin_lifetime_days().value() == 60);
  CHECK(policy.max_stored_minutes().unlimited());
  policy.mutable_pin_lifetime_days()->set_unlimited(true);
  FillDefaults(policy);
  CHECK(policy.pin_lifetime_days().unlimited());
}

TEST_CASE("differences are told field by field as YAML writes them") {
  o::DialPlan before;
  before.set_name("Main");
  before.add_pilot_identifiers("+1");
  before.set_fax_enabled(true);
  o::DialPlan after = before;
  CHECK(Diff(before, after).empty());
  after.set_name("Head: office");
  after.add_pilot_identifiers("+2");
  after.clear_fax_enabled();
  after.mutable_in_country_or_region_rules()->Add()->set_group("local");
  std::string text;
  for (const FieldChange& c : Diff(before, after)) {
    text += c.path + ": " + c.before + " -> " + c.after + "\n";
  }
  CHECK(text ==
        "name: Main -> \"Head: office\"\n"
        "pilot_identifiers: [\"+1\"] -> [\"+1\", \"+2\"]\n"
        "fax_enabled: true -> \n"
        "in_country_or_region_rules:  -> [{group: local}]\n");
  o::Prompt wav;
  wav.set_audio(std::string(1000000, 'x'));
  const auto changes = Diff(o::Prompt(), wav);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].after.starts_with("(1000000 bytes, "));
}

TEST_CASE("the fields of a mask are taken over, also what is not set") {
  o::DialPlan from;
  from.set_name("New");
  from.add_pilot_identifiers("+1");
  o::DialPlan to;
  to.set_name("Old");
  to.set_extension("7");
  to.set_fax_enabled(false);
  to.add_pilot_identifiers("+9");
  google::protobuf::FieldMask mask;
  mask.add_paths("pilot_identifiers");
  mask.add_paths("extension");
  REQUIRE(CopyFields(from, mask, to).ok());
  CHECK(ToYaml(to) == "name: Old\npilot_identifiers: [\"+1\"]\nfax_enabled: false\n");
  mask.add_paths("nothing");
  CHECK(CopyFields(from, mask, to).message() == "nothing: no such field");
  REQUIRE(CopyFields(from, {}, to).ok());
  CHECK(MessageDifferencer::Equals(from, to));
  CHECK_FALSE(CopyFields(from, {}, *std::make_unique<o::Prompt>()).ok());
}

TEST_CASE("a command line's text sets one field") {
  o::MailboxPolicy policy;
  CHECK(Set(policy, "allow_fax", "false") == "");
  CHECK(Set(policy, "min_pin_length", "8") == "");
  CHECK(Set(policy, "pin_lifetime_days", "unlimited") == "");
  CHECK(Set(policy, "protect_authenticated_voice_mail", "private") == "");
  CHECK(Set(policy, "allowed_international_groups", "europe, world") == "");
  CHECK(ToYaml(policy) ==
        "allow_fax: false\nmin_pin_length: 8\npin_lifetime_days: unlimited\n"
        "protect_authenticated_voice_mail: private\n"
        "allowed_international_groups: [europe, world]\n");
  CHECK(Set(policy, "allow_fax", "maybe") == "must be true or false");
  CHECK(Set(policy, "allowed_international_groups", "a,,b") == "has an empty entry");
  CHECK(policy.allowed_international_groups_size() == 2);
  CHECK(Set(policy, "allowed_international_groups", "") == "");
  CHECK(policy.allowed_international_groups_size() == 0);

  o::DialPlan plan;
  CHECK(Set(plan, "in_country_or_region_rules",
            "[{group: local, number_mask: 9xxx, dialed_number: 9xxx}]") == "");
  CHECK(plan.in_country_or_region_rules(0).number_mask() == "9xxx");
  CHECK(Set(plan, "in_country_or_region_rules", "[{grop: local}]") ==
        "in_country_or_region_rules[0].grop: is not known here; did you mean group?");
  CHECK(plan.in_country_or_region_rules_size() == 1);
}

TEST_CASE("a field has the reference system's name, written out or by its own") {
  CHECK(KnownAs(Field(o::DialPlan(), "fax_enabled")) == "FaxEnabled");
  CHECK(KnownAs(Field(o::MailboxPolicy(), "pin_lifetime_days")) == "PINLifetime");
}
