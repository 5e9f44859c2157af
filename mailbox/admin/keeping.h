// um.admin.v1.Keeping: how full mailboxes are, erasure with its proof in the audit, backup.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/domain/route.h"
#include "mailbox/store/contact_store.h"
#include "mailbox/store/greeting_store.h"
#include "mailbox/store/message_store.h"
#include "um/admin/v1/keeping.pb.h"

namespace um::admin {

/// What is kept, and by whom. All of it outlives the service.
struct Kept {
  store::MessageStore& messages;
  Registry* registry = nullptr;  ///< null: there are no organisations in the store
  std::function<std::shared_ptr<const domain::RoutingCopy>()> routing;
  /// Told of messages that were erased: their spool files go, too.
  std::function<void(const std::vector<std::string>&)> erased;
  std::string directory;  ///< of the embedded store; "": the store is PostgreSQL
  store::GreetingStore* greetings = nullptr;  ///< null: there are none
  store::ContactStore* contacts = nullptr;    ///< null: there are none
};

/// Thread: any; requests block on the store.
class KeepingService final {
 public:
  explicit KeepingService(Kept kept) : kept_(std::move(kept)) {}
  void ServeThrough(Door& door);

  grpc::Status GetUsage(const Call& call, const v1::GetUsageRequest* request, v1::Usage* response);
  grpc::Status DeleteMessages(const Call& call, const v1::DeleteMessagesRequest* request,
                              v1::ErasureResponse* response);
  grpc::Status EraseMailbox(const Call& call, const v1::EraseMailboxRequest* request,
                            v1::ErasureResponse* response);
  grpc::Status CreateBackup(const Call& call, const v1::CreateBackupRequest* request,
                            v1::CreateBackupResponse* response);

 private:
  /// Whose messages: a mailbox that is, or was.
  struct Target {
    std::string organisation;
    std::string mailbox_id;
    std::string object_id;  ///< of the store's object; "": none
    std::string called;     ///< for people
    domain::Quota quota;
  };
  absl::StatusOr<Target> Find(const std::string& organisation, const std::string& mailbox);
  absl::StatusOr<Target> FindInStore(const std::string& organisation, const std::string& mailbox);
  bool HasAudit(const std::string& organisation) const;
  absl::Status Erase(const Call& call, const Target& target, const std::vector<std::string>& ids,
                     const std::string& reason, v1::ErasureResponse& response);
  absl::Status EraseGreetings(const Call& call, const Target& target,
                              const v1::EraseMailboxRequest& request,
                              v1::ErasureResponse& response);
  absl::Status EraseContacts(const Call& call, const Target& target,
                             const v1::EraseMailboxRequest& request, v1::ErasureResponse& response);
  absl::Status EraseAll(const Call& call, const Target& target,
                        const v1::EraseMailboxRequest& request, v1::ErasureResponse& response);

  const Kept kept_;
  std::mutex backing_up_;
};

}  // namespace um::admin
