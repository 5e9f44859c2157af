// Database: the store's connections, lent to one caller at a time each. Internal to this folder.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "mailbox/store/engine.h"

namespace um::store {

/// Blocking.   Thread: any.
class Database {
 public:
  /// Connects once, looks whether the engine can serve, and migrates.
  static absl::StatusOr<std::shared_ptr<Database>> Open(std::unique_ptr<Engine> engine);

  /// Runs f(Session&) -> absl::Status or absl::StatusOr<T> with a connection of its own, and turns
  /// what SOCI throws into a status: "`attempt`: disk is full". f must not call Run(). A connection
  /// that was lost is kUnavailable, and the next call makes a new one.
  template <class F>
  auto Run(const std::string& attempt, F f) -> std::invoke_result_t<F, Session&> {
    absl::StatusOr<Loan> loan = Borrow();
    if (!loan.ok()) return Annotate(loan.status(), attempt);
    try {
      Session session{*loan->sql, engine_->dialect()};
      return f(session);
    } catch (const std::exception&) {
      return Annotate(loan->Failed(), attempt);
    }
  }

 private:
  /// A connection until the end of the scope.
  struct Loan {
    Loan(Database* of, std::unique_ptr<soci::session> connection, int opened)
        : owner(of), sql(std::move(connection)), generation(opened) {}
    Loan(Loan&&) = default;
    ~Loan() {
      if (sql) owner->Return(std::move(sql), generation);
    }
    /// The exception being handled, as a status.
    absl::Status Failed();

    Database* owner;
    std::unique_ptr<soci::session> sql;
    int generation;
  };

  explicit Database(std::unique_ptr<Engine> engine)
      : engine_(std::move(engine)), free_(engine_->connections()) {}
  absl::StatusOr<Loan> Borrow();
  void Return(std::unique_ptr<soci::session> sql, int generation);

  const std::unique_ptr<Engine> engine_;
  std::mutex mutex_;
  std::condition_variable returned_;
  int free_;  // connections that may be lent; guarded by mutex_, like all below
  std::vector<std::unique_ptr<soci::session>> idle_;
  int generation_ = 0;  // goes up when a connection is lost: the others of its time go with it
};

}  // namespace um::store
