#include "mailbox/store/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "common/base/status.h"

namespace um::store {
namespace {

struct Descriptor {
  explicit Descriptor(int f) : fd(f) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() { close(fd); }
  const int fd;
};

}  // namespace

absl::StatusOr<std::shared_ptr<void>> LockDirectory(const std::string& directory, Use use) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    const std::error_code error(errno, std::generic_category());
    return absl::UnavailableError(fmt::format("open {}: {}", directory, error.message()));
  }
  auto held = std::make_shared<Descriptor>(fd);
  const int how = use == Use::kShared ? LOCK_SH : LOCK_EX;
  if (flock(fd, how | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return absl::UnavailableError(directory + " is used by a process that runs");
  }
  return held;
}

}  // namespace um::store
