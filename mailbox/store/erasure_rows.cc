#include "mailbox/store/erasure_rows.h"

#include <algorithm>
#include <set>

#include "mailbox/store/facts_codec.h"
#include "mailbox/store/lamp_rows.h"
#include "mailbox/store/many_rows.h"
#include "mailbox/store/text.h"

namespace um::store {

using soci::into;
using soci::use;

domain::Holding FetchHolding(soci::session& sql, const std::string& organisation,
                             const std::string& mailbox_id) {
  const std::string whose = ToColumn(organisation), mailbox = ToColumn(mailbox_id);
  const std::string voice(domain::ToString(domain::MessageKind::kVoice));
  long long messages = 0, ms = 0;
  sql << "SELECT count(*), CAST(coalesce(sum(duration_ms), 0) AS BIGINT) FROM message"
         " WHERE organisation = :organisation AND mailbox_id = :mailbox AND kind = :kind",
      into(messages), into(ms), use(whose), use(mailbox), use(voice);
  return {messages, domain::Milliseconds(ms)};
}

std::vector<StoredCopy> FetchDelivered(soci::session& sql, domain::WallTime before,
                                       const StoredCopy& last, int limit) {
  const long long before_us = Micros(before), last_us = Micros(last.delivered);
  std::vector<StoredCopy> copies;
  std::string id, organisation, mailbox;
  long long delivered = 0;
  soci::statement statement =
      (sql.prepare << "SELECT id, organisation, mailbox_id, delivered_us FROM message"
                      // ">=" beside ">" for the index: PostgreSQL makes no range of an OR.
                      " WHERE delivered_us <= :before AND delivered_us >= :after"
                      " AND (delivered_us > :same OR id > :id) ORDER BY delivered_us, id"
                      " LIMIT :limit",
       into(id), into(organisation), into(mailbox), into(delivered), use(before_us), use(last_us),
       use(last_us), use(last.id), use(limit));
  statement.execute();
  while (statement.fetch()) {
    copies.push_back({id, FromColumn(organisation), FromColumn(mailbox), FromMicros(delivered)});
  }
  return copies;
}

std::vector<StoredCopy> FetchOfMailbox(soci::session& sql, const std::string& organisation,
                                       const std::string& mailbox_id, domain::WallTime before,
                                       int limit) {
  const std::string whose = ToColumn(organisation), mailbox = ToColumn(mailbox_id);
  const long long before_us = Micros(before);
  std::vector<StoredCopy> copies;
  std::string id;
  long long delivered = 0;
  soci::statement statement =
      (sql.prepare << "SELECT id, coalesce(delivered_us, 0) FROM message"
                      " WHERE organisation = :organisation AND mailbox_id = :mailbox"
                      " AND started_us < :before ORDER BY id LIMIT :limit",
       into(id), into(delivered), use(whose), use(mailbox), use(before_us), use(limit));
  statement.execute();
  while (statement.fetch()) {
    copies.push_back({id, organisation, mailbox_id, FromMicros(delivered)});
  }
  return copies;
}

bool WasErased(soci::session& sql, const std::string& message_id) {
  int one = 0;
  sql << "SELECT 1 FROM erased WHERE message_id = :id", into(one), use(message_id);
  return sql.got_data();
}

Erased EraseRows(Session& session, const std::vector<std::string>& ids, domain::WallTime at) {
  Erased erased;
  // In one order, so that two who erase the same do not wait for each other.
  std::vector<std::string> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  ManyRows wanted(1);
  for (const std::string& id : sorted) wanted.Add({id});
  const std::string now = std::to_string(Micros(at));
  ManyRows found(1), remembered(3);
  const std::string voice(domain::ToString(domain::MessageKind::kVoice));
  std::set<LampKey> lamps;  // in one order, too
  wanted.Select(session.sql,
                "SELECT m.id, m.organisation,"
                " CASE WHEN m.delivered_us IS NULL THEN 'waits' ELSE '' END,"
                " CASE WHEN d.lease_until_us > " +
                    now +
                    " THEN 'leased' ELSE '' END,"
                    " m.mailbox_id, m.kind"
                    " FROM message m JOIN delivery d ON d.message_id = m.id WHERE m.id IN (",
                std::string(") ORDER BY m.id") + session.dialect.for_update, 6,
                [&](const std::vector<std::string>& row) {
                  erased.ids.push_back(row[0]);
                  found.Add({row[0]});
                  remembered.Add({row[0], row[1], now});
                  if (!row[2].empty()) ++erased.undelivered;
                  if (!row[3].empty()) ++erased.under_way;
                  if (row[5] == voice) lamps.insert({FromColumn(row[1]), FromColumn(row[4])});
                  return true;
                });
  // What belongs to a message goes with it.
  found.Execute(session.sql, "DELETE FROM message WHERE id IN (", ")");
  remembered.Execute(session.sql,
                     "INSERT INTO erased (message_id, organisation, erased_us) VALUES ",
                     " ON CONFLICT DO NOTHING");
  for (const LampKey& lamp : lamps) WantLamp(session.sql, lamp, at);
  return erased;
}

void ForgetErasedRows(soci::session& sql, domain::WallTime before) {
  const long long us = Micros(before);
  sql << "DELETE FROM erased WHERE erased_us < :before", use(us);
}

}  // namespace um::store
