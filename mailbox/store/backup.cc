#include "mailbox/store/backup.h"

#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/store/crc32c.h"
#include "mailbox/store/directory_lock.h"
#include "mailbox/store/engine.h"
#include "mailbox/store/files.h"

namespace um::store {
namespace {

namespace fs = std::filesystem;

const std::string kDatabase = "messages.sqlite";
const std::string kManifest = "MANIFEST";
const std::string kFirstLine = "voxpost-backup 1";

/// A file of a backup, as the manifest tells it.
struct Entry {
  std::string name;  ///< below the folder
  uint64_t size = 0;
  uint32_t checksum = 0;
};

absl::Status Failed(const std::string& attempt, const std::error_code& error) {
  return absl::UnavailableError(attempt + ": " + error.message());
}

/// Reads a file, piece by piece; with `to`, appends what it reads there.
absl::StatusOr<Entry> ReadThrough(const std::string& from, const std::string& name, File* to) {
  std::ifstream file(from, std::ios::binary);
  if (!file) return absl::NotFoundError(from + " cannot be read");
  Entry entry{.name = name};
  std::string piece(size_t{1} << 20, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const std::string_view read(piece.data(), static_cast<size_t>(file.gcount()));
    entry.checksum = Crc32c(read, entry.checksum);
    entry.size += read.size();
    if (to) UM_RETURN_IF_ERROR(to->Append(read));
  }
  if (!file.eof()) return absl::UnavailableError(from + " cannot be read");
  return entry;
}

absl::Status CheckSame(const Entry& told, const Entry& read) {
  if (told.size == read.size && told.checksum == read.checksum) return absl::OkStatus();
  return absl::DataLossError("the backup's " + told.name + " is damaged");
}

absl::StatusOr<Entry> Copy(Files& files, const std::string& from, const std::string& to,
                           const std::string& name) {
  UM_RETURN_IF_ERROR(files.MakeDirectories(fs::path(to + "/" + name).parent_path()));
  UM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files.Create(to + "/" + name));
  return ReadThrough(from + "/" + name, name, file.get());
}

/// Everything below a folder on the disk, by one sync instead of one for each file.
absl::Status SyncAll(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && syncfs(fd) == 0;
  const std::error_code error(errno, std::generic_category());
  if (fd >= 0) close(fd);
  return synced ? absl::OkStatus() : Failed("sync " + folder, error);
}

/// The database as it is at one moment. VACUUM INTO reads in one transaction, beside which others
/// write.
absl::Status CopyDatabase(const std::string& directory, const std::string& to) {
  UM_ASSIGN_OR_RETURN(const auto engine, SqliteEngine(directory + "/" + kDatabase));
  const std::string copy = to + "/" + kDatabase;
  // SQLite fills an empty file and leaves its mode alone; it would make one that others can read.
  const int fd = open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) close(fd);
  try {
    soci::session sql;
    engine->Connect(sql);
    sql << "VACUUM INTO :copy", soci::use(copy);
    return absl::OkStatus();
  } catch (const std::exception&) {
    return Annotate(engine->Failure(), "copy " + directory + "/" + kDatabase);
  }
}

/// The audio that a copied database's messages have.
absl::StatusOr<std::vector<std::string>> AudioOf(const std::string& folder) {
  UM_ASSIGN_OR_RETURN(const auto engine, SqliteEngine(folder + "/" + kDatabase));
  try {
    // Not Connect(): it would change the copy's mode.
    soci::session sql(soci::sqlite3, "db=\"" + folder + "/" + kDatabase + "\"");
    std::vector<std::string> names;
    std::string id;
    soci::statement statement =
        (sql.prepare << "SELECT id FROM message WHERE kind = 'voice'", soci::into(id));
    statement.execute();
    while (statement.fetch()) {
      if (!IsUlid(id)) return absl::DataLossError("a message's id is not a ULID");
      names.push_back(fmt::format("audio/{}/{}", id.back(), id));
    }
    return names;
  } catch (const std::exception&) {
    return engine->Failure();
  }
}

/// A message that was deleted after the copy was made is taken out of it: its audio is gone. False:
/// it was not, and has lost its audio otherwise.
absl::StatusOr<bool> TakeOutIfDeleted(const std::string& directory, const std::string& folder,
                                      const std::string& id) {
  UM_ASSIGN_OR_RETURN(const auto engine, SqliteEngine(directory + "/" + kDatabase));
  try {
    soci::session live, copy(soci::sqlite3, "db=\"" + folder + "/" + kDatabase + "\"");
    engine->Connect(live);
    int one = 0;
    live << "SELECT 1 FROM message WHERE id = :id", soci::into(one), soci::use(id);
    if (live.got_data()) return false;
    copy << "PRAGMA foreign_keys=ON";
    copy << "DELETE FROM message WHERE id = :id", soci::use(id);
    return true;
  } catch (const std::exception&) {
    return engine->Failure();
  }
}

absl::Status WriteManifest(Files& files, const std::string& folder,
                           const std::vector<Entry>& entries) {
  std::string text = kFirstLine + "\n";
  for (const Entry& entry : entries) {
    text += fmt::format("{:08x} {} {}\n", entry.checksum, entry.size, entry.name);
  }
  text += "end\n";
  UM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files.Create(folder + "/" + kManifest));
  return file->Append(text);
}

BackupSize SizeOf(const std::vector<Entry>& entries) {
  BackupSize size{entries.size(), 0};
  for (const Entry& entry : entries) size.bytes += entry.size;
  return size;
}

absl::StatusOr<BackupSize> FillBackup(Files& files, const std::string& directory,
                                      const std::string& folder,
                                      const std::function<bool()>& cancelled) {
  UM_RETURN_IF_ERROR(CopyDatabase(directory, folder));
  std::vector<Entry> entries;
  UM_ASSIGN_OR_RETURN(const std::vector<std::string> audio, AudioOf(folder));
  for (const std::string& name : audio) {
    if (cancelled()) return absl::CancelledError("nobody waits for it any more");
    // A message's audio is there before the message is, and so before the copy was made.
    UM_ASSIGN_OR_RETURN(const bool there, files.Exists(directory + "/" + name));
    if (!there) {
      UM_ASSIGN_OR_RETURN(const bool deleted,
                          TakeOutIfDeleted(directory, folder, name.substr(name.size() - 26)));
      if (!deleted) log::Warning("backup.lacked", {{"file", name}});
      continue;
    }
    UM_ASSIGN_OR_RETURN(entries.emplace_back(), Copy(files, directory, folder, name));
  }
  UM_ASSIGN_OR_RETURN(entries.emplace_back(),
                      ReadThrough(folder + "/" + kDatabase, kDatabase, nullptr));
  UM_RETURN_IF_ERROR(WriteManifest(files, folder, entries));
  UM_RETURN_IF_ERROR(SyncAll(folder));
  return SizeOf(entries);
}

/// Names a backup may have: nothing else is ever written to.
bool IsOurs(const std::string& name) {
  if (name == kDatabase) return true;
  const std::string id = name.size() > 8 ? name.substr(8) : "";
  return IsUlid(id) && name == fmt::format("audio/{}/{}", id.back(), id);
}

absl::StatusOr<std::vector<Entry>> ReadManifest(const std::string& path) {
  std::ifstream file(path + "/" + kManifest);
  if (!file) return absl::NotFoundError("there is no backup at " + path);
  const absl::Status damaged = absl::DataLossError("the backup's " + kManifest + " is damaged");
  std::string line;
  if (!std::getline(file, line)) return damaged;
  if (line != kFirstLine) {
    return absl::FailedPreconditionError("the backup at " + path + " is of an unknown form");
  }
  std::vector<Entry> entries;
  while (std::getline(file, line) && line != "end") {
    Entry entry;
    std::istringstream words(line);
    words >> std::hex >> entry.checksum >> std::dec >> entry.size >> entry.name;
    if (!words || !IsOurs(entry.name)) return damaged;
    entries.push_back(entry);
  }
  // The database comes last, so that a store that is there is whole.
  if (line != "end" || entries.empty() || entries.back().name != kDatabase) return damaged;
  return entries;
}

/// What is restored by root is of use to the node's user only if it is that user's.
absl::Status GiveToOwner(const std::string& directory, const struct stat& owner) {
  std::vector<fs::path> paths{directory};
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    paths.push_back(it->path());
  }
  if (error) return Failed("list " + directory, error);
  for (const fs::path& path : paths) {
    if (lchown(path.c_str(), owner.st_uid, owner.st_gid) == 0) continue;
    return Failed("give away " + path.string(), std::error_code(errno, std::generic_category()));
  }
  return absl::OkStatus();
}

absl::Status FillStore(Files& files, const std::string& path, const std::vector<Entry>& entries,
                       const std::string& directory) {
  for (const Entry& entry : entries) {
    UM_ASSIGN_OR_RETURN(const Entry copied, Copy(files, path, directory, entry.name));
    UM_RETURN_IF_ERROR(CheckSame(entry, copied));
  }
  return SyncAll(directory);
}

}  // namespace

absl::StatusOr<BackupSize> Backup(const std::string& directory, const std::string& path,
                                  const std::function<bool()>& cancelled) {
  std::error_code error;
  if (!fs::exists(directory + "/" + kDatabase, error)) {
    return absl::NotFoundError("there is no embedded store in " + directory);
  }
  const std::string partial = path + ".partial";
  for (const std::string& taken : {path, partial}) {
    if (fs::exists(taken, error)) return absl::AlreadyExistsError(taken + " exists");
  }
  const std::unique_ptr<Files> files = RealFiles();
  UM_RETURN_IF_ERROR(files->MakeDirectories(partial));
  const absl::StatusOr<BackupSize> size = FillBackup(*files, directory, partial, cancelled);
  absl::Status status = size.status();
  if (status.ok()) status = files->Rename(partial, path);
  if (status.ok()) {
    const fs::path parent = fs::absolute(path, error).parent_path();
    UM_RETURN_IF_ERROR(files->SyncDirectory(parent));
    return size;
  }
  fs::remove_all(partial, error);
  return Annotate(status, "back up to " + path);
}

absl::StatusOr<BackupSize> Verify(const std::string& path) {
  UM_ASSIGN_OR_RETURN(const std::vector<Entry> entries, ReadManifest(path));
  for (const Entry& entry : entries) {
    UM_ASSIGN_OR_RETURN(const Entry read,
                        ReadThrough(path + "/" + entry.name, entry.name, nullptr));
    UM_RETURN_IF_ERROR(CheckSame(entry, read));
  }
  return SizeOf(entries);
}

absl::StatusOr<BackupSize> Restore(const std::string& path, const std::string& directory) {
  UM_ASSIGN_OR_RETURN(const std::vector<Entry> entries, ReadManifest(path));
  std::error_code error;
  if (fs::exists(directory, error) && !fs::is_empty(directory, error)) {
    return absl::FailedPreconditionError(directory + " is not empty");
  }
  struct stat owner = {};
  fs::path owned = fs::absolute(directory, error);
  if (!fs::exists(owned, error)) owned = owned.parent_path();
  const bool has_owner = stat(owned.c_str(), &owner) == 0;
  const std::unique_ptr<Files> files = RealFiles();
  UM_RETURN_IF_ERROR(files->MakeDirectories(directory));
  UM_ASSIGN_OR_RETURN(const auto lock, LockDirectory(directory, Use::kAlone));
  absl::Status status = FillStore(*files, path, entries, directory);
  if (status.ok() && geteuid() == 0 && has_owner) status = GiveToOwner(directory, owner);
  if (status.ok()) return SizeOf(entries);
  for (const char* name : {"audio", kDatabase.c_str()}) {
    fs::remove_all(directory + "/" + name, error);
  }
  return Annotate(status, "restore from " + path);
}

}  // namespace um::store
