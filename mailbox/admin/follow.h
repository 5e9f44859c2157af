// Mailboxes follow the people of a directory.
#pragma once

#include <string>

#include "mailbox/admin/registry.h"
#include "mailbox/domain/people.h"

namespace um::admin {

/// Gives mailboxes the names and mail addresses of the people they follow, as an audited change by
/// "directory". What comes of it is logged. Blocks on the store.   Thread: any.
void FollowDirectory(Registry& registry, const std::string& organisation,
                     const domain::People& people);

}  // namespace um::admin
