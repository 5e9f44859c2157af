#include "mailbox/admin/socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace um::admin {

absl::Status PrepareSocketPath(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError(fmt::format(
        "admin_socket: {} is no path of at most {} characters", path, sizeof address.sun_path - 1));
  }
  memcpy(address.sun_path, path.data(), path.size());
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && std::filesystem::create_directories(folder, error)) {
    std::filesystem::permissions(folder, std::filesystem::perms(0750), error);
  }
  if (error) {
    return absl::UnavailableError(fmt::format("make {}: {}", folder.string(), error.message()));
  }

  struct stat info{};
  if (lstat(path.c_str(), &info) != 0) return absl::OkStatus();
  if (!S_ISSOCK(info.st_mode)) {
    return absl::InvalidArgumentError(
        fmt::format("admin_socket: {} exists and is no socket", path));
  }
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const int why = errno;
  close(fd);
  if (answered) return absl::AlreadyExistsError(fmt::format("another process answers on {}", path));
  if (why == ECONNREFUSED && unlink(path.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("{} cannot be replaced: {}", path, strerror(why)));
}

}  // namespace um::admin
