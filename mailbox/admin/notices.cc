#include "mailbox/admin/notices.h"

#include "common/base/status.h"
#include "mailbox/domain/names.h"
#include "mailbox/organisation/plans.h"

namespace um::admin {
namespace {

namespace objects = um::organisation::v1;
using organisation::Kind;
using organisation::Model;

bool IsEnabled(const objects::Mailbox& mailbox) {
  return mailbox.status() != objects::MAILBOX_STATUS_DISABLED;
}

std::vector<std::string> ExtensionsOf(const Model& model, const objects::Mailbox& mailbox) {
  const std::string plan = domain::FoldName(organisation::DialPlanOf(model, mailbox));
  std::vector<std::string> values;
  for (const auto& address : organisation::AddressesOf(model, mailbox)) {
    if (domain::FoldName(address.dial_plan) == plan) values.push_back(address.value);
  }
  return values;
}

}  // namespace

bool Enables(const Model::Step& step) {
  return step.after && step.after->kind == Kind::kMailbox &&
         IsEnabled(step.after->object.mailbox()) &&
         !(step.before && IsEnabled(step.before->object.mailbox()));
}

absl::StatusOr<delivery::NoticeFacts> FactsOf(const Model& model,
                                              const store::StoredNotice& notice) {
  const organisation::Entry* entry = model.Find(Kind::kMailbox, notice.mailbox);
  if (!entry || entry->id != notice.notice.mailbox_id) {
    return absl::NotFoundError("the mailbox is gone");
  }
  const objects::Mailbox& mailbox = entry->object.mailbox();
  if (!IsEnabled(mailbox)) return absl::FailedPreconditionError("the mailbox is disabled");
  delivery::NoticeFacts facts{.name = mailbox.display_name(),
                              .address = mailbox.email(),
                              .language = mailbox.language(),
                              .extensions = ExtensionsOf(model, mailbox),
                              .access_number = mailbox.pilot_number(),
                              .text = {}};
  if (const objects::DialPlan* stored = model.DialPlan(organisation::DialPlanOf(model, mailbox))) {
    const objects::DialPlan plan = organisation::Effective(*stored);
    if (facts.language.empty()) facts.language = plan.default_language();
    if (facts.access_number.empty() && plan.access_telephone_numbers_size() > 0) {
      facts.access_number = plan.access_telephone_numbers(0);
    }
  }
  if (const objects::MailboxPolicy* policy = model.Policy(mailbox.policy())) {
    const bool welcome = notice.notice.kind == store::NoticeKind::kWelcome;
    facts.text = welcome ? policy->um_enabled_text() : policy->reset_pin_text();
  }
  return facts;
}

absl::StatusOr<delivery::NoticeFacts> FactsOf(Registry& registry,
                                              const store::StoredNotice& notice) {
  // Another node may have made or enabled the mailbox a moment ago.
  UM_RETURN_IF_ERROR(registry.Refresh());
  UM_ASSIGN_OR_RETURN(const organisation::ModelPtr model,
                      registry.Find(notice.notice.organisation));
  return FactsOf(*model, notice);
}

}  // namespace um::admin
