// Engine: where SQLite and PostgreSQL differ. Internal to this folder.
#pragma once

#include <memory>
#include <string>

#include "mailbox/store/sql.h"

namespace um::store {

/// Immutable; thread: any.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual const Dialect& dialect() const = 0;
  /// Connections that are of use at the same time.
  virtual int connections() const = 0;
  /// Opens a connection with its settings. Throws what SOCI throws.
  virtual void Connect(soci::session& sql) const = 0;
  /// Looks at the database once, before it is used: kFailedPrecondition if it cannot serve. Logs
  /// what makes it less safe than it should be. Throws what SOCI throws.
  virtual absl::Status Examine(soci::session& sql) const = 0;
  /// The exception being handled, as a status with no statement and no parameter in its text.
  virtual absl::Status Failure() const = 0;
  /// True if the connection is of no use any more.
  virtual bool Lost(soci::session& sql) const = 0;
};

/// A database file. WAL, synchronous=FULL: what was committed survives power loss.
/// kInvalidArgument: SOCI cannot say the path.
absl::StatusOr<std::unique_ptr<Engine>> SqliteEngine(const std::string& path);

/// `url` is libpq's: postgresql://user@host1,host2/database?sslmode=verify-full. `password`, if not
/// "", goes before the URL's. kInvalidArgument: no such URL; the text does not quote it, for it may
/// have a password.
absl::StatusOr<std::unique_ptr<Engine>> PostgresEngine(const std::string& url,
                                                       const std::string& password);

}  // namespace um::store
