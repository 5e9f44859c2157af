// Postgres: a real PostgreSQL for a test, in a folder of its own, behind a Unix socket.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace um::tests {

/// Starts with the object and ends with it, leaving nothing. Needs Debian's postgresql-15; as root
/// it runs as the user postgres.   Thread: one.
class Postgres {
 public:
  /// `settings`: more of postgresql.conf, "name=value". fsync is off unless they say otherwise.
  explicit Postgres(std::vector<std::string> settings = {});
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  /// One server for all tests of a program.
  static Postgres& Shared();

  /// A new, empty database's URL.
  std::string NewDatabase();
  /// `user`: another than the superuser.
  std::string Url(const std::string& database, const std::string& user = "postgres") const;
  /// As the superuser; the first value of the result.
  std::string Execute(const std::string& database, const std::string& statement);

  /// Makes a user, and a database of its own, that only the password opens; the database's URL
  /// without it. Other users need none.
  std::string NewDatabaseOf(const std::string& user, const std::string& password);

  /// kill -9 of the server and of all its children.
  void Kill();
  void Start();

 private:
  bool Answers() const;

  const std::vector<std::string> settings_;
  std::string directory_;
  pid_t pid_ = -1;
  int databases_ = 0;
};

}  // namespace um::tests
