#include "mailbox/domain/keeping.h"

#include <algorithm>

namespace um::domain {
namespace {

using Days = std::chrono::duration<int64_t, std::ratio<86400>>;

}  // namespace

bool IsFull(const Quota& quota, const Holding& holding) {
  return (quota.messages && holding.messages >= *quota.messages) ||
         (quota.audio && holding.audio >= *quota.audio);
}

void RetentionRules::Set(const std::string& organisation, const std::string& mailbox_id,
                         KeptDays days) {
  if (days != kDefault) days_.insert_or_assign({organisation, mailbox_id}, days);
}

KeptDays RetentionRules::Of(const std::string& organisation, const std::string& mailbox_id) const {
  const auto known = days_.find({organisation, mailbox_id});
  return known == days_.end() ? kDefault : known->second;
}

WallTime RetentionRules::Earliest(WallTime now) const {
  int least = *kDefault;
  for (const auto& [_, days] : days_) least = std::min(least, days.value_or(least));
  return now - Days(least);
}

bool RetentionRules::IsOver(const std::string& organisation, const std::string& mailbox_id,
                            WallTime delivered, WallTime now) const {
  const KeptDays days = Of(organisation, mailbox_id);
  return days && delivered + Days(*days) <= now;
}

}  // namespace um::domain
