// KeySources: a press that comes in several ways counts once.   Pure.
#pragma once

#include <deque>

#include "common/async/loop.h"

namespace um::calls {

/// How keys can reach us, the surest way last: tones in the audio, INFO, RFC 4733 events.
enum class KeySource { kTone, kInfo, kEvent };

/// A call's keys come the surest way that it has used so far: keys that come another way, less
/// sure, no longer count. The press with which a surer way appears may have come before by a less
/// sure one, and is not counted again.
class KeySources {
 public:
  /// Whether this key is a press of its own.
  bool Counts(KeySource source, char key, async::Time now);

 private:
  struct Press {
    KeySource source;
    char key;
    async::Time at;
  };
  KeySource best_ = KeySource::kTone;
  std::deque<Press> counted_;  // of the last kLater, which may come again
};

}  // namespace um::calls
