// An organisation for tests, from YAML.
#pragma once

#include <fmt/format.h>

#include "common/config/load.h"
#include "common/config/rules.h"
#include "mailbox/organisation/change.h"
#include "tests/support/catch.h"

namespace um::organisation {

inline v1::Organisation FromText(const std::string& yaml) {
  v1::Organisation document;
  const auto problems = config::FromYaml(yaml, document);
  INFO(config::Describe("yaml", problems));
  REQUIRE(problems.empty());
  return document;
}

inline Context TestContext() {
  static int next = 0;
  return {.new_id = [] { return fmt::format("ID{:024}", ++next); },
          .now = domain::WallTime{std::chrono::seconds(1'800'000'000)},
          .actor = "test",
          .taken = {}};
}

/// "path: text" of each.
inline std::vector<std::string> Lines(const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  for (const Problem& problem : problems) lines.push_back(problem.path + ": " + problem.text);
  return lines;
}

inline Outcome Apply(const Model& model, const std::string& yaml, bool prune = false) {
  const Difference difference = Compare(model, FromText(yaml), prune);
  return Evaluate(model, difference.operations, TestContext(), &difference.paths);
}

/// The model after an outcome without problems.
inline Model After(const Model& model, const Outcome& outcome) {
  const std::vector<std::string> problems = Lines(outcome.problems);
  CAPTURE(problems);
  REQUIRE(outcome.problems.empty());
  return model.With(outcome.steps, model.sequence() + 1);
}

inline Model ModelOf(const std::string& yaml) {
  const Model empty("example", "Example");
  return After(empty, Apply(empty, yaml));
}

inline constexpr const char* kExample = R"(
id: example
display_name: Example
dial_plans:
  - name: Main
    number_of_digits_in_extension: 4
    in_country_or_region_rules:
      - {group: local, number_mask: "9xxx", dialed_number: "09xxx"}
ip_gateways:
  - {name: pbx, address: 192.0.2.10}
hunt_groups:
  - {name: pbx, ip_gateway: pbx, dial_plan: Main, pilot_identifier: "2000"}
mailbox_policies:
  - {name: Staff, dial_plan: Main, allowed_in_country_or_region_groups: [local]}
auto_attendants:
  - {name: Front, dial_plan: Main}
mailboxes:
  - {id: ann, display_name: Ann Archer, email: ann@example.com, policy: Staff, extension: "1001"}
  - {id: bela, display_name: Bela Novak, email: bela@example.com, policy: staff, extension: "1002"}
)";

/// One operation from YAML: "update: {name: Main, object: {dial_plan: {...}}}".
inline Operations OperationsOf(const std::string& yaml) {
  admin::ChangeRequest request;
  const auto problems = config::FromYaml(yaml, request);
  INFO(config::Describe("yaml", problems));
  REQUIRE(problems.empty());
  return request.operations();
}
inline Outcome Do(const Model& model, const std::string& yaml) {
  return Evaluate(model, OperationsOf(yaml), TestContext());
}

}  // namespace um::organisation
