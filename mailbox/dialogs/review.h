// Recording a message, and what callers may do with it before it is sent: hear, redo, continue,
// mark or cancel it (spec: options menu after `#` of call answering, touch tone).
#pragma once

#include "common/async/task.h"
#include "mailbox/dialogs/call.h"
#include "mailbox/domain/route.h"

namespace um::dialogs {

enum class Review { kSend, kCancel };

/// Records (the tone has been sounded) until `#`, silence or limit, and offers the menus until the
/// caller sends or cancels. Whoever does not answer a menu sends: what was said is not lost for
/// want of a key. `route` and `recording` outlive the task.
Task<Review> RecordAndReview(Call& call, const domain::CallRoute& route,
                             domain::SpooledCall& recording);

}  // namespace um::dialogs
