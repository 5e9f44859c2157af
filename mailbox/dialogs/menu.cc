#include "mailbox/dialogs/menu.h"

#include <utility>

namespace um::dialogs {
namespace {

/// After the menu's end.
constexpr async::Duration kTimeToThink = std::chrono::seconds(5);

}  // namespace

Task<Key> Ask(Call& call, Menu menu, int patience, Key pressed, bool is_there) {
  for (int failures = 0;;) {
    if (pressed == Key::kNone) {
      const PlayOptions listening{.barge_in = kAnyKey, .wait = kTimeToThink};
      pressed = co_await call.Play({menu.phrases, {}}, listening);
    }
    if (menu.keys.has(pressed)) co_return pressed;
    is_there |= pressed != Key::kNone;
    if (!is_there) co_return Key::kNone;
    if (pressed != Key::k0 && ++failures >= patience) co_return Key::kNone;
    const bool wrong = pressed != Key::k0 && pressed != Key::kNone;
    pressed = Key::kNone;
    if (wrong) pressed = co_await call.Play({{Phrase::kInvalidChoice}, {}}, {.barge_in = kAnyKey});
  }
}

}  // namespace um::dialogs
