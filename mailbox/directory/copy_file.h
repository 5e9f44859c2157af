// The last good copy of a directory, on disk: what people there are is known while LDAP is down.
// Its format is in mailbox/store/FORMAT.md.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "mailbox/domain/people.h"
#include "mailbox/store/files.h"

namespace um::directory {

/// A directory as it was read.
struct Copy {
  std::string source;  ///< which settings it was read with
  domain::PeoplePtr people = std::make_shared<const domain::People>();
  int64_t changed =
      0;  ///< Unix time [s] of the latest change in it, by the server's clock; 0: not known
  int64_t read = 0;            ///< Unix time [s], by our clock; 0: never
  int64_t read_everybody = 0;  ///< the same, of the last time everybody was read
};

/// Blocking. kNotFound: there is none. kDataLoss: it is damaged, or of a newer release.
absl::StatusOr<Copy> LoadCopy(store::Files& files, const std::string& path);

/// Replaces the file as a whole or not at all; it survives power loss. Blocking.
absl::Status SaveCopy(store::Files& files, const std::string& path, const Copy& copy);

}  // namespace um::directory
