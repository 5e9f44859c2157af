// SQL: the little of SOCI that the store uses. Internal to this folder.
//
// What SOCI 4.0.3 (Debian) needs known:
//   - Its headers use Boost unless told otherwise, and the package does not depend on Boost.
//   - It does not export the type information that -fsanitize=vptr asks for (CMakeLists.txt
//   switches that check off here).
//   - what() of its exceptions quotes the statement's parameters, which may be secret;
//   get_error_message() does not, but PostgreSQL's own text may (engine_postgres.cc).
//   - To PostgreSQL it gives texts up to their first NUL: no text may have one (text.h).
#pragma once

#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME
#include <soci/soci.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace um::store {

/// What the two engines say differently. All other statements are the same for both.
struct Dialect {
  const char* begin;           ///< a transaction that writes
  const char* begin_snapshot;  ///< one that reads what is there at one moment
  /// After a SELECT: the rows stay as they are until the transaction's end. SQLite has one writer.
  const char* for_update;
  const char* skip_locked;  ///< after for_update: without rows that are somebody else's
  const char* lock_schema;  ///< in a transaction, before migrating; "": `begin` does
  const char* encode;       ///< SQL functions: BYTEA to base64 text and back
  const char* decode;
};

/// A connection in use.   Thread: one.
struct Session {
  soci::session& sql;
  const Dialect& dialect;
};

/// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Session& session) : Transaction(session, session.dialect.begin) {}
  /// Reading only, all of one moment.
  static Transaction Snapshot(Session& session) {
    return Transaction(session, session.dialect.begin_snapshot);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void Commit() {
    sql_ << "COMMIT";
    done_ = true;
  }

 private:
  Transaction(Session& session, const char* begin) : sql_(session.sql) { sql_ << begin; }

  soci::session& sql_;
  bool done_ = false;
};

/// Brings the database to this release's schema, step by step. kFailedPrecondition: a newer release
/// made it.
absl::Status Migrate(Session& session);

}  // namespace um::store
