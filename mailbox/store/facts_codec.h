// A call's facts as bytes (proto/um/store/v1/spool.proto): in the spool file's header and in the
// database.   Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mailbox/domain/message.h"

namespace um::store {

std::string EncodeFacts(const domain::CallFacts& facts);
/// kDataLoss: not what EncodeFacts() makes, or values that have no meaning. Unknown fields are
/// ignored, so that a node of the release before can read what the next one wrote.
absl::StatusOr<domain::CallFacts> DecodeFacts(std::string_view bytes);

/// Microseconds since 1970: how times are written to disk.
inline int64_t Micros(domain::WallTime t) { return t.time_since_epoch().count(); }
inline domain::WallTime FromMicros(int64_t us) {
  return domain::WallTime(std::chrono::microseconds(us));
}

}  // namespace um::store
