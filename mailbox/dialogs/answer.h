// Call answering: a caller reaches somebody's voice mail.
#pragma once

#include <memory>

#include "common/async/sync.h"
#include "common/async/task.h"
#include "mailbox/dialogs/call.h"
#include "mailbox/domain/route.h"

namespace um::dialogs {

/// What was asked of the store when the call came. Each gets its answer once that is known.
struct Asked {
  std::shared_ptr<async::Channel<bool>> full;             ///< whether the mailbox is full
  std::shared_ptr<async::Channel<domain::OwnWords>> own;  ///< what its user has recorded
};

/// One call from start to end: answer, greet, record and let the caller review it, thank, hang
/// up. A caller of a full mailbox, or without number where those are refused, is told so instead,
/// and leaves a missed call. Whatever ends it, `spooled` is left as exactly one message or one
/// missed call; as nothing only if an operator has taken the call. `call` outlives the task.
Task<> AnswerCall(Call& call, domain::CallRoute route, std::unique_ptr<domain::SpooledCall> spooled,
                  Asked asked);

}  // namespace um::dialogs
