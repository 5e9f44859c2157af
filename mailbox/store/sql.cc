#include "mailbox/store/sql.h"

#include "common/log/log.h"

namespace um::store {

Transaction::~Transaction() {
  if (done_) return;
  try {
    sql_ << "ROLLBACK";
  } catch (const std::exception&) {
    // It is over already: SQLite has rolled back by itself (disk full, I/O error), or the
    // connection is gone.
    log::Debug("transaction.undone");
  }
}

}  // namespace um::store
