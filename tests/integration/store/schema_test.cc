// The schema: the same on both engines, and its steps.
#include <sqlite3.h>

#include <algorithm>
#include <set>

#include "common/base/status.h"
#include "tests/integration/store/places.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::store {
namespace {

using tests::Embedded;
using tests::OpenStores;
using tests::Postgres;
using tests::RequireOk;

/// Runs a statement on a database file; its rows, columns joined by '|'.
std::vector<std::string> Sqlite(const Embedded& place, const std::string& statement) {
  sqlite3* database = nullptr;
  const std::string path = place.directory() + "/messages.sqlite";
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  std::vector<std::string> rows;
  const auto add = [](void* to, int count, char** values, char**) {
    std::string row;
    for (int i = 0; i < count; ++i) row += (i ? "|" : "") + std::string(values[i] ? values[i] : "");
    static_cast<std::vector<std::string>*>(to)->push_back(row);
    return 0;
  };
  char* error = nullptr;
  const int result = sqlite3_exec(database, statement.c_str(), add, &rows, &error);
  INFO(statement << ": " << (error ? error : ""));
  sqlite3_free(error);
  sqlite3_close(database);
  REQUIRE(result == SQLITE_OK);
  return rows;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return tolower(c); });
  return text;
}

TEST_CASE("both engines have the same tables, columns and keys") {
  const Embedded embedded;
  OpenStores(embedded.options());
  Postgres& server = Postgres::Shared();
  const std::string url = server.NewDatabase();
  OpenStores({.url = url});
  const size_t start = url.find("@/") + 2;
  const std::string database = url.substr(start, url.find('?') - start);

  const std::vector<std::string> columns = Sqlite(
      embedded,
      "SELECT t.name, c.name, lower(c.type), c.\"notnull\", c.pk FROM sqlite_master t"
      " JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'"
      " ORDER BY t.name, c.name");
  std::string mine;
  std::set<std::string> tables;
  for (const std::string& column : columns) {
    mine += column + "\n";
    tables.insert(column.substr(0, column.find('|')));
  }
  const std::string theirs = server.Execute(
      database,
      "SELECT string_agg(c.table_name || '|' || c.column_name || '|' || c.data_type || '|' ||"
      " (c.is_nullable = 'NO')::int || '|' || coalesce(k.ordinal_position, 0) || E'\\n', ''"
      " ORDER BY c.table_name COLLATE \"C\", c.column_name COLLATE \"C\")"
      " FROM information_schema.columns c LEFT JOIN (SELECT u.* FROM"
      " information_schema.key_column_usage u JOIN information_schema.table_constraints t"
      " USING (constraint_name, table_name) WHERE t.constraint_type = 'PRIMARY KEY') k"
      " ON k.table_name = c.table_name AND k.column_name = c.column_name"
      " WHERE c.table_schema = 'public'");
  CHECK(mine == theirs);
  CHECK(tables == std::set<std::string>{"audio", "audit", "away", "call_record", "claim", "contact",
                                        "delivery", "erased", "greeting", "lamp", "message",
                                        "notice", "object", "organisation", "pin", "pool_key",
                                        "reference", "schema_version"});
  // Every row tells whose it is.
  for (const std::string& table : tables) {
    if (table == "schema_version" || table == "organisation") continue;
    INFO(table);
    CHECK_THAT(mine, Catch::Contains(table + "|organisation|text|1|"));
  }
  const auto keys = Sqlite(embedded,
                           "SELECT t.name, f.\"table\", count(DISTINCT f.id) FROM sqlite_master t"
                           " JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"
                           " GROUP BY 1, 2 ORDER BY 1, 2");
  std::string foreign;
  for (const std::string& key : keys) foreign += Lower(key) + "\n";
  CHECK(foreign ==
        server.Execute(database,
                       "SELECT string_agg(a || '|' || b || '|' || n || E'\\n', '' ORDER BY"
                       " a COLLATE \"C\", b COLLATE \"C\") FROM (SELECT conrelid::regclass"
                       "::text a, confrelid::regclass::text b, count(*) n FROM"
                       " pg_constraint WHERE contype = 'f' GROUP BY 1, 2) keys"));
}

TEST_CASE("a store of the first schema keeps its messages and gets the new tables") {
  const Embedded place;
  StoredMessage message;
  message.call = tests::Facts();
  RequireOk(OpenStores(place.options()).messages->Insert(message, "audio"));
  // What the first release had.
  for (const char* table :
       {"contact", "away", "greeting", "lamp", "call_record", "erased", "audio", "notice", "pin",
        "audit", "claim", "reference", "object", "organisation"}) {
    Sqlite(place, std::string("DROP TABLE ") + table);
  }
  for (const char* index : {"message_of_mailbox", "message_by_delivery", "delivery_leased"}) {
    Sqlite(place, std::string("DROP INDEX ") + index);
  }
  Sqlite(place, "ALTER TABLE delivery DROP COLUMN address");
  Sqlite(place, "ALTER TABLE delivery DROP COLUMN redirected_by");
  Sqlite(place, "ALTER TABLE message DROP COLUMN heard_us");
  Sqlite(place, "ALTER TABLE message DROP COLUMN important");
  Sqlite(place, "DELETE FROM schema_version WHERE version > 1");
  const Stores stores = OpenStores(place.options());
  CHECK(*stores.messages->Audio(message.call.message_id) == "audio");
  RequireOk(stores.organisations->Commit({"acme", ""}, 0, "root", {}, {}).status());
  CHECK(Sqlite(place, "SELECT version FROM schema_version") ==
        std::vector<std::string>{"1", "2", "3", "4", "5", "6", "7", "8", "9"});
  // It lights no lamp.
  CHECK(stores.lamps->Find({"acme", "ann"}, {})->count == domain::WaitingCount{0, 1, 0, 0});
}

TEMPLATE_TEST_CASE("a store made by a newer release is refused, and left as it is", "", Embedded,
                   tests::PostgreSql) {
  const TestType place;
  OpenStores(place.options());
  const std::string newer = "INSERT INTO schema_version VALUES (99)";
  if constexpr (std::is_same_v<TestType, Embedded>) {
    Sqlite(place, newer);
  } else {
    const std::string url = place.options().url;
    const size_t start = url.find("@/") + 2;
    Postgres::Shared().Execute(url.substr(start, url.find('?') - start), newer);
  }
  const auto stores = Open(place.options());
  CHECK(stores.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(stores.status()),
             Catch::Contains("schema 99") && Catch::Contains("newer release"));
}

}  // namespace
}  // namespace um::store
