#include "mailbox/store/database.h"

#include "common/log/log.h"

namespace um::store {
namespace {

// Longer than a statement may take: whoever waits this long waits for something that hangs.
constexpr auto kMaxWait = std::chrono::seconds(60);

}  // namespace

absl::StatusOr<std::shared_ptr<Database>> Database::Open(std::unique_ptr<Engine> engine) {
  const std::shared_ptr<Database> database(new Database(std::move(engine)));
  UM_RETURN_IF_ERROR(database->Run("open store", [&](Session& session) -> absl::Status {
    UM_RETURN_IF_ERROR(database->engine_->Examine(session.sql));
    return Migrate(session);
  }));
  return database;
}

absl::StatusOr<Database::Loan> Database::Borrow() {
  std::unique_ptr<soci::session> sql;
  int generation = 0;
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, kMaxWait, [this] { return free_ > 0; })) {
      return absl::UnavailableError("all connections to the database are in use");
    }
    --free_;
    generation = generation_;
    if (!idle_.empty()) {
      sql = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (sql) return Loan(this, std::move(sql), generation);
  Loan loan(this, std::make_unique<soci::session>(), generation);
  try {
    engine_->Connect(*loan.sql);
  } catch (const std::exception&) {
    const absl::Status status = engine_->Failure();
    loan.generation = -1;  // of no use to anybody else
    return status;
  }
  return loan;
}

absl::Status Database::Loan::Failed() {
  absl::Status status = owner->engine_->Failure();
  if (!owner->engine_->Lost(*sql)) return status;
  log::Warning("store.lost", {{"error", Message(status)}});
  const std::lock_guard lock(owner->mutex_);
  // A restart of the server ends all connections: this tells the others' next users.
  if (generation == owner->generation_) ++owner->generation_;
  owner->idle_.clear();
  generation = -1;
  return absl::UnavailableError(Message(status));
}

void Database::Return(std::unique_ptr<soci::session> sql, int generation) {
  {
    const std::lock_guard lock(mutex_);
    ++free_;
    if (generation == generation_) idle_.push_back(std::move(sql));
  }
  returned_.notify_one();
}

}  // namespace um::store
