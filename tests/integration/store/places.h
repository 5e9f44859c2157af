// Where a store can be: what every test of the stores' contracts runs on.
#pragma once

#include <string>

#include "mailbox/store/stores.h"
#include "tests/integration/store/temp_dir.h"
#include "tests/support/catch.h"
#include "tests/support/postgres.h"

namespace um::tests {

/// The embedded store in a directory of its own.
class Embedded {
 public:
  store::StoreOptions options() const { return {.directory = dir_.path()}; }
  const std::string& directory() const { return dir_.path(); }

 private:
  TempDir dir_;
};

/// A database of its own in PostgreSQL.
class PostgreSql {
 public:
  store::StoreOptions options() const { return {.url = url_}; }

 private:
  const std::string url_ = Postgres::Shared().NewDatabase();
};

inline store::Stores OpenStores(const store::StoreOptions& options) {
  auto stores = store::Open(options);
  if (!stores.ok()) FAIL(stores.status().ToString());
  return *std::move(stores);
}

inline void RequireOk(const absl::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

}  // namespace um::tests
