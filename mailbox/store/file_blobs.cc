#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/ulid.h"
#include "mailbox/store/blobs.h"

namespace um::store {
namespace {

constexpr std::string_view kTemporary = ".tmp";

class FileBlobsImpl final : public Blobs {
 public:
  FileBlobsImpl(Files& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  absl::Status Put(const std::string& id, std::string_view bytes) override {
    UM_RETURN_IF_ERROR(Check(id));
    UM_RETURN_IF_ERROR(files_.MakeDirectories(Shard(id)));
    // Random, because two processes may insert one message at the same time. Locked until it has
    // its final name, so that no sweep takes it for abandoned.
    const std::string temporary = fmt::format("{}.{}{}", Path(id), Hex(RandomBytes(8)), kTemporary);
    UM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files_.Create(temporary));
    absl::Status status = file->Append(bytes);
    if (status.ok()) status = file->Sync();
    if (status.ok()) status = files_.Rename(temporary, Path(id));
    if (!status.ok()) {
      files_.Remove(temporary).IgnoreError();
      return status;
    }
    return files_.SyncDirectory(Shard(id));
  }

  absl::StatusOr<std::string> Get(const std::string& id) override {
    UM_RETURN_IF_ERROR(Check(id));
    return files_.Read(Path(id));
  }

  absl::StatusOr<bool> Has(const std::string& id) override {
    UM_RETURN_IF_ERROR(Check(id));
    return files_.Exists(Path(id));
  }

  absl::Status Delete(const std::string& id) override {
    UM_RETURN_IF_ERROR(Check(id));
    const absl::Status removed = files_.Remove(Path(id));
    return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
  }

  absl::StatusOr<std::vector<std::string>> List() override {
    std::vector<std::string> ids;
    UM_ASSIGN_OR_RETURN(const auto shards, files_.List(directory_));
    for (const std::string& shard : shards) {
      if (shard.size() != 1) continue;  // not ours
      UM_ASSIGN_OR_RETURN(const auto names, files_.List(fmt::format("{}/{}", directory_, shard)));
      for (const std::string& name : names) {
        if (IsUlid(name)) {
          ids.push_back(name);
        } else if (name.ends_with(kTemporary)) {
          RemoveAbandoned(fmt::format("{}/{}/{}", directory_, shard, name));
        }
      }
    }
    return ids;
  }

 private:
  static absl::Status Check(const std::string& id) {
    if (IsUlid(id)) return absl::OkStatus();
    return absl::InvalidArgumentError("a blob's id is not a ULID");
  }
  std::string Shard(const std::string& id) const {
    return directory_ + "/" + id.substr(id.size() - 1);
  }
  std::string Path(const std::string& id) const { return Shard(id) + "/" + id; }

  /// A temporary file that nobody holds locked was left by a crash.
  void RemoveAbandoned(const std::string& path) {
    if (files_.OpenLocked(path).ok()) files_.Remove(path).IgnoreError();
  }

  Files& files_;
  const std::string directory_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Blobs>> FileBlobs(Files& files, const std::string& directory) {
  UM_RETURN_IF_ERROR(files.MakeDirectories(directory));
  return std::make_unique<FileBlobsImpl>(files, directory);
}

}  // namespace um::store
