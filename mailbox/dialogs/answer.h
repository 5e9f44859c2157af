// Call answering: a caller reaches somebody's voice mail.
#pragma once

#include <memory>

#include "common/async/sync.h"
#include "common/async/task.h"
#include "mailbox/dialogs/call.h"
#include "mailbox/domain/route.h"

namespace um::dialogs {

/// Gets whether the mailbox is full, once that is known.
using Fullness = std::shared_ptr<async::Channel<bool>>;

/// One call from start to end: answer, greet, record and let the caller review it, thank, hang
/// up. A caller of a full mailbox, or without number where those are refused, is told so instead,
/// and leaves a missed call. Whatever ends it, `spooled` is left as exactly one message or one
/// missed call; as nothing only if an operator has taken the call. `call` outlives the task.
Task<> AnswerCall(Call& call, domain::CallRoute route, std::unique_ptr<domain::SpooledCall> spooled,
                  Fullness full);

}  // namespace um::dialogs
