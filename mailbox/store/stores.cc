#include "mailbox/store/stores.h"

#include <fstream>

#include "common/base/status.h"
#include "mailbox/store/database.h"
#include "mailbox/store/directory_lock.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/sqlite.h"

namespace um::store {
namespace {

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  std::string password;
  if (!file || !std::getline(file, password)) {
    return absl::InvalidArgumentError("the store's password file " + path + " cannot be read");
  }
  if (password.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("the store's password file " + path + " is no text");
  }
  return password;
}

absl::StatusOr<Stores> OpenPostgres(const StoreOptions& options) {
  UM_ASSIGN_OR_RETURN(const std::string password, ReadPassword(options.password_file));
  UM_ASSIGN_OR_RETURN(auto engine, PostgresEngine(options.url, password));
  UM_ASSIGN_OR_RETURN(auto database, Database::Open(std::move(engine)));
  Stores stores;
  UM_ASSIGN_OR_RETURN(stores.messages, SqlMessageStore(database, nullptr));
  stores.organisations = SqlOrganisationStore(database);
  stores.notices = SqlNoticeStore(database);
  stores.queue = SqlQueueStore(database);
  stores.calls = SqlCallStore(database);
  stores.lamps = SqlLampStore(database);
  stores.greetings = SqlGreetingStore(database);
  stores.contacts = SqlContactStore(database);
  return stores;
}

absl::StatusOr<Stores> OpenEmbedded(const std::string& directory) {
  // What the message store needs to live.
  struct Owned {
    std::unique_ptr<Files> files = RealFiles();
    std::shared_ptr<void> lock;
  };
  const auto owned = std::make_shared<Owned>();
  const std::unique_ptr<Files>& files = owned->files;
  UM_RETURN_IF_ERROR(files->MakeDirectories(directory));
  UM_ASSIGN_OR_RETURN(owned->lock, LockDirectory(directory, Use::kShared));
  UM_ASSIGN_OR_RETURN(std::unique_ptr<Blobs> blobs, FileBlobs(*files, directory + "/audio"));
  UM_ASSIGN_OR_RETURN(auto engine, SqliteEngine(directory + "/messages.sqlite"));
  UM_ASSIGN_OR_RETURN(auto database, Database::Open(std::move(engine)));
  Stores stores;
  UM_ASSIGN_OR_RETURN(stores.messages, SqlMessageStore(database, std::move(blobs), owned));
  stores.organisations = SqlOrganisationStore(database);
  stores.notices = SqlNoticeStore(database);
  stores.queue = SqlQueueStore(database);
  stores.calls = SqlCallStore(database);
  stores.lamps = SqlLampStore(database);
  stores.greetings = SqlGreetingStore(database);
  stores.contacts = SqlContactStore(database);
  UM_RETURN_IF_ERROR(files->SyncDirectory(directory));
  return stores;
}

}  // namespace

bool IsPostgresUrl(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

absl::StatusOr<Stores> Open(const StoreOptions& options) {
  if (options.url.empty()) return OpenEmbedded(options.directory);
  if (IsPostgresUrl(options.url)) return OpenPostgres(options);
  return absl::InvalidArgumentError("a store is embedded (no URL) or postgresql://...");
}

absl::StatusOr<std::unique_ptr<MessageStore>> OpenSqlite(const std::string& directory) {
  UM_ASSIGN_OR_RETURN(Stores stores, OpenEmbedded(directory));
  return std::move(stores.messages);
}

absl::StatusOr<std::unique_ptr<MessageStore>> OpenSqliteFile(const std::string& path,
                                                             std::unique_ptr<Blobs> blobs,
                                                             std::shared_ptr<void> owned) {
  UM_ASSIGN_OR_RETURN(auto engine, SqliteEngine(path));
  UM_ASSIGN_OR_RETURN(auto database, Database::Open(std::move(engine)));
  return SqlMessageStore(std::move(database), std::move(blobs), std::move(owned));
}

}  // namespace um::store
