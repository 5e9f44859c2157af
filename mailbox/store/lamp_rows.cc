#include "mailbox/store/lamp_rows.h"

#include "mailbox/store/facts_codec.h"
#include "mailbox/store/text.h"

namespace um::store {

using soci::into;
using soci::use;

void WantLamp(soci::session& sql, const LampKey& mailbox, domain::WallTime at) {
  const std::string whose = ToColumn(mailbox.organisation), id = ToColumn(mailbox.mailbox_id);
  const long long us = Micros(at);
  sql << "INSERT INTO lamp (organisation, mailbox_id, wanted, told, due_us, since_us, changed_us)"
         " VALUES (:organisation, :mailbox, 1, 0, :due, :since, :changed)"
         " ON CONFLICT (organisation, mailbox_id) DO UPDATE SET wanted = lamp.wanted + 1,"
         " due_us = excluded.due_us, since_us = excluded.since_us,"
         " changed_us = excluded.changed_us, attempts = 0",
      use(whose), use(id), use(us), use(us), use(us);
}

domain::WaitingCount FetchWaiting(soci::session& sql, const LampKey& mailbox) {
  const std::string whose = ToColumn(mailbox.organisation), id = ToColumn(mailbox.mailbox_id);
  const std::string voice(domain::ToString(domain::MessageKind::kVoice));
  long long all = 0, unheard = 0, urgent = 0, urgent_unheard = 0;
  sql << "SELECT count(*), count(CASE WHEN heard_us IS NULL THEN 1 END),"
         " count(CASE WHEN important = 1 THEN 1 END),"
         " count(CASE WHEN important = 1 AND heard_us IS NULL THEN 1 END) FROM message"
         " WHERE organisation = :organisation AND mailbox_id = :mailbox AND kind = :kind",
      into(all), into(unheard), into(urgent), into(urgent_unheard), use(whose), use(id), use(voice);
  return {.unheard = unheard,
          .heard = all - unheard,
          .urgent_unheard = urgent_unheard,
          .urgent_heard = urgent - urgent_unheard};
}

}  // namespace um::store
