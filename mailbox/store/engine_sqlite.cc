#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include "common/base/status.h"
#include "mailbox/store/engine.h"

namespace um::store {
namespace {

absl::StatusCode CodeOf(int result) {
  switch (result & 0xff) {  // the rest tells more about the same kind
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
      return absl::StatusCode::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_CONSTRAINT:
      return result == SQLITE_CONSTRAINT_FOREIGNKEY ? absl::StatusCode::kFailedPrecondition
                                                    : absl::StatusCode::kAlreadyExists;
    default:
      return absl::StatusCode::kInternal;
  }
}

class Sqlite final : public Engine {
 public:
  explicit Sqlite(std::string path) : path_(std::move(path)) {}

  const Dialect& dialect() const override {
    // IMMEDIATE takes the write lock at once, because a transaction that begins by reading and is
    // then refused the lock cannot wait for it (SQLITE_BUSY_SNAPSHOT).
    static constexpr Dialect kDialect = {.begin = "BEGIN IMMEDIATE",
                                         .begin_snapshot = "BEGIN",
                                         .for_update = "",
                                         .skip_locked = "",
                                         .lock_schema = "",
                                         .encode = "",
                                         .decode = ""};
    return kDialect;
  }

  int connections() const override { return 1; }  // there is one writer anyway

  void Connect(soci::session& sql) const override {
    // SQLite would make it readable for others; it holds callers' names and the pool's key. Its
    // journal takes the same mode.
    const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
    sql.open(soci::sqlite3, "db=\"" + path_ + "\" timeout=5");
    std::string mode;
    sql << "PRAGMA journal_mode=WAL", soci::into(mode);
    sql << "PRAGMA synchronous=FULL";
    sql << "PRAGMA foreign_keys=ON";
    // What is erased is overwritten. Debian's default; said here because erasure relies on it.
    int secure = 0;
    sql << "PRAGMA secure_delete=ON", soci::into(secure);
  }

  absl::Status Examine(soci::session& sql) const override {
    std::string mode;
    sql << "PRAGMA journal_mode", soci::into(mode);
    if (mode == "wal") return absl::OkStatus();
    return absl::FailedPreconditionError("no WAL on this file system");
  }

  absl::Status Failure() const override {
    try {
      throw;
    } catch (const soci::sqlite3_soci_error& error) {
      return absl::Status(CodeOf(error.result()), error.get_error_message());
    } catch (const soci::soci_error& error) {
      return absl::InternalError(error.get_error_message());
    } catch (const std::exception& error) {
      return absl::InternalError(error.what());
    }
  }

  bool Lost(soci::session&) const override { return false; }

 private:
  const std::string path_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> SqliteEngine(const std::string& path) {
  if (path.find('"') != std::string::npos) {
    return absl::InvalidArgumentError("a data directory's name may not contain \"");
  }
  return std::make_unique<Sqlite>(path);
}

}  // namespace um::store
