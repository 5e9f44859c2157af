// Call answering: a caller reaches somebody's voice mail.
#pragma once

#include "common/async/task.h"
#include "mailbox/dialogs/call.h"
#include "mailbox/domain/route.h"

namespace um::dialogs {

/// One call from start to end: answer, greet, record and let the caller review it, thank, hang up.
/// Whatever ends it, `spooled` is left as exactly one message or one missed call. `call` outlives
/// the task.
Task<> AnswerCall(Call& call, domain::CallRoute route,
                  std::unique_ptr<domain::SpooledCall> spooled);

}  // namespace um::dialogs
