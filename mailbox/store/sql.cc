#include "mailbox/store/sql.h"

#include <soci/sqlite3/soci-sqlite3.h>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::store {
namespace {

absl::StatusCode CodeOf(const soci::soci_error& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  if (!sqlite) return absl::StatusCode::kInternal;
  switch (sqlite->result() & 0xff) {  // the rest tells more about the same kind
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
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status SqlFailure(const std::string& attempt) {
  try {
    throw;
  } catch (const soci::soci_error& error) {
    return absl::Status(CodeOf(error), attempt + ": " + error.get_error_message());
  } catch (const std::exception& error) {
    return absl::InternalError(attempt + ": " + error.what());
  }
}

Transaction::~Transaction() {
  if (done_) return;
  try {
    sql_ << "ROLLBACK";
  } catch (const std::exception&) {
    // SQLite has rolled back by itself already (disk full, I/O error): nothing is left to undo.
    log::Debug("transaction.undone");
  }
}

}  // namespace um::store
