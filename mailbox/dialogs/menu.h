// Menus: data that says what is asked and which keys answer, and the one way of asking.
#pragma once

#include <vector>

#include "common/async/task.h"
#include "mailbox/dialogs/call.h"

namespace um::dialogs {

struct Menu {
  std::vector<Phrase> phrases;
  Keys keys;  ///< what answers it. 0, where it is no answer, says it again
};

/// Says the menu until a key answers it; it is interrupted by any key. kNone: `patience` wrong keys
/// or silences came instead, or one silence of a caller who may have gone (not `is_there`).
/// `pressed`: a key that the caller has pressed already, or kNone.
Task<Key> Ask(Call& call, Menu menu, int patience, Key pressed = Key::kNone, bool is_there = true);

}  // namespace um::dialogs
