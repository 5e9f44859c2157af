// Keeping: how much, and for how long, Voxpost keeps its own copies of messages. What the mail
// system keeps is its own matter.   Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "mailbox/domain/time.h"

namespace um::domain {

/// What a mailbox may hold; nullopt: without limit. Defaults are those of a mailbox policy.
struct Quota {
  std::optional<int64_t> messages = 1000;
  std::optional<Milliseconds> audio;
};

/// What a mailbox holds: all its voice messages that are stored, whether mail has taken them or
/// not. Missed calls do not count: they hold no audio, and a full mailbox gets one for each caller.
struct Holding {
  int64_t messages = 0;
  Milliseconds audio{};
};

/// True if there is no room for another message, however short.
bool IsFull(const Quota& quota, const Holding& holding);

/// For how many days after its delivery a message is kept; nullopt: for ever.
using KeptDays = std::optional<int>;

/// All mailboxes' retention. What was not delivered is kept until it is.
class RetentionRules {
 public:
  static constexpr KeptDays kDefault = 30;  ///< a mailbox policy's

  void Set(const std::string& organisation, const std::string& mailbox_id, KeptDays days);
  /// kDefault for a mailbox that nothing is known of: it was deleted, or is the configuration's.
  KeptDays Of(const std::string& organisation, const std::string& mailbox_id) const;
  /// What was delivered after this is over for no mailbox.
  WallTime Earliest(WallTime now) const;
  bool IsOver(const std::string& organisation, const std::string& mailbox_id, WallTime delivered,
              WallTime now) const;

 private:
  std::map<std::pair<std::string, std::string>, KeptDays> days_;  // that differ from kDefault
};

}  // namespace um::domain
