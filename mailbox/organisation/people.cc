#include "mailbox/organisation/people.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "common/base/status.h"
#include "mailbox/domain/numbers.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/checks.h"
#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

std::string PathOf(const domain::Person& person) {
  return fmt::format("people[{}]", person.display_name);
}

/// Makes mailboxes of people, one after the other.
class Enabling {
 public:
  Enabling(const EnableOptions& options, const v1::DialPlan& plan, std::set<std::string> taken)
      : options_(options), plan_(plan), taken_(std::move(taken)) {}

  /// What is wrong goes to `problems`; nullopt then.
  std::optional<v1::Mailbox> MailboxFor(const domain::Person& person,
                                        std::vector<Problem>& problems) const {
    const std::string path = PathOf(person);
    const auto wrong = [&](const char* field, std::string text) {
      problems.push_back({path + field, std::move(text), {}, 0, 0});
      return std::nullopt;
    };
    if (taken_.contains(person.id)) return wrong("", "has a mailbox already");
    if (person.disabled) return wrong("", "is disabled in the directory");
    if (person.email.empty()) return wrong(".email", "is not in the directory");
    v1::Mailbox mailbox;
    mailbox.set_directory_id(person.id);
    mailbox.set_display_name(person.display_name);
    mailbox.set_email(person.email);
    mailbox.set_policy(options_.policy);
    mailbox.set_id(!options_.id.empty()    ? options_.id
                   : !person.alias.empty() ? person.alias
                                           : person.email);
    const auto extension = Extension(person);
    if (!extension.ok()) return wrong(".extension", Message(extension.status()));
    mailbox.set_extension(*extension);
    mailbox.set_sip_resource_identifier(Resource(person));
    return mailbox;
  }

 private:
  absl::StatusOr<std::string> Extension(const domain::Person& person) const {
    if (!options_.extension.empty()) return options_.extension;
    const int digits = static_cast<int>(plan_.number_of_digits_in_extension());
    absl::Status first = domain::Invalid("is needed: the directory has no telephone number");
    for (const std::string& number : person.telephones) {
      absl::StatusOr<std::string> extension = domain::ExtensionIn(number, digits);
      if (extension.ok()) return extension;
      if (&number == &person.telephones.front()) {
        first = domain::Invalid("is needed: " + Message(extension.status()));
      }
    }
    return first;
  }

  /// "" where none is needed, or none can be told: then the rules say so.
  std::string Resource(const domain::Person& person) const {
    if (!options_.sip_resource_identifier.empty()) return options_.sip_resource_identifier;
    if (plan_.uri_type() != v1::URI_TYPE_E164) return "";
    for (const std::string& number : person.telephones) {
      const auto normal = domain::NormalizeNumber(number);
      if (normal.ok() && domain::CheckE164(*normal).ok()) return *normal;
    }
    return "";
  }

  const EnableOptions& options_;
  const v1::DialPlan plan_;
  const std::set<std::string> taken_;  // directory ids of mailboxes
};

std::set<std::string> Taken(const Model& model) {
  std::set<std::string> ids;
  for (const EntryPtr& entry : model.entries(Kind::kMailbox)) {
    ids.insert(entry->object.mailbox().directory_id());
  }
  ids.erase("");
  return ids;
}

/// Takes a field from the person unless no mailbox may have it.
void Follow(const char* field, const std::string& value, v1::Mailbox& mailbox,
            google::protobuf::FieldMask& mask, std::vector<Concern>& concerns) {
  const auto& r = *mailbox.GetReflection();
  const auto* f = mailbox.GetDescriptor()->FindFieldByName(field);
  const std::string before = r.GetString(mailbox, f);
  if (before == value) return;
  r.SetString(&mailbox, f, value);
  for (const config::Problem& problem : config::Check(mailbox, CheckForm)) {
    if (problem.path != field) continue;
    concerns.push_back({mailbox.id(), fmt::format("{} in the directory is {}, and {}", field,
                                                  domain::Quoted(value), problem.text)});
    r.SetString(&mailbox, f, before);
    return;
  }
  mask.add_paths(field);
}

}  // namespace

Outcome EnablePeople(const Model& model, const std::vector<domain::PersonPtr>& people,
                     const EnableOptions& options, const Context& context) {
  Outcome nothing;
  const v1::MailboxPolicy* policy = model.Policy(options.policy);
  if (!policy) {
    nothing.problems.push_back(
        {"policy",
         options.policy.empty() ? "is needed"
                                : fmt::format("there is no {} {}", TitleOf(Kind::kMailboxPolicy),
                                              domain::Quoted(options.policy)),
         {},
         0,
         0});
    return nothing;
  }
  const Enabling enabling(options, Effective(*model.DialPlan(policy->dial_plan())), Taken(model));
  std::vector<Problem> unfit;
  Operations operations;
  std::vector<std::string> paths;
  for (const domain::PersonPtr& person : people) {
    auto mailbox = enabling.MailboxFor(*person, unfit);
    if (!mailbox) continue;
    *operations.Add()->mutable_create()->mutable_mailbox() = *std::move(mailbox);
    paths.push_back(PathOf(*person));
  }
  Outcome outcome;
  if (options.pass_over || unfit.empty()) outcome = Evaluate(model, operations, context, &paths);
  auto& told = options.pass_over ? outcome.warnings : outcome.problems;
  told.insert(told.end(), unfit.begin(), unfit.end());
  return outcome;
}

Following FollowPeople(const Model& model, const domain::People& people) {
  Following following;
  for (const EntryPtr& entry : model.entries(Kind::kMailbox)) {
    v1::Mailbox mailbox = entry->object.mailbox();
    if (mailbox.directory_id().empty()) continue;
    ++following.followers;
    const auto concern = [&](const char* text) {
      following.concerns.push_back({mailbox.id(), text});
    };
    const domain::PersonPtr person = people.Find(mailbox.directory_id());
    if (!person) {
      concern("its person is gone from the directory");
      continue;
    }
    if (person->disabled) concern("its person is disabled in the directory");
    google::protobuf::FieldMask mask;
    Follow("display_name", person->display_name, mailbox, mask, following.concerns);
    if (person->email.empty()) {
      concern("its person has no mail address in the directory any more");
    } else {
      Follow("email", person->email, mailbox, mask, following.concerns);
    }
    if (mask.paths().empty()) continue;
    admin::Update& update = *following.operations.Add()->mutable_update();
    update.set_name(mailbox.id());
    *update.mutable_object()->mutable_mailbox() = std::move(mailbox);
    *update.mutable_mask() = std::move(mask);
  }
  return following;
}

}  // namespace um::organisation
