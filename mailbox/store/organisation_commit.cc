#include "mailbox/store/organisation_commit.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/ulid.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/many_rows.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using Action = ObjectChange::Action;
using Changes = std::vector<const ObjectChange*>;
using soci::into;
using soci::use;

constexpr size_t kMaxBody = size_t{16} << 20;  // [bytes]

std::string Called(const StoredObject& object) {
  return fmt::format("{} \"{}\"", object.kind, object.name);
}

/// The net effect of a commit: what is to be done to each object, once.
struct Plan {
  Changes creates, updates, deletes;
};

Plan Fold(const std::vector<ObjectChange>& changes) {
  struct Net {
    const ObjectChange* first;
    const ObjectChange* last;
  };
  std::vector<Net> nets;
  std::unordered_map<std::string_view, size_t> by_id;
  for (const ObjectChange& change : changes) {
    const auto [known, fresh] = by_id.try_emplace(change.object.id, nets.size());
    if (fresh) nets.push_back({&change, &change});
    nets[known->second].last = &change;
  }
  Plan plan;
  for (const auto& [first, last] : nets) {
    const bool is_new = first->action == Action::kCreate;
    const bool stays = last->action != Action::kDelete;
    if (is_new && stays) plan.creates.push_back(last);
    if (!is_new && stays) plan.updates.push_back(last);
    if (!is_new && !stays) plan.deletes.push_back(last);
  }
  return plan;
}

/// The steps of a commit. In an order in which names and claims are given up before they are taken,
/// so that two objects may swap theirs.
class Commit {
 public:
  Commit(Session& session, const CommitRequest& request)
      : sql_(session.sql),
        request_(request),
        organisation_(request.organisation.id),
        sequence_(std::to_string(request.expected + 1)),
        at_(std::to_string(Micros(request.at))),
        plan_(Fold(request.changes)) {}

  absl::Status Run() {
    UM_RETURN_IF_ERROR(CheckThere());
    GiveUp();
    UM_RETURN_IF_ERROR(CheckNames());
    Update();
    UM_RETURN_IF_ERROR(Create());
    Refer();
    UM_RETURN_IF_ERROR(CheckReferences());
    UM_RETURN_IF_ERROR(Claim());
    QueueWelcomes();
    WriteAudit();
    return absl::OkStatus();
  }

 private:
  /// For "organisation = :organisation AND id IN (...)".
  ManyRows Ids(const Changes& changes) const {
    ManyRows rows(1, {organisation_});
    for (const ObjectChange* change : changes) rows.Add({change->object.id});
    return rows;
  }

  /// What is to be changed exists, as what it is taken for.
  absl::Status CheckThere() {
    for (const Changes* changes : {&plan_.updates, &plan_.deletes}) {
      std::unordered_map<std::string, std::string> kinds;
      Ids(*changes).Select(
          sql_, "SELECT id, kind FROM object WHERE organisation = :organisation AND id IN (", ")",
          2, [&](const auto& row) { return kinds.emplace(row[0], row[1]).second; });
      for (const ObjectChange* change : *changes) {
        const auto found = kinds.find(change->object.id);
        if (found != kinds.end() && found->second == change->object.kind) continue;
        return absl::NotFoundError(Called(change->object) + " does not exist");
      }
    }
    return absl::OkStatus();
  }

  void GiveUp() {
    const auto remove = [&](const char* table, const char* id, const ManyRows& ids) {
      ids.Execute(
          sql_,
          fmt::format("DELETE FROM {} WHERE organisation = :organisation AND {} IN (", table, id),
          ")");
    };
    remove("object", "id", Ids(plan_.deletes));
    remove("reference", "from_id", Ids(plan_.updates));
    remove("claim", "object_id", Ids(plan_.updates));
    ManyRows names(3);
    for (const ObjectChange* change : plan_.updates) {
      names.Add({organisation_, change->object.id, change->object.name});
    }
    names.Execute(sql_, "UPDATE object SET name = object.id || '~' FROM (VALUES ",
                  ") AS v WHERE object.organisation = v.column1 AND object.id = v.column2"
                  " AND object.name <> v.column3");
  }

  absl::Status CheckNames() {
    std::set<std::pair<std::string_view, std::string_view>> taken;
    ManyRows rows(4);
    for (const Changes* changes : {&plan_.creates, &plan_.updates}) {
      for (const ObjectChange* change : *changes) {
        const StoredObject& object = change->object;
        if (!taken.emplace(object.kind, object.name).second) {
          return absl::AlreadyExistsError(Called(object) + " would be there twice");
        }
        rows.Add({organisation_, object.kind, object.name, object.id});
      }
    }
    absl::Status status;
    rows.Select(sql_, "SELECT o.kind, o.name FROM (VALUES ",
                ") AS v JOIN object o ON o.organisation = v.column1 AND o.kind = v.column2"
                " AND o.name = v.column3 WHERE o.id <> v.column4",
                2, [&](const auto& row) {
                  status = absl::AlreadyExistsError(
                      fmt::format("{} \"{}\" exists already", row[0], row[1]));
                  return false;
                });
    return status;
  }

  void Update() {
    ManyRows rows(7);
    for (const ObjectChange* change : plan_.updates) {
      rows.Add({organisation_, change->object.id, change->object.name, sequence_,
                Base64Url(change->object.body), at_, request_.actor});
    }
    rows.Execute(sql_,
                 "UPDATE object SET name = v.column3, version = CAST(v.column4 AS BIGINT),"
                 " body = v.column5, changed_us = CAST(v.column6 AS BIGINT),"
                 " changed_by = v.column7 FROM (VALUES ",
                 ") AS v WHERE object.organisation = v.column1 AND object.id = v.column2");
  }

  absl::Status Create() {
    ManyRows rows(8);
    for (const ObjectChange* change : plan_.creates) {
      rows.Add({organisation_, change->object.id, change->object.kind, change->object.name,
                sequence_, Base64Url(change->object.body), at_, request_.actor});
    }
    const long long created =
        rows.Execute(sql_,
                     "INSERT INTO object (organisation, id, kind, name, version, body, changed_us,"
                     " changed_by) VALUES ",
                     " ON CONFLICT DO NOTHING");
    if (created == static_cast<long long>(rows.size())) return absl::OkStatus();
    return absl::AlreadyExistsError("an object with the id of one that is to be created is there");
  }

  void Refer() {
    ManyRows rows(3);
    for (const Changes* changes : {&plan_.creates, &plan_.updates}) {
      for (const ObjectChange* change : *changes) {
        for (const std::string& to : change->references) {
          rows.Add({organisation_, change->object.id, to});
        }
      }
    }
    rows.Execute(sql_, "INSERT INTO reference (organisation, from_id, to_id) VALUES ",
                 " ON CONFLICT DO NOTHING");
  }

  /// The foreign key says the same when the transaction ends, but not of which objects.
  absl::Status CheckReferences() {
    UM_RETURN_IF_ERROR(CheckNobodyRefersToDeleted());
    std::unordered_set<std::string> known;
    for (const Changes* changes : {&plan_.creates, &plan_.updates}) {
      for (const ObjectChange* change : *changes) known.insert(change->object.id);
    }
    std::unordered_map<std::string, const ObjectChange*> asked;
    ManyRows rows(1, {organisation_});
    for (const Changes* changes : {&plan_.creates, &plan_.updates}) {
      for (const ObjectChange* change : *changes) {
        for (const std::string& to : change->references) {
          if (known.contains(to) || !asked.try_emplace(to, change).second) continue;
          rows.Add({to});
        }
      }
    }
    rows.Select(sql_, "SELECT id FROM object WHERE organisation = :organisation AND id IN (", ")",
                1, [&](const auto& row) { return asked.erase(row[0]) == 1; });
    if (asked.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(Called(asked.begin()->second->object) +
                                         " refers to an object that does not exist");
  }

  absl::Status CheckNobodyRefersToDeleted() {
    absl::Status status;
    Ids(plan_.deletes)
        .Select(sql_,
                "SELECT r.to_id, f.kind, f.name FROM reference r JOIN object f"
                " ON f.organisation = r.organisation AND f.id = r.from_id"
                " WHERE r.organisation = :organisation AND r.to_id IN (",
                ")", 3, [&](const auto& row) {
                  for (const ObjectChange* change : plan_.deletes) {
                    if (change->object.id != row[0]) continue;
                    status = absl::FailedPreconditionError(fmt::format(
                        "{} is referred to by {} \"{}\"", Called(change->object), row[1], row[2]));
                  }
                  return false;
                });
    return status;
  }

  absl::Status Claim() {
    struct Line {
      std::string within;
      const ObjectChange::Claim* claim;
      const StoredObject* object;
    };
    std::vector<Line> lines;
    for (const Changes* changes : {&plan_.creates, &plan_.updates}) {
      for (const ObjectChange* change : *changes) {
        for (const ObjectChange::Claim& claim : change->claims) {
          const bool pool = claim.scope.starts_with("pool/");
          lines.push_back({pool ? "" : organisation_, &claim, &change->object});
        }
      }
    }
    // In one order, so that two organisations that want the same do not wait for each other.
    std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
      return std::tie(a.claim->scope, a.claim->value) < std::tie(b.claim->scope, b.claim->value);
    });
    ManyRows rows(5);
    for (const Line& line : lines) {
      rows.Add({line.within, line.claim->scope, line.claim->value, organisation_, line.object->id});
    }
    const long long claimed = rows.Execute(
        sql_, "INSERT INTO claim (within, scope, value, organisation, object_id) VALUES ",
        " ON CONFLICT DO NOTHING");
    if (claimed == static_cast<long long>(rows.size())) return absl::OkStatus();
    return WhoHas(rows);
  }

  /// OK: an object only claims the same twice.
  absl::Status WhoHas(const ManyRows& claims) {
    std::vector<std::string> clash;
    claims.Select(sql_, "SELECT v.column5, v.column3, c.organisation, c.object_id FROM (VALUES ",
                  ") AS v JOIN claim c ON c.within = v.column1 AND c.scope = v.column2"
                  " AND c.value = v.column3"
                  " WHERE c.organisation <> v.column4 OR c.object_id <> v.column5",
                  4, [&](const auto& row) {
                    clash = row;
                    return false;
                  });
    if (clash.empty()) return absl::OkStatus();
    std::string holder = "another organisation";  // whose objects are not told
    if (clash[2] == organisation_) holder = Named(clash[3]);
    return absl::AlreadyExistsError(
        fmt::format("{}: \"{}\" is taken by {}", Named(clash[0]), clash[1], holder));
  }

  std::string Named(const std::string& id) {
    StoredObject object;
    sql_ << "SELECT kind, name FROM object WHERE organisation = :organisation AND id = :id",
        into(object.kind), into(object.name), use(organisation_), use(id);
    return Called(object);
  }

  void QueueWelcomes() {
    ManyRows rows(5);
    for (const Changes* changes : {&plan_.creates, &plan_.updates}) {
      for (const ObjectChange* change : *changes) {
        if (!change->welcome) continue;
        rows.Add({NewUlid(std::chrono::system_clock::now()), organisation_, change->object.id,
                  *change->welcome, at_});
      }
    }
    rows.Execute(
        sql_,
        "INSERT INTO notice (id, organisation, mailbox_id, kind, state, address, queued_us,"
        " due_us) SELECT v.column1, v.column2, v.column3, 'welcome', 'stored', v.column4,"
        " CAST(v.column5 AS BIGINT), CAST(v.column5 AS BIGINT) FROM (VALUES ",
        ") AS v WHERE NOT EXISTS (SELECT 1 FROM pin p WHERE p.organisation = v.column2"
        " AND p.mailbox_id = v.column3 AND p.hash <> '')"
        " ON CONFLICT (organisation, mailbox_id) DO UPDATE SET due_us = excluded.due_us,"
        " address = excluded.address, again = 1 WHERE notice.state = 'stored'");
  }

  void WriteAudit() {
    ManyRows rows(11);
    int line = 0;
    for (const ObjectChange& change : request_.changes) {
      const bool stays = change.action != Action::kDelete;
      rows.Add({organisation_, sequence_, std::to_string(line++), at_, request_.actor,
                ToString(change.action), change.object.kind, change.object.id, change.object.name,
                Base64Url(change.before), stays ? Base64Url(change.object.body) : ""});
    }
    rows.Execute(sql_,
                 "INSERT INTO audit (organisation, sequence, line, at_us, actor, action, kind,"
                 " object_id, name, body_before, body_after) VALUES ",
                 "");
  }

  soci::session& sql_;
  const CommitRequest& request_;
  const std::string& organisation_;
  const std::string sequence_;
  const std::string at_;
  const Plan plan_;
};

absl::Status CheckChange(const ObjectChange& change) {
  const StoredObject& object = change.object;
  UM_RETURN_IF_ERROR(CheckTexts({{"an object's kind", object.kind},
                                 {"an object's id", object.id},
                                 {"an object's name", object.name}}));
  if (object.kind.empty() || object.id.empty() || object.name.empty()) {
    return absl::InvalidArgumentError("an object has no kind, id or name");
  }
  if (object.body.size() > kMaxBody || change.before.size() > kMaxBody) {
    return absl::InvalidArgumentError(
        fmt::format("{} is larger than {} bytes", Called(object), kMaxBody));
  }
  for (const std::string& to : change.references) {
    UM_RETURN_IF_ERROR(CheckTexts({{"a reference", to}}));
  }
  if (change.welcome) UM_RETURN_IF_ERROR(CheckTexts({{"a mail address", *change.welcome}}));
  for (const ObjectChange::Claim& claim : change.claims) {
    UM_RETURN_IF_ERROR(
        CheckTexts({{"a claim's scope", claim.scope}, {"a claim's value", claim.value}}));
  }
  return absl::OkStatus();
}

}  // namespace

const char* ToString(Action action) {
  switch (action) {
    case Action::kCreate:
      return "create";
    case Action::kUpdate:
      return "update";
    case Action::kDelete:
      return "delete";
  }
  return "";
}

absl::Status CheckCommit(const CommitRequest& request) {
  if (request.organisation.id.empty()) {
    return absl::InvalidArgumentError("an organisation has no id");
  }
  UM_RETURN_IF_ERROR(
      CheckTexts({{"an organisation's id", request.organisation.id},
                  {"an actor", request.actor},
                  {"an organisation's display name", request.organisation.display_name}}));
  for (const ObjectChange& change : request.changes) UM_RETURN_IF_ERROR(CheckChange(change));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ApplyCommit(Session& session, const CommitRequest& request) {
  soci::session& sql = session.sql;
  const std::string& id = request.organisation.id;
  const std::string& display_name = request.organisation.display_name;
  if (request.expected == 0) {
    soci::statement create = (sql.prepare << "INSERT INTO organisation (id, display_name, sequence)"
                                             " VALUES (:id, :name, 0) ON CONFLICT DO NOTHING",
                              use(id), use(display_name));
    create.execute(true);
    if (create.get_affected_rows() == 0) {
      return absl::AbortedError("the organisation is there already");
    }
  } else {
    long long sequence = 0;
    // Held until the transaction ends: an organisation's commits come one after the other.
    sql << std::string("SELECT sequence FROM organisation WHERE id = :id") +
               session.dialect.for_update,
        into(sequence), use(id);
    if (!sql.got_data()) return absl::NotFoundError("no such organisation");
    if (sequence != request.expected) {
      return absl::AbortedError(fmt::format("the organisation has moved on from change {} to {}",
                                            request.expected, sequence));
    }
  }
  UM_RETURN_IF_ERROR(Commit(session, request).Run());
  const long long next = request.expected + 1;
  sql << "UPDATE organisation SET sequence = :sequence, display_name = :name WHERE id = :id",
      use(next), use(display_name), use(id);
  return next;
}

}  // namespace um::store
