#include "mailbox/organisation/pins.h"

#include "mailbox/domain/numbers.h"
#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

std::optional<int> LimitOf(const config::v1::Limit& limit) {
  if (!limit.has_value()) return std::nullopt;
  return domain::UnlimitedIfZero(static_cast<int>(limit.value()));
}

}  // namespace

domain::PinPolicy PinPolicyOf(const Model& model, const v1::Mailbox& mailbox) {
  const v1::MailboxPolicy* stored = model.Policy(mailbox.policy());
  const v1::MailboxPolicy policy = Effective(stored ? *stored : v1::MailboxPolicy());
  return {.min_pin_length = static_cast<int>(policy.min_pin_length()),
          .pin_history_count = static_cast<int>(policy.pin_history_count()),
          .pin_lifetime_days = LimitOf(policy.pin_lifetime_days()),
          .allow_common_patterns = policy.allow_common_patterns(),
          .logon_failures_before_pin_reset = LimitOf(policy.logon_failures_before_pin_reset()),
          .max_logon_attempts = LimitOf(policy.max_logon_attempts())};
}

domain::PinOwner PinOwnerOf(const Model& model, const v1::Mailbox& mailbox) {
  domain::PinOwner owner;
  for (const MailboxAddress& address : AddressesOf(model, mailbox)) {
    if (domain::IsDigits(address.value)) {
      owner.extensions.push_back(address.value);
    } else if (domain::CheckE164(address.value).ok()) {
      owner.phone_numbers.push_back(address.value);
    }
  }
  for (const std::string& number : mailbox.calling_line_ids()) {
    owner.phone_numbers.push_back(number);
  }
  return owner;
}

}  // namespace um::organisation
