// A line of the audit that changes no object.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mailbox/domain/time.h"

namespace um::store {

/// Who does something, and when.
struct Doer {
  std::string actor;
  domain::WallTime at{};
};

/// What was done beside an organisation's objects: a PIN was reset, messages were erased.
struct AuditNote {
  std::string action;          ///< one word: "erase"; none of a change's
  std::string kind, id, name;  ///< of the object it is about; as StoredObject has them
  /// What there is to tell, in order; plain texts, nothing secret.
  std::vector<std::pair<std::string, std::string>> facts;
};

}  // namespace um::store
