// SQL: the little of SOCI that the store uses, its exceptions turned into Status. Internal to this
// folder.
//
// What SOCI 4.0.3 (Debian) needs known:
//   - Its headers use Boost unless told otherwise, and the package does not depend on Boost.
//   - It does not export the type information that -fsanitize=vptr asks for (CMakeLists.txt
//   switches that check off here).
//   - what() of its exceptions quotes the statement's parameters, which may be secret;
//   get_error_message() does not.
#pragma once

#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME
#include <soci/soci.h>

#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace um::store {

/// The exception being handled, as a status: "`attempt`: disk is full".
absl::Status SqlFailure(const std::string& attempt);

/// Runs f() -> absl::Status or absl::StatusOr<T>, and turns what SOCI throws into a status.
template <class F>
auto Sql(const std::string& attempt, F f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception&) {
    return SqlFailure(attempt);
  }
}

/// BEGIN IMMEDIATE ... COMMIT: takes the write lock at once, because a transaction that begins by
/// reading and is then refused the lock cannot wait for it (SQLITE_BUSY_SNAPSHOT). Rolls back
/// unless committed.
class Transaction {
 public:
  explicit Transaction(soci::session& sql) : sql_(sql) { sql_ << "BEGIN IMMEDIATE"; }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void Commit() {
    sql_ << "COMMIT";
    done_ = true;
  }

 private:
  soci::session& sql_;
  bool done_ = false;
};

/// Brings the database to this release's schema, step by step. kFailedPrecondition: a newer release
/// made it.
absl::Status Migrate(soci::session& sql);

}  // namespace um::store
