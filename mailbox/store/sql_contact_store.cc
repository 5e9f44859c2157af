#include <utility>

#include "common/base/status.h"
#include "mailbox/store/audit_rows.h"
#include "mailbox/store/database.h"
#include "mailbox/store/many_rows.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using domain::Contact;
using domain::KnownContact;
using soci::into;
using soci::use;

constexpr size_t kRowsAtOnce = 4000;  // in memory

absl::Status CheckContacts(const std::vector<Contact>& contacts) {
  for (const Contact& contact : contacts) {
    UM_RETURN_IF_ERROR(
        CheckTexts({{"a contact's name", contact.name}, {"a contact's address", contact.email}}));
    for (const auto* texts : {&contact.numbers, &contact.addresses}) {
      for (const std::string& text : *texts) {
        UM_RETURN_IF_ERROR(CheckTexts({{"a contact's number", text}}));
      }
    }
  }
  return absl::OkStatus();
}

void InsertContacts(soci::session& sql, const std::string& organisation,
                    const std::string& mailbox_id, const std::vector<Contact>& contacts) {
  ManyRows rows(8);
  size_t place = 0;
  for (size_t number = 0; number < contacts.size(); ++number) {
    const Contact& contact = contacts[number];
    for (const auto* texts : {&contact.numbers, &contact.addresses}) {
      for (const std::string& text : *texts) {
        rows.Add({organisation, mailbox_id, std::to_string(place++), std::to_string(number),
                  domain::ContactKey(text), text, contact.name, contact.email});
      }
    }
    if (rows.size() < kRowsAtOnce && number + 1 < contacts.size()) continue;
    rows.Execute(sql,
                 "INSERT INTO contact (organisation, mailbox_id, place, contact, key, text, name,"
                 " email) VALUES ",
                 "");
    rows = ManyRows(8);
  }
}

long long CountContacts(soci::session& sql, const std::string& organisation,
                        const std::string& mailbox_id) {
  long long count = 0;
  sql << "SELECT count(DISTINCT contact) FROM contact"
         " WHERE organisation = :organisation AND mailbox_id = :mailbox",
      into(count), use(organisation), use(mailbox_id);
  return count;
}

void DeleteContacts(soci::session& sql, const std::string& organisation,
                    const std::string& mailbox_id) {
  sql << "DELETE FROM contact WHERE organisation = :organisation AND mailbox_id = :mailbox",
      use(organisation), use(mailbox_id);
}

class SqlContacts final : public ContactStore {
 public:
  explicit SqlContacts(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<std::vector<Contact>> Of(const std::string& organisation,
                                          const std::string& mailbox) override {
    using All = std::vector<Contact>;
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox));
    return database_->Run("read contacts", [&](Session& session) -> absl::StatusOr<All> {
      All all;
      long long number = 0, last = -1;
      std::string text, name, email;
      soci::statement statement =
          (session.sql.prepare
               << "SELECT c.contact, c.text, c.name, c.email FROM contact c JOIN object o"
                  " ON o.organisation = c.organisation AND o.id = c.mailbox_id"
                  " WHERE o.organisation = :organisation AND o.kind = 'mailbox' AND o.name = :name"
                  " ORDER BY c.place",
           into(number), into(text), into(name), into(email), use(organisation), use(mailbox));
      statement.execute();
      while (statement.fetch()) {
        if (number != std::exchange(last, number)) all.push_back({name, email, {}, {}});
        const bool is_address = text.find('@') != std::string::npos;
        (is_address ? all.back().addresses : all.back().numbers).push_back(text);
      }
      return all;
    });
  }

  absl::StatusOr<std::vector<KnownContact>> Known(const std::string& organisation,
                                                  const std::string& mailbox,
                                                  const domain::CallerKeys& keys) override {
    using All = std::vector<KnownContact>;
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox));
    ManyRows wanted(1, {organisation, mailbox});
    for (const std::vector<std::string>& identity : keys) {
      for (const std::string& key : identity) wanted.Add({ToColumn(key)});
    }
    if (wanted.size() == 0) return All();
    return database_->Run("look for contact", [&](Session& session) -> absl::StatusOr<All> {
      All known;
      wanted.Select(session.sql,
                    "SELECT c.key, CAST(c.contact AS TEXT), c.name, c.email FROM contact c"
                    " JOIN object o ON o.organisation = c.organisation AND o.id = c.mailbox_id"
                    " WHERE o.organisation = :organisation AND o.kind = 'mailbox'"
                    " AND o.name = :name AND c.key IN (",
                    ")", 4, [&](const auto& row) {
                      known.push_back({row[0], std::stoll(row[1]), row[2], row[3]});
                      return true;
                    });
      return known;
    });
  }

  absl::Status Replace(const std::string& organisation, const std::string& mailbox_id,
                       const std::vector<Contact>& contacts, const Doer& by,
                       const AuditNote& note) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox_id));
    UM_RETURN_IF_ERROR(CheckNote(organisation, by.actor, note));
    UM_RETURN_IF_ERROR(CheckContacts(contacts));
    return database_->Run("store contacts", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      // First the note: it locks the organisation, and commits lock that first too.
      UM_RETURN_IF_ERROR(WriteNote(session.sql, organisation, by.actor, by.at, note).status());
      int one = 0;
      session.sql << "SELECT 1 FROM object WHERE organisation = :organisation AND id = :id"
                     " AND kind = 'mailbox'",
          into(one), use(organisation), use(mailbox_id);
      if (!session.sql.got_data()) return absl::NotFoundError("no such mailbox");
      DeleteContacts(session.sql, organisation, mailbox_id);
      InsertContacts(session.sql, organisation, mailbox_id, contacts);
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::StatusOr<size_t> Erase(const std::string& organisation, const std::string& mailbox_id,
                               const Doer& by, AuditNote note) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox_id));
    UM_RETURN_IF_ERROR(CheckNote(organisation, by.actor, note));
    return database_->Run("erase contacts", [&](Session& session) -> absl::StatusOr<size_t> {
      Transaction transaction(session);
      long long sequence = 0;  // locks the organisation, so that what is told is what goes
      session.sql << std::string("SELECT sequence FROM organisation WHERE id = :id") +
                         session.dialect.for_update,
          into(sequence), use(organisation);
      const long long count = CountContacts(session.sql, organisation, mailbox_id);
      if (count == 0) return size_t{0};
      note.facts.emplace_back("contacts", std::to_string(count));
      UM_RETURN_IF_ERROR(WriteNote(session.sql, organisation, by.actor, by.at, note).status());
      DeleteContacts(session.sql, organisation, mailbox_id);
      transaction.Commit();
      return static_cast<size_t>(count);
    });
  }

 private:
  static absl::Status CheckMailbox(const std::string& organisation, const std::string& id) {
    return CheckTexts({{"an organisation's id", organisation}, {"an id", id}});
  }

  const std::shared_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<ContactStore> SqlContactStore(std::shared_ptr<Database> database) {
  return std::make_unique<SqlContacts>(std::move(database));
}

}  // namespace um::store
