#include "mailbox/store/message_rows.h"

#include <algorithm>
#include <optional>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "mailbox/store/call_rows.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/queue_rows.h"
#include "mailbox/store/text.h"

namespace um::store {

using domain::MessageState;
using soci::into;
using soci::use;

absl::StatusOr<StoredMessage> FromRow(const MessageRow& row) {
  StoredMessage message;
  const std::optional<std::string> facts = FromBase64Url(row.facts);
  if (!facts) return absl::DataLossError("a stored message's facts are damaged");
  UM_ASSIGN_OR_RETURN(message.call, DecodeFacts(*facts));
  UM_ASSIGN_OR_RETURN(message.state, StateOf(row.state));
  const bool voice = row.kind == domain::ToString(domain::MessageKind::kVoice);
  message.kind = voice ? domain::MessageKind::kVoice : domain::MessageKind::kMissedCall;
  message.duration = domain::Milliseconds(row.duration_ms);
  message.stored = FromMicros(row.stored_us);
  if (row.delivered == soci::i_ok) message.delivered = FromMicros(row.delivered_us);
  if (row.heard == soci::i_ok) message.heard = FromMicros(row.heard_us);
  if (row.due == soci::i_ok) message.next_attempt = FromMicros(row.due_us);
  message.attempts = row.attempts;
  message.last_error = FromColumn(row.last_error);
  message.redirected_to = FromColumn(row.address);
  message.redirected_by = FromColumn(row.redirected_by);
  return message;
}

absl::StatusOr<std::vector<StoredMessage>> FetchAll(soci::statement& statement,
                                                    const MessageRow& row) {
  std::vector<StoredMessage> messages;
  statement.execute();
  while (statement.fetch()) {
    UM_ASSIGN_OR_RETURN(StoredMessage message, FromRow(row));
    messages.push_back(std::move(message));
  }
  return messages;
}

absl::StatusOr<StoredMessage> FetchMessage(soci::session& sql, const std::string& message_id,
                                           const char* lock) {
  MessageRow row;
  const std::string id = ToColumn(message_id);
  const std::string where = "WHERE m.id = :id";
  soci::statement statement = SelectMessages(sql, where + lock, row, use(id));
  if (!statement.execute(true)) return absl::NotFoundError("no such message");
  return FromRow(row);
}

void InsertMessage(soci::session& sql, const StoredMessage& message) {
  const domain::CallFacts& call = message.call;
  const std::string organisation = ToColumn(call.organisation);
  const std::string mailbox = ToColumn(call.mailbox_id), extension = ToColumn(call.extension);
  const std::string facts = Base64Url(EncodeFacts(call));
  const std::string kind(domain::ToString(message.kind));
  const std::string state(domain::ToString(MessageState::kStored));
  const int important = call.marks.important ? 1 : 0;
  const long long duration = message.duration.count();
  const long long started = Micros(call.started), stored = Micros(message.stored);
  sql << "INSERT INTO message (id, organisation, mailbox_id, extension, kind, state, duration_ms,"
         " started_us, stored_us, important, facts) VALUES (:id, :organisation, :mailbox, "
         ":extension,"
         " :kind, :state, :duration, :started, :stored, :important, :facts) ON CONFLICT DO NOTHING",
      use(call.message_id), use(organisation), use(mailbox), use(extension), use(kind), use(state),
      use(duration), use(started), use(stored), use(important), use(facts);
  sql << "INSERT INTO delivery (message_id, organisation, due_us)"
         " VALUES (:id, :organisation, :due) ON CONFLICT DO NOTHING",
      use(call.message_id), use(organisation), use(stored);
  PutCallOfMessage(sql, call, kind);
}

void InsertAudio(Session& session, const StoredMessage& message, std::string_view audio) {
  const std::string organisation = ToColumn(message.call.organisation);
  std::string content = Base64Url(audio);
  std::replace(content.begin(), content.end(), '-', '+');
  std::replace(content.begin(), content.end(), '_', '/');
  content.append((4 - content.size() % 4) % 4, '=');
  session.sql << std::string(
                     "INSERT INTO audio (message_id, organisation, content) VALUES"
                     " (:id, :organisation, ") +
                     session.dialect.decode + "(:content, 'base64')) ON CONFLICT DO NOTHING",
      use(message.call.message_id), use(organisation), use(content);
}

bool HasAudio(soci::session& sql, const std::string& message_id) {
  int one = 0;
  sql << "SELECT 1 FROM audio WHERE message_id = :id", into(one), use(message_id);
  return sql.got_data();
}

absl::StatusOr<std::string> FetchAudio(Session& session, const std::string& message_id) {
  std::string content;
  session.sql << std::string("SELECT ") + session.dialect.encode +
                     "(content, 'base64') FROM audio WHERE message_id = :id",
      into(content), use(message_id);
  if (!session.sql.got_data()) return absl::NotFoundError("no audio");
  // Lines of 76 characters and padding, RFC 2045 section 6.8.
  std::erase_if(content, [](char c) { return c == '\n' || c == '='; });
  std::replace(content.begin(), content.end(), '+', '-');
  std::replace(content.begin(), content.end(), '/', '_');
  const std::optional<std::string> audio = FromBase64Url(content);
  if (!audio) return absl::DataLossError("stored audio is damaged");
  return *audio;
}

}  // namespace um::store
