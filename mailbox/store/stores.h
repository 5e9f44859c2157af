// What a node keeps, opened: one database with messages and organisations in it.
#pragma once

#include <memory>
#include <string>

#include "mailbox/store/call_store.h"
#include "mailbox/store/contact_store.h"
#include "mailbox/store/greeting_store.h"
#include "mailbox/store/lamp_store.h"
#include "mailbox/store/message_store.h"
#include "mailbox/store/notice_store.h"
#include "mailbox/store/organisation_store.h"
#include "mailbox/store/queue_store.h"

namespace um::store {

struct StoreOptions {
  /// "": embedded, in `directory`. "postgresql://USER@HOST/DATABASE": PostgreSQL 15 or newer; given
  /// to libpq as it is, so that several hosts, TLS and time-outs are said as its manual says.
  std::string url;
  /// Of the embedded store; made if it is missing.
  std::string directory;
  /// A file whose first line is PostgreSQL's password. "": none, or the URL has it.
  std::string password_file;
};

/// Thread: any.
struct Stores {
  std::unique_ptr<MessageStore> messages;
  std::unique_ptr<OrganisationStore> organisations;
  std::unique_ptr<NoticeStore> notices;
  std::unique_ptr<QueueStore> queue;
  std::unique_ptr<CallStore> calls;
  std::unique_ptr<GreetingStore> greetings;
  std::unique_ptr<LampStore> lamps;
  std::unique_ptr<ContactStore> contacts;
};

/// Connects, creates or migrates the tables. kFailedPrecondition: a newer release made them, or the
/// database cannot serve. kUnavailable: PostgreSQL is not there. Blocking.
absl::StatusOr<Stores> Open(const StoreOptions& options);

/// True if `url` is one that Open() takes for PostgreSQL; other than "", nothing else is a store.
bool IsPostgresUrl(const std::string& url);

}  // namespace um::store
