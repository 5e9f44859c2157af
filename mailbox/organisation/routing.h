// What calls need of an organisation.   Pure.
#pragma once

#include "mailbox/domain/organisation.h"
#include "mailbox/domain/route.h"
#include "mailbox/organisation/model.h"

namespace um::organisation {

/// Defaults filled in; disabled mailboxes left out.
domain::Organisation Routing(const Model& model);

/// The same, made from that of another model. If the models differ only in mailboxes, only these
/// are made anew.
domain::Organisation Routing(const Model& model, const Model& before,
                             const domain::Organisation& routing_before);

}  // namespace um::organisation
