#include <soci/postgresql/soci-postgresql.h>

#include <map>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/store/engine.h"

namespace um::store {
namespace {

using absl::StatusCode;

// A call ends in bounded time, whatever the server or the network does: the URL may say otherwise.
constexpr struct {
  const char* name;
  const char* value;
} kDefaults[] = {
    {"connect_timeout", "5"},  // [s], for each host
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "15000"},           // [ms] for what was sent to be acknowledged
    {"target_session_attrs", "read-write"},  // of several hosts the one that is not a standby
};
// Set by statements because poolers refuse them among a connection's parameters. The last frees
// what a node that was cut off in mid-transaction holds.
constexpr const char* kSettings[] = {
    "SET statement_timeout = '30s'",
    "SET lock_timeout = '15s'",
    "SET idle_in_transaction_session_timeout = '60s'",
};

// SQLSTATE (PostgreSQL 15, appendix A) by its beginning, the longest first.
constexpr struct {
  std::string_view state;
  StatusCode code;
  const char* text;  // nullptr: the server's own first line, which quotes no parameter
} kStates[] = {
    {"23503", StatusCode::kFailedPrecondition, "a reference is missing, or keeps a row"},
    {"23505", StatusCode::kAlreadyExists, "there is such a row"},
    {"25006", StatusCode::kUnavailable, "the database is read-only"},
    {"53100", StatusCode::kResourceExhausted, "the server's disk is full"},
    {"53200", StatusCode::kResourceExhausted, "the server is out of memory"},
    {"53300", StatusCode::kUnavailable, "the server has too many connections"},
    {"55P03", StatusCode::kUnavailable, "a lock was not to be had in time"},
    {"57014", StatusCode::kUnavailable, "the database was too slow"},
    {"42501", StatusCode::kPermissionDenied, nullptr},
    {"08", StatusCode::kUnavailable, "the connection to the database is lost"},
    {"22", StatusCode::kInvalidArgument, "the database refuses a value"},
    {"25P03", StatusCode::kUnavailable, nullptr},
    {"40", StatusCode::kAborted, "another transaction was in the way"},
    {"54", StatusCode::kInvalidArgument, "a value is too long for the database"},
    {"57", StatusCode::kUnavailable, nullptr},
    {"58", StatusCode::kUnavailable, nullptr},
    {"XX001", StatusCode::kDataLoss, "the database is damaged"},
    {"XX002", StatusCode::kDataLoss, "the database is damaged"},
};

/// SOCI puts its own sentence before the server's.
std::string FirstLine(const std::string& message) {
  const size_t fatal = message.find("FATAL:"), error = message.find("ERROR:");
  const size_t start = std::min({fatal, error, message.size()});
  std::string line = message.substr(start == message.size() ? 0 : start);
  return line.substr(0, line.find('\n'));
}

absl::Status FromState(const std::string& state, const std::string& message) {
  for (const auto& known : kStates) {
    if (!std::string_view(state).starts_with(known.state)) continue;
    return absl::Status(known.code, known.text ? known.text : FirstLine(message));
  }
  // SOCI's blanks: no answer came from the server.
  if (state.find_first_not_of(' ') == std::string::npos) {
    return absl::UnavailableError("the connection to the database is lost");
  }
  return absl::InternalError(FirstLine(message));
}

class Postgres final : public Engine {
 public:
  explicit Postgres(std::string connection) : connection_(std::move(connection)) {}

  const Dialect& dialect() const override {
    static constexpr Dialect kDialect = {
        .begin = "BEGIN ISOLATION LEVEL READ COMMITTED",
        .begin_snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        .for_update = " FOR UPDATE",
        .skip_locked = " SKIP LOCKED",
        .lock_schema = "SELECT pg_advisory_xact_lock(7813927401)",
        .encode = "encode",
        .decode = "decode"};
    return kDialect;
  }

  // As many as there are threads that block on the store for long: nobody waits for another's sync.
  int connections() const override { return 6; }

  void Connect(soci::session& sql) const override {
    sql.open(soci::postgresql, connection_);
    // libpq would write the server's notices to standard error, among the log's lines.
    PQsetNoticeProcessor(Backend(sql)->conn_, [](void*, const char*) {}, nullptr);
    for (const char* setting : kSettings) sql << setting;
  }

  absl::Status Examine(soci::session& sql) const override {
    if (Show(sql, "server_encoding") != "UTF8") {
      return absl::FailedPreconditionError(
          "the database's encoding must be UTF8: CREATE DATABASE ... ENCODING 'UTF8'");
    }
    for (const char* setting : {"fsync", "synchronous_commit", "full_page_writes"}) {
      if (Show(sql, setting) != "off") continue;
      // Messages that were promised to callers can be lost when the server stops.
      log::Warning("store.weakened", {{"setting", setting}, {"value", "off"}});
    }
    return absl::OkStatus();
  }

  absl::Status Failure() const override {
    try {
      throw;
    } catch (const soci::postgresql_soci_error& error) {
      return FromState(error.sqlstate(), error.get_error_message());
    } catch (const soci::soci_error& error) {
      const std::string text = error.get_error_message();
      const size_t line = text.find('\n');
      if (!text.starts_with("Cannot establish connection") || line == std::string::npos) {
        return absl::UnavailableError("the connection to the database is lost");
      }
      // libpq's own line names host and user, never the password.
      return absl::UnavailableError(text.substr(line + 1, text.find('\n', line + 1) - line - 1));
    } catch (const std::exception& error) {
      return absl::InternalError(error.what());
    }
  }

  bool Lost(soci::session& sql) const override {
    const soci::postgresql_session_backend* const backend = Backend(sql);
    return !backend || PQstatus(backend->conn_) != CONNECTION_OK;
  }

 private:
  /// Not a dynamic cast: SOCI does not export the type's information. Connect() has made it.
  static soci::postgresql_session_backend* Backend(soci::session& sql) {
    return static_cast<soci::postgresql_session_backend*>(sql.get_backend());
  }

  static std::string Show(soci::session& sql, const std::string& setting) {
    std::string value;
    sql << "SHOW " + setting, soci::into(value);
    return value;
  }

  const std::string connection_;  // secret: may have a password
};

/// As a URL's value (RFC 3986 section 2.1).
std::string Quoted(const std::string& value) {
  std::string quoted;
  for (const char c : value) {
    isalnum(static_cast<unsigned char>(c)) ? quoted += c : quoted += "%" + Hex({&c, 1});
  }
  return quoted;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> PostgresEngine(const std::string& url,
                                                       const std::string& password) {
  char* why = nullptr;
  PQconninfoOption* const options = PQconninfoParse(url.c_str(), &why);
  PQfreemem(why);  // quotes the URL
  if (!options || url.find('\0') != std::string::npos) {
    PQconninfoFree(options);
    return absl::InvalidArgumentError(
        "the store's URL is not of the form postgresql://USER@HOST/DATABASE");
  }
  std::map<std::string, std::string> values;
  for (const auto& known : kDefaults) values[known.name] = known.value;
  for (const PQconninfoOption* option = options; option->keyword; ++option) {
    if (option->val) values[option->keyword] = option->val;
  }
  PQconninfoFree(options);
  if (!password.empty()) values["password"] = password;
  values["client_encoding"] = "UTF8";
  values.try_emplace("fallback_application_name", "voxpost");
  // A URL again, because SOCI takes other connection strings apart at their blanks.
  std::string connection = "postgresql://?";
  for (const auto& [name, value] : values) connection += name + "=" + Quoted(value) + "&";
  connection.pop_back();
  return std::make_unique<Postgres>(connection);
}

}  // namespace um::store
