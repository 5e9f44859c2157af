#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/status.h"
#include "mailbox/store/files.h"

namespace um::store {
namespace {

absl::Status Failure(const char* attempt, const std::string& path, int error) {
  const std::string text =
      fmt::format("{} {}: {}", attempt, path, std::generic_category().message(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return absl::ResourceExhaustedError(text);
    case ENOENT:
      return absl::NotFoundError(text);
    case EEXIST:
      return absl::AlreadyExistsError(text);
    case EWOULDBLOCK:
      return absl::UnavailableError(text);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(text);
    default:
      return absl::InternalError(text);
  }
}

/// A file descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

int Retrying(auto call) {
  int result;
  do {
    result = static_cast<int>(call());
  } while (result < 0 && errno == EINTR);
  return result;
}

/// True if `path` still names the file behind `fd`: between open and lock another process may have
/// moved it.
bool StillNamed(int fd, const std::string& path) {
  struct stat opened, named;
  return fstat(fd, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

absl::StatusOr<std::string> ReadFd(int fd, const std::string& path, uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  size_t got = 0;
  while (got < size) {
    const ssize_t n = pread(fd, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failure("read", path, errno);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

absl::StatusOr<std::string> ReadWhole(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Failure("stat", path, errno);
  return ReadFd(fd, path, 0, static_cast<size_t>(info.st_size));
}

class RealFile final : public File {
 public:
  RealFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  absl::Status Append(std::string_view bytes) override {
    const off_t end = lseek(fd_.get(), 0, SEEK_END);
    if (end < 0) return Failure("seek", path_, errno);
    return WriteAt(static_cast<uint64_t>(end), bytes);
  }

  absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Failure("write", path_, errno);
      offset += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  }

  absl::Status Truncate(uint64_t size) override {
    if (Retrying([&] { return ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
      return Failure("truncate", path_, errno);
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    if (Retrying([&] { return fdatasync(fd_.get()); }) != 0) return Failure("sync", path_, errno);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAll() override { return ReadWhole(fd_.get(), path_); }
  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) override {
    return ReadFd(fd_.get(), path_, offset, size);
  }

 private:
  Fd fd_;
  std::string path_;
};

class RealFilesImpl final : public Files {
 public:
  absl::StatusOr<std::unique_ptr<File>> Create(const std::string& path) override {
    // A recovering process may open and move the file before it is locked: then it is made anew.
    for (int attempt = 0; attempt < 10; ++attempt) {
      Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
      if (!fd.open()) return Failure("create", path, errno);
      if (Retrying([&] { return flock(fd.get(), LOCK_EX); }) != 0) {
        const int error = errno;
        unlink(path.c_str());
        return Failure("lock", path, error);
      }
      if (StillNamed(fd.get(), path)) return std::make_unique<RealFile>(std::move(fd), path);
    }
    return absl::UnavailableError("create " + path + ": somebody keeps removing it");
  }

  absl::StatusOr<std::unique_ptr<File>> OpenLocked(const std::string& path) override {
    Fd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.open()) return Failure("open", path, errno);
    if (Retrying([&] { return flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      return Failure("lock", path, errno);
    }
    if (!StillNamed(fd.get(), path)) return Failure("open", path, ENOENT);
    return std::make_unique<RealFile>(std::move(fd), path);
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return Failure("rename", from, errno);
    return absl::OkStatus();
  }

  absl::Status Remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0) return Failure("remove", path, errno);
    return absl::OkStatus();
  }

  absl::Status MakeDirectories(const std::string& path) override {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    int error = mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
    if (error == ENOENT && !parent.empty() && parent != path) {
      UM_RETURN_IF_ERROR(MakeDirectories(parent));
      error = mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
    }
    if (error == EEXIST) return absl::OkStatus();
    if (error != 0) return Failure("make directory", path, error);
    return SyncDirectory(parent);
  }

  absl::StatusOr<std::string> Read(const std::string& path) override {
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.open()) return Failure("open", path, errno);
    return ReadWhole(fd.get(), path);
  }

  absl::StatusOr<bool> Exists(const std::string& path) override {
    if (access(path.c_str(), F_OK) == 0) return true;
    if (errno == ENOENT) return false;
    return Failure("look for", path, errno);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    std::vector<std::string> names;
    DIR* stream = opendir(directory.c_str());
    if (!stream) return Failure("list", directory, errno);
    while (const dirent* entry = readdir(stream)) {
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") names.emplace_back(name);
    }
    closedir(stream);
    return names;
  }

  absl::Status SyncDirectory(const std::string& directory) override {
    const std::string path = directory.empty() ? "." : directory;
    Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.open()) return Failure("open directory", path, errno);
    if (Retrying([&] { return fsync(fd.get()); }) != 0) {
      return Failure("sync directory", path, errno);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> FreeBytes(const std::string& directory) override {
    struct statvfs info;
    if (statvfs(directory.c_str(), &info) != 0) return Failure("measure", directory, errno);
    return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
  }
};

}  // namespace

std::unique_ptr<Files> RealFiles() { return std::make_unique<RealFilesImpl>(); }

}  // namespace um::store
