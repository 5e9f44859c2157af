#include "mailbox/cli/changes.h"

#include "mailbox/cli/json.h"
#include "tests/support/catch.h"

using namespace um::cli;
namespace v1 = um::admin::v1;

namespace {

v1::Changed Of(const char* action, const char* kind, const char* name) {
  v1::Changed changed;
  changed.set_action(action);
  changed.set_kind(kind);
  changed.set_name(name);
  return changed;
}

void AddField(v1::Changed& changed, const char* path, const char* before, const char* after) {
  v1::FieldChange& field = *changed.add_fields();
  field.set_path(path);
  field.set_before(before);
  field.set_after(after);
}

}  // namespace

TEST_CASE("differences read like a diff, and command no terminal") {
  v1::ChangeResponse response;
  v1::Changed& created = *response.add_changed();
  created = Of("create", "dial_plan", "Main");
  AddField(created, "number_of_digits_in_extension", "", "4");
  v1::Changed& updated = *response.add_changed();
  updated = Of("update", "mailbox", "ann");
  AddField(updated, "display_name", "Ann", "Ann\x1b[2J");
  AddField(updated, "extension", "\"1001\"", "");
  v1::Changed& gone = *response.add_changed();
  gone = Of("delete", "hunt_group", "pbx");
  AddField(gone, "name", "pbx", "");
  CHECK(DiffText(response.changed(), false) ==
        "+ dial plan Main\n"
        "    number_of_digits_in_extension: 4\n"
        "~ mailbox ann\n"
        "    display_name: Ann -> Ann?[2J\n"
        "    extension: \"1001\" -> (not set)\n"
        "- hunt group pbx\n");
  CHECK(DiffText(response.changed(), true).starts_with("\x1b[32m+ dial plan Main\x1b[0m\n"));
  CHECK(CountText(response.changed()) == "1 created, 1 changed, 1 deleted");
}

TEST_CASE("what changed no object tells what was done") {
  v1::ChangeResponse response;
  v1::Changed& erased = *response.add_changed();
  erased = Of("erase", "mailbox", "ann");
  AddField(erased, "reason", "", "asked by \x1b[2JAnn");
  CHECK(DiffText(response.changed(), false) ==
        "* erase mailbox ann\n"
        "    reason: asked by ?[2JAnn\n");
}

TEST_CASE("paths of the API become what the administrator wrote") {
  v1::ChangeRequest request;
  request.add_operations()->mutable_create()->mutable_hunt_group()->set_name("pbx");
  auto& update = *request.add_operations()->mutable_update();
  update.set_name("Staff");
  update.mutable_object()->mutable_mailbox_policy();
  const Where where = WhereInOptions(request);
  CHECK(where("operations[0].create.hunt_group.dial_plan") == "--dial-plan");
  CHECK(where("operations[0].create.hunt_group") == "");
  CHECK(where("operations[0].create.hunt_group.name") == "the name");
  CHECK(where("operations[1].update.object.mailbox_policy.dial_plan") ==
        "mailbox policy Staff: --dial-plan");
  CHECK(where("operations[0].create.rules[2].name") == "--rules [2].name");
  CHECK(where("operations[7].create") == "operations[7].create");
  CHECK(where("operations[x].create") == "operations[x].create");
  CHECK(where("anything") == "anything");
  const std::vector<int> lines = {2, 5};
  CHECK(WhereInRows(request, lines)("operations[1].update.object.mailbox_policy.x") == "line 5: x");

  um::organisation::v1::Organisation document;
  document.add_dial_plans()->set_name("Main");
  const Where in_document = WhereInDocument(document);
  CHECK(in_document("dial_plans[0].port") == "dial plan Main (dial_plans[0]): port");
  CHECK(in_document("dial_plans[9].port") == "dial_plans[9].port");
  CHECK(in_document("id") == "id");
}

TEST_CASE("all problems are told, with what is in the way") {
  v1::ChangeResponse response;
  v1::Problem& problem = *response.add_problems();
  problem.set_path("a");
  problem.set_text("is referred to");
  problem.add_blockers("hunt_group pbx");
  problem.set_blockers_total(1201);
  v1::Problem& conflict = *response.add_problems();
  conflict.set_text("has changed");
  conflict.set_current_version(7);
  CHECK(ProblemText(response.problems(), [](std::string_view path) { return std::string(path); }) ==
        "  a: is referred to\n"
        "    hunt group pbx\n"
        "    and 1,200 more\n"
        "  has changed (version 7 now)\n");
}

TEST_CASE("JSON has the names and values that YAML has") {
  um::organisation::v1::DialPlan plan;
  plan.set_name("Ma\"in\n\x1b\xC2\x9B");
  plan.set_uri_type(um::organisation::v1::URI_TYPE_E164);
  plan.set_fax_enabled(false);
  plan.set_max_call_duration_minutes(40);
  plan.add_pilot_identifiers("+1");
  plan.add_in_country_or_region_rules()->set_group("Local");
  CHECK(ToJson(plan, {{"version", "3"}}) ==
        "{\n"
        "  \"name\": \"Ma\\\"in\\n\\u001b\\u009b\",\n"
        "  \"uri_type\": \"e164\",\n"
        "  \"pilot_identifiers\": [\"+1\"],\n"
        "  \"fax_enabled\": false,\n"
        "  \"max_call_duration_minutes\": 40,\n"
        "  \"in_country_or_region_rules\": [{\n"
        "    \"group\": \"Local\"\n"
        "  }],\n"
        "  \"version\": 3\n"
        "}");
}
