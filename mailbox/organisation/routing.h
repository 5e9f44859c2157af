// What calls need of an organisation.   Pure.
#pragma once

#include "mailbox/domain/organisation.h"
#include "mailbox/domain/route.h"
#include "mailbox/organisation/model.h"

namespace um::organisation {

/// Defaults filled in; disabled mailboxes left out.
domain::Organisation Routing(const Model& model);

}  // namespace um::organisation
