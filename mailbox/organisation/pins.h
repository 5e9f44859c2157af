// What the rules of PINs need of an organisation.   Pure.
#pragma once

#include "mailbox/domain/pin_rules.h"
#include "mailbox/organisation/model.h"

namespace um::organisation {

/// The PIN part of a mailbox' policy, defaults filled in. 0 means unlimited, as "unlimited" does.
domain::PinPolicy PinPolicyOf(const Model& model, const v1::Mailbox& mailbox);

/// What outsiders know or can guess of the mailbox' user: every extension and every number.
domain::PinOwner PinOwnerOf(const Model& model, const v1::Mailbox& mailbox);

}  // namespace um::organisation
