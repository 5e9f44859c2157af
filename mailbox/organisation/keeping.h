// How much, and how long, mailboxes' messages and greetings may be: what their policies say. Pure.
#pragma once

#include "mailbox/domain/keeping.h"
#include "mailbox/organisation/model.h"

namespace um::organisation {

/// What a mailbox of this policy may hold.
domain::Quota QuotaOf(const v1::MailboxPolicy& policy);

/// The longest greeting of the user's own, away or not.
domain::Milliseconds LongestGreeting(const v1::MailboxPolicy& policy);

/// Adds the retention of all mailboxes, the disabled ones too.
void AddRetention(const Model& model, domain::RetentionRules& rules);

}  // namespace um::organisation
