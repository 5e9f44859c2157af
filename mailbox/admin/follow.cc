#include "mailbox/admin/follow.h"

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/organisation/people.h"

namespace um::admin {

void FollowDirectory(Registry& registry, const std::string& organisation,
                     const domain::People& people) {
  const auto plan = [&](const organisation::Model& model, const organisation::Context& context) {
    const organisation::Following following = organisation::FollowPeople(model, people);
    if (following.operations.empty()) return organisation::Outcome();
    return organisation::Evaluate(model, following.operations, context);
  };
  const auto result = registry.Change(organisation, nullptr, "directory", false, plan);
  std::string why;
  if (!result.ok()) {
    why = Message(result.status());
  } else if (!result->outcome.problems.empty()) {
    const organisation::Problem& problem = result->outcome.problems.front();
    why = problem.path + ": " + problem.text;
  }
  if (!why.empty()) {
    log::Warning("directory.not-followed", {{"organisation", organisation}, {"why", why}});
  } else if (!result->outcome.steps.empty()) {
    log::Info("directory.followed",
              {{"organisation", organisation}, {"mailboxes", result->outcome.steps.size()}});
  }
}

}  // namespace um::admin
