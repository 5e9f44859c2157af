#include "mailbox/organisation/keeping.h"

#include <unordered_map>

#include "mailbox/organisation/plans.h"

namespace um::organisation {

domain::Quota QuotaOf(const v1::MailboxPolicy& policy) {
  const v1::MailboxPolicy in = Effective(policy);
  domain::Quota quota{std::nullopt, std::nullopt};
  if (!in.max_messages().unlimited()) quota.messages = in.max_messages().value();
  if (!in.max_stored_minutes().unlimited()) {
    quota.audio = std::chrono::minutes(in.max_stored_minutes().value());
  }
  return quota;
}

domain::Milliseconds LongestGreeting(const v1::MailboxPolicy& policy) {
  return std::chrono::minutes(Effective(policy).max_greeting_duration_minutes());
}

void AddRetention(const Model& model, domain::RetentionRules& rules) {
  std::unordered_map<const v1::MailboxPolicy*, domain::KeptDays> days;  // each policy is read once
  for (const EntryPtr& entry : model.entries(Kind::kMailbox)) {
    const v1::Mailbox& mailbox = entry->object.mailbox();
    const v1::MailboxPolicy* policy = model.Policy(mailbox.policy());
    if (!policy) continue;
    const auto [known, fresh] = days.try_emplace(policy);
    if (fresh) {
      const um::config::v1::Limit limit = Effective(*policy).message_retention_days();
      if (!limit.unlimited()) known->second = static_cast<int>(limit.value());
    }
    rules.Set(model.id(), mailbox.id(), known->second);
  }
}

}  // namespace um::organisation
