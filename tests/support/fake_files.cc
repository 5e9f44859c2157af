#include "tests/support/fake_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/status.h"

namespace um::tests {
namespace {

std::string DirectoryOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

absl::Status Dead() { return absl::InternalError("the process is dead"); }

}  // namespace

class FakeFile final : public store::File {
 public:
  FakeFile(FakeFiles& files, std::shared_ptr<FakeFiles::Node> node)
      : files_(files), node_(std::move(node)), generation_(files.generation_) {}
  ~FakeFile() override {
    const std::lock_guard lock(files_.mutex_);
    if (generation_ == files_.generation_) node_->locked = false;
  }

  absl::Status Append(std::string_view bytes) override {
    const std::lock_guard lock(files_.mutex_);
    return Change({node_->content.size(), std::string(bytes)});
  }
  absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(files_.mutex_);
    return Change({offset, std::string(bytes)});
  }
  absl::Status Truncate(uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    return Change({size, "", true});
  }
  absl::Status Sync() override {
    std::unique_lock lock(files_.mutex_);
    files_.released_.wait(lock, [this] { return !files_.held_; });
    UM_RETURN_IF_ERROR(Alive());
    const absl::Status status = files_.Operate(nullptr);
    // A failed fsync takes the pages for clean: the next one will not write them.
    for (const auto& change : node_->unsynced) {
      if (status.ok()) FakeFiles::Apply(change, node_->durable);
    }
    node_->unsynced.clear();
    return status;
  }
  absl::StatusOr<std::string> ReadAll() override {
    const std::lock_guard lock(files_.mutex_);
    UM_RETURN_IF_ERROR(Alive());
    return node_->content;
  }
  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) override {
    const std::lock_guard lock(files_.mutex_);
    UM_RETURN_IF_ERROR(Alive());
    if (offset >= node_->content.size()) return std::string();
    return node_->content.substr(offset, size);
  }

 private:
  absl::Status Alive() const {
    return generation_ == files_.generation_ && !files_.crashed_locked() ? absl::OkStatus()
                                                                         : Dead();
  }
  absl::Status Change(FakeFiles::Change change) {
    UM_RETURN_IF_ERROR(Alive());
    bool cut_off = false;
    const absl::Status status = files_.Operate(&cut_off);
    if (!status.ok() && !cut_off) {
      // Half of a write that fails is there all the same, as on a disk that is full.
      change.bytes.resize(change.bytes.size() / 2);
      if (change.cut) return status;
    }
    FakeFiles::Apply(change, node_->content);
    node_->unsynced.push_back(std::move(change));
    return status;
  }

  FakeFiles& files_;
  const std::shared_ptr<FakeFiles::Node> node_;
  const int generation_;
};

int FakeFiles::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void FakeFiles::FailAfter(int n, absl::Status status, int times) {
  const std::lock_guard lock(mutex_);
  fail_at_ = operations_ + n;
  fail_until_ = fail_at_ + times;
  failure_ = std::move(status);
}

void FakeFiles::CrashAfter(int n) {
  const std::lock_guard lock(mutex_);
  crash_at_ = operations_ + n;
}

bool FakeFiles::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_locked();
}

void FakeFiles::SetFreeBytes(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  free_bytes_ = bytes;
}

void FakeFiles::Hold(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
  released_.notify_all();
}

void FakeFiles::Put(const std::string& path, std::string bytes) {
  const std::lock_guard lock(mutex_);
  auto node = std::make_shared<Node>();
  node->content = node->durable = std::move(bytes);
  names_[path] = durable_names_[path] = std::move(node);
}

void FakeFiles::Rot(const std::string& path, size_t offset) {
  const std::lock_guard lock(mutex_);
  Node& node = *names_.at(path);
  node.content.at(offset) ^= 0x10;
  node.durable.at(offset) ^= 0x10;
}

/// Counts an operation. `cut_off` (null: never) is set if it is the one the crash comes in the
/// middle of.
absl::Status FakeFiles::Operate(bool* cut_off) {
  const int n = operations_++;
  if (crash_at_ >= 0 && n >= crash_at_) {
    if (cut_off) *cut_off = n == crash_at_;
    return Dead();
  }
  if (n >= fail_at_ && n < fail_until_) return failure_;
  return absl::OkStatus();
}

void FakeFiles::Apply(const Change& change, std::string& content) {
  if (change.cut) {
    content.resize(change.offset);
    return;
  }
  const size_t end = change.offset + change.bytes.size();
  if (content.size() < end) content.resize(end);
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

/// Each of its 512-byte sectors is there or not; those that are not are zero where the file grew.
void FakeFiles::ApplyTorn(const Change& change, std::string& content, std::mt19937& random) {
  if (change.cut) return Apply(change, content);
  // A file can have grown on the disk before what it grew by came there.
  const size_t end = change.offset + change.bytes.size();
  if (random() % 2 && content.size() < end) content.resize(end);
  for (size_t at = 0; at < change.bytes.size();) {
    const size_t sector_end = (change.offset + at) / 512 * 512 + 512 - change.offset;
    const size_t size = std::min(change.bytes.size(), sector_end) - at;
    if (random() % 2) Apply({change.offset + at, change.bytes.substr(at, size)}, content);
    at += size;
  }
}

void FakeFiles::Apply(const NameChange& change, Names& names) {
  if (!change.from.empty()) names.erase(change.from);
  if (!change.to.empty()) names[change.to] = change.node;
}

void FakeFiles::ChangeName(NameChange change) {
  Apply(change, names_);
  unsynced_names_.push_back(std::move(change));
}

void FakeFiles::LosePower(Node& node, Kept kept, std::mt19937& random) {
  if (kept != Kept::kAll) {
    node.content = node.durable;
    for (const Change& change : node.unsynced) {
      if (kept == Kept::kNothing) break;
      if (random() % 3) ApplyTorn(change, node.content, random);
    }
  }
  node.durable = node.content;
  node.unsynced.clear();
  node.locked = false;
}

void FakeFiles::PowerLoss(Kept kept, uint32_t seed) {
  const std::lock_guard lock(mutex_);
  std::mt19937 random(seed);
  size_t names_kept = 0;
  if (kept == Kept::kAll) names_kept = unsynced_names_.size();
  if (kept == Kept::kRandom) names_kept = random() % (unsynced_names_.size() + 1);
  for (size_t i = 0; i < names_kept; ++i) Apply(unsynced_names_[i], durable_names_);
  unsynced_names_.clear();
  names_ = durable_names_;
  std::set<Node*> nodes;
  for (const auto& [path, node] : names_) nodes.insert(node.get());
  for (Node* node : nodes) LosePower(*node, kept, random);
  ++generation_;
  crash_at_ = fail_at_ = fail_until_ = -1;
}

absl::StatusOr<std::unique_ptr<store::File>> FakeFiles::Create(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (crashed_locked()) return Dead();
  if (names_.contains(path)) return absl::AlreadyExistsError(path);
  bool cut_off = false;
  const absl::Status status = Operate(&cut_off);
  if (!status.ok() && !cut_off) return status;
  auto node = std::make_shared<Node>();
  node->locked = true;
  ChangeName({"", path, node});
  UM_RETURN_IF_ERROR(status);
  return std::make_unique<FakeFile>(*this, std::move(node));
}

absl::StatusOr<std::unique_ptr<store::File>> FakeFiles::OpenLocked(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (crashed_locked()) return Dead();
  const auto found = names_.find(path);
  if (found == names_.end()) return absl::NotFoundError(path);
  if (std::exchange(found->second->locked, true)) return absl::UnavailableError(path);
  return std::make_unique<FakeFile>(*this, found->second);
}

absl::Status FakeFiles::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (crashed_locked()) return Dead();
  const auto found = names_.find(from);
  if (found == names_.end()) return absl::NotFoundError(from);
  bool cut_off = false;
  const absl::Status status = Operate(&cut_off);
  if (status.ok() || cut_off) ChangeName({from, to, found->second});
  return status;
}

absl::Status FakeFiles::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (crashed_locked()) return Dead();
  if (!names_.contains(path)) return absl::NotFoundError(path);
  bool cut_off = false;
  const absl::Status status = Operate(&cut_off);
  if (status.ok() || cut_off) ChangeName({path, "", nullptr});
  return status;
}

absl::Status FakeFiles::MakeDirectories(const std::string&) {
  const std::lock_guard lock(mutex_);
  return crashed_locked() ? Dead() : absl::OkStatus();
}

absl::StatusOr<std::string> FakeFiles::Read(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(path);
  if (found == names_.end()) return absl::NotFoundError(path);
  return found->second->content;
}

absl::StatusOr<bool> FakeFiles::Exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return names_.contains(path);
}

absl::StatusOr<std::vector<std::string>> FakeFiles::List(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (crashed_locked()) return Dead();
  std::vector<std::string> result;
  for (const auto& [path, node] : names_) {
    if (DirectoryOf(path) == directory) result.push_back(path.substr(directory.size() + 1));
  }
  return result;
}

absl::Status FakeFiles::SyncDirectory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (crashed_locked()) return Dead();
  UM_RETURN_IF_ERROR(Operate(nullptr));
  std::erase_if(unsynced_names_, [&](const NameChange& change) {
    if (DirectoryOf(change.from) != directory && DirectoryOf(change.to) != directory) return false;
    Apply(change, durable_names_);
    return true;
  });
  return absl::OkStatus();
}

absl::StatusOr<int64_t> FakeFiles::FreeBytes(const std::string&) {
  const std::lock_guard lock(mutex_);
  return free_bytes_;
}

}  // namespace um::tests
