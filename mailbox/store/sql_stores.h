// The stores over a database that is given: what Open() is made of, and what tests open to put
// failing parts in. Internal to this folder and its tests.
#pragma once

#include <memory>

#include "mailbox/store/blobs.h"
#include "mailbox/store/call_store.h"
#include "mailbox/store/contact_store.h"
#include "mailbox/store/greeting_store.h"
#include "mailbox/store/lamp_store.h"
#include "mailbox/store/message_store.h"
#include "mailbox/store/organisation_store.h"
#include "mailbox/store/queue_store.h"

namespace um::store {

class Database;

/// `blobs` keeps the messages' audio; nullptr: the database does. Removes blobs that no message
/// names (a crash came between the two). `owned` is kept as long as the store.
absl::StatusOr<std::unique_ptr<MessageStore>> SqlMessageStore(
    std::shared_ptr<Database> database, std::unique_ptr<Blobs> blobs,
    std::shared_ptr<void> owned = nullptr);

std::unique_ptr<OrganisationStore> SqlOrganisationStore(std::shared_ptr<Database> database);
std::unique_ptr<NoticeStore> SqlNoticeStore(std::shared_ptr<Database> database);
std::unique_ptr<CallStore> SqlCallStore(std::shared_ptr<Database> database);
std::unique_ptr<GreetingStore> SqlGreetingStore(std::shared_ptr<Database> database);
std::unique_ptr<ContactStore> SqlContactStore(std::shared_ptr<Database> database);
std::unique_ptr<LampStore> SqlLampStore(std::shared_ptr<Database> database);
std::unique_ptr<QueueStore> SqlQueueStore(std::shared_ptr<Database> database);

}  // namespace um::store
