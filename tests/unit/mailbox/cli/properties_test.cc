#include "mailbox/cli/properties.h"

#include "mailbox/cli/kinds.h"
#include "tests/support/catch.h"
#include "um/organisation/v1/organisation.pb.h"

using namespace um::cli;
using um::organisation::v1::DialPlan;
using um::organisation::v1::Mailbox;

namespace {

using What = Edit::What;

Edit Of(What what, const char* property, std::vector<std::string> values) {
  return {what, DialPlan::descriptor()->FindFieldByName(property), std::move(values)};
}

std::vector<std::string> Paths(const google::protobuf::FieldMask& mask) {
  return {mask.paths().begin(), mask.paths().end()};
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("options become fields and a mask") {
  DialPlan plan;
  google::protobuf::FieldMask mask;
  const Edits edits = {
      Of(What::kSet, "max_call_duration_minutes", {"40"}),
      Of(What::kSet, "fax_enabled", {"false"}),
      Of(What::kSet, "uri_type", {"e164"}),
      Of(What::kSet, "access_telephone_numbers", {"2000,2001", "2002"}),
      Of(What::kSet, "in_country_or_region_rules",
         {"[{group: Local, number_mask: 9x, dialed_number: 9x}]"}),
  };
  CHECK(Carry(edits, plan, mask).empty());
  CHECK(plan.max_call_duration_minutes() == 40);
  CHECK(plan.has_fax_enabled());
  CHECK(plan.uri_type() == um::organisation::v1::URI_TYPE_E164);
  CHECK(plan.access_telephone_numbers_size() == 3);
  CHECK(plan.in_country_or_region_rules(0).group() == "Local");
  CHECK(Paths(mask) == Texts{"max_call_duration_minutes", "fax_enabled", "uri_type",
                             "access_telephone_numbers", "in_country_or_region_rules"});
  CHECK_FALSE(NeedsCurrent(edits));
}

TEST_CASE("lists are added to and taken from, each entry once") {
  DialPlan plan;
  plan.add_pilot_identifiers("+1");
  plan.add_pilot_identifiers("+2");
  google::protobuf::FieldMask mask;
  const Edits edits = {Of(What::kAdd, "pilot_identifiers", {"+2,+3"}),
                       Of(What::kRemove, "pilot_identifiers", {"+1"})};
  CHECK(NeedsCurrent(edits));
  CHECK(Carry(edits, plan, mask).empty());
  CHECK(Texts(plan.pilot_identifiers().begin(), plan.pilot_identifiers().end()) ==
        Texts{"+2", "+3"});
  CHECK(Paths(mask) == Texts{"pilot_identifiers"});
  CHECK(Carry({Of(What::kRemove, "pilot_identifiers", {"+9"})}, plan, mask) ==
        Texts{"--remove-pilot-identifiers: +9 is not in the list"});
}

TEST_CASE("what is wrong with values is told at once, with the options' names") {
  DialPlan plan;
  google::protobuf::FieldMask mask;
  const auto problems = Carry({Of(What::kSet, "fax_enabled", {"maybe"}),
                               Of(What::kSet, "max_call_duration_minutes", {"many"}),
                               Of(What::kSet, "operator_extension", {"1", "2"})},
                              plan, mask);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0] == "--fax-enabled: must be true or false");
  CHECK(problems[1].starts_with("--max-call-duration-minutes: must be a whole number"));
  CHECK(problems[2] == "--operator-extension: is given twice");
}

TEST_CASE("unset takes any of a property's names, and not what is set beside it") {
  Edits edits = {Of(What::kSet, "operator_extension", {"1"})};
  const auto& type = *DialPlan::descriptor();
  CHECK(AddUnset({"fax-enabled,FaxEnabled", "max_call_duration_minutes"}, type, edits).size() == 1);
  CHECK(edits.size() == 3);
  const auto problems = AddUnset({"operator-extension", "faxes"}, type, edits);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == "--unset operator-extension: is set by the same command");
  CHECK(problems[1].starts_with("--unset faxes: "));
  DialPlan plan;
  plan.set_fax_enabled(true);
  google::protobuf::FieldMask mask;
  CHECK(Carry(edits, plan, mask).empty());
  CHECK_FALSE(plan.has_fax_enabled());
}

TEST_CASE("every property has help, and every column is a property") {
  for (const Kind kind : um::organisation::kKinds) {
    const auto& type = TypeOf(kind);
    for (int i = 0; i < type.field_count(); ++i) {
      INFO(type.field(i)->full_name());
      CHECK(HelpOf(*type.field(i)).size() > 10);
    }
    for (const Column& column : ColumnsOf(kind)) {
      INFO(column.property);
      CHECK(type.FindFieldByName(std::string(column.property)));
    }
    CHECK(type.FindFieldByName(std::string(IdentityOf(kind))));
  }
  const auto& minutes = *DialPlan::descriptor()->FindFieldByName("max_call_duration_minutes");
  CHECK(HelpOf(minutes) ==
        "The longest call that was not transferred. A number from 10 to 120. Default: 30.");
  CHECK(ValueLabel(minutes) == "NUMBER");
  CHECK(ValueLabel(*Mailbox::descriptor()->FindFieldByName("policy")) == "MAILBOX-POLICY");
}
