// Whom notices go to and what they tell, as the organisation has it.
#pragma once

#include "absl/status/statusor.h"
#include "mailbox/admin/registry.h"
#include "mailbox/delivery/notice_mail.h"
#include "mailbox/organisation/model.h"
#include "mailbox/store/notice_store.h"

namespace um::admin {

/// True if a step makes a mailbox whose calls are answered, or enables one: its user is to be
/// welcomed.   Pure.
bool Enables(const organisation::Model::Step& step);

/// Of this moment, whichever node changed it. kFailedPrecondition: the mailbox is disabled.
/// kNotFound: it is gone, and its notice with it. Blocks on the store.   Thread: any.
absl::StatusOr<delivery::NoticeFacts> FactsOf(Registry& registry,
                                              const store::StoredNotice& notice);

/// The same of a model.   Pure.
absl::StatusOr<delivery::NoticeFacts> FactsOf(const organisation::Model& model,
                                              const store::StoredNotice& notice);

}  // namespace um::admin
