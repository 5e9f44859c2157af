#include "mailbox/store/disk_spool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/store/committer.h"
#include "mailbox/store/recovery.h"
#include "mailbox/store/spool_writer.h"

namespace um::store {
namespace {

using domain::Saved;

constexpr async::Duration kSweepEvery = std::chrono::minutes(5);
// A disk that takes longer for one round takes no new calls.
constexpr async::Duration kStall = std::chrono::seconds(5);

Saved SavedAs(domain::MessageKind kind, Saved voice) {
  return kind == domain::MessageKind::kMissedCall ? Saved::kMissed : voice;
}

/// What a caller is waiting to be told.
struct Promise {
  Promise(async::Loop& loop, std::function<void(Saved)> d, std::function<void()> impatient)
      : done(std::move(d)), patience(loop, std::move(impatient)) {}
  std::function<void(Saved)> done;
  async::Timer patience;
  Saved meanwhile = Saved::kSealed;  ///< the answer when the store takes too long
};

class DiskSpoolImpl final : public DiskSpool {
 public:
  DiskSpoolImpl(async::Loop& loop, async::WorkerPool& workers, Files& files, MessageStore& store,
                const SpoolOptions& options, std::function<void()> stored)
      : loop_(loop),
        workers_(workers),
        files_(files),
        options_(options),
        stored_(std::move(stored)),
        self_(std::make_shared<DiskSpoolImpl*>(this)),
        committer_(loop, workers, files, store, options.directory,
                   [this](const Sealed& sealed) { OnCommitted(sealed); }),
        recovery_(files, store, committer_, options.directory, options.retention),
        writer_(files, WriterOptionsOf(options), ListenerOf()),
        tick_(loop, [this] { Tick(); }),
        sweep_(loop, [this] { Sweep(); }) {
    tick_.Start(options_.sync_every);
    Sweep();
  }

  ~DiskSpoolImpl() override {
    *self_ = nullptr;
    recovery_.Stop();
    std::unique_lock lock(sweep_mutex_);
    swept_.wait(lock, [this] { return !sweeping_; });
  }

  std::unique_ptr<domain::SpooledCall> Begin(const domain::CallFacts& facts) override;
  bool Healthy() const override {
    const async::Duration behind = options_.sync_every * behind_.load();
    return writer_.healthy() && behind < kStall;
  }
  void Drain() override { writer_.Drain(); }
  void RemoveErased(const std::vector<std::string>& message_ids) override {
    recovery_.RemoveErased(message_ids);
  }

  // What SpooledCalls ask for.   Thread: loop.
  std::weak_ptr<DiskSpoolImpl*> self() { return self_; }
  void Erase(const std::shared_ptr<Recording>& recording) {
    recording->Erase();
    writer_.Hurry(recording);
  }
  void Read(const std::shared_ptr<Recording>& recording, uint64_t from, size_t most,
            std::function<void(std::string)> done) {
    writer_.Read(recording, from, most, [this, done = std::move(done)](std::string audio) {
      Post([done, audio = std::move(audio)](DiskSpoolImpl&) { done(audio); });
    });
  }
  void End(const std::shared_ptr<Recording>& recording, SealState end,
           std::function<void(Saved)> done) {
    if (!recording->End(end)) return;
    const std::string& id = recording->facts().message_id;
    if (done) {
      promises_.emplace(id, std::make_unique<Promise>(loop_, std::move(done),
                                                      [this, id] { Keep(id, std::nullopt); }));
    }
    committer_.SetNow(loop_.WallNow());
    writer_.Hurry(recording);
  }
  void Release(const std::string& id) { promises_.erase(id); }

 private:
  static WriterOptions WriterOptionsOf(const SpoolOptions& options) {
    const auto every = std::max(options.sync_every, async::Duration(1));
    const auto ticks = std::chrono::seconds(1) / every;
    return {options.directory, options.min_free_bytes, std::max(1, static_cast<int>(ticks))};
  }

  SpoolWriter::Listener ListenerOf() {
    return {
        .sealed =
            [this](const std::string& id, const domain::Verdict& verdict) {
              Post([id, kind = verdict.kind](DiskSpoolImpl& spool) { spool.OnSealed(id, kind); });
            },
        .offer = [this](Sealed sealed) { committer_.Add(std::move(sealed)); }};
  }

  /// Runs `f` on the loop, unless the spool has gone by then.   Thread: any.
  void Post(std::function<void(DiskSpoolImpl&)> f) {
    loop_.Post([self = self_, f = std::move(f)] {
      if (*self) f(**self);
    });
  }

  void OnSealed(const std::string& id, domain::MessageKind kind) {
    const auto promise = promises_.find(id);
    if (promise == promises_.end()) return;
    promise->second->meanwhile = SavedAs(kind, Saved::kSealed);
    promise->second->patience.Start(options_.store_patience);
  }

  /// Thread: worker.
  void OnCommitted(const Sealed& sealed) {
    stored_();
    Post([id = sealed.facts.message_id, saved = SavedAs(sealed.verdict.kind, Saved::kStored)](
             DiskSpoolImpl& spool) { spool.Keep(id, saved); });
  }

  /// Tells the caller; nullopt: what is true meanwhile.
  void Keep(const std::string& id, std::optional<Saved> saved) {
    const auto found = promises_.find(id);
    if (found == promises_.end()) return;
    const std::unique_ptr<Promise> promise = std::move(found->second);
    promises_.erase(found);  // first: `done` may destroy the SpooledCall
    promise->done(saved.value_or(promise->meanwhile));
  }

  void Tick() {
    tick_.Start(options_.sync_every);
    committer_.SetNow(loop_.WallNow());
    behind_ = writer_.Tick() ? 0 : behind_ + 1;
  }

  void Sweep() {
    sweep_.Start(kSweepEvery);
    {
      const std::lock_guard lock(sweep_mutex_);
      if (std::exchange(sweeping_, true)) return;
    }
    workers_.Submit([this, now = loop_.WallNow()] {
      const absl::Status swept = recovery_.Run(now);
      if (!swept.ok()) log::Error("recovery.failed", {{"error", Message(swept)}});
      const std::lock_guard lock(sweep_mutex_);
      sweeping_ = false;
      swept_.notify_all();
    });
  }

  // Passed in.
  async::Loop& loop_;
  async::WorkerPool& workers_;
  Files& files_;
  const SpoolOptions options_;
  const std::function<void()> stored_;
  // State.
  std::shared_ptr<DiskSpoolImpl*>
      self_;  // what is posted to the loop finds null when this has gone
  std::unordered_map<std::string, std::unique_ptr<Promise>> promises_;
  std::atomic<int64_t> behind_{
      0};  // ticks in a row that the writer had not finished the one before
  std::mutex sweep_mutex_;
  std::condition_variable swept_;
  bool sweeping_ = false;  // guarded by sweep_mutex_
  // Owned. The writer offers to the committer until it has stopped, so it goes first.
  Committer committer_;
  Recovery recovery_;
  SpoolWriter writer_;
  async::Timer tick_;
  async::Timer sweep_;
};

class DiskCall final : public domain::SpooledCall {
 public:
  DiskCall(DiskSpoolImpl& spool, std::shared_ptr<Recording> recording)
      : spool_(spool.self()), recording_(std::move(recording)) {}
  ~DiskCall() override {
    Seal(nullptr);
    if (DiskSpoolImpl* spool = Spool()) spool->Release(recording_->facts().message_id);
  }

  void Append(std::span<const uint8_t> codes) noexcept override { recording_->Append(codes); }
  void Erase() override {
    if (DiskSpoolImpl* spool = Spool()) spool->Erase(recording_);
  }
  void SetMarks(domain::Marks marks) override { recording_->SetMarks(marks); }
  void Read(uint64_t from, size_t most, std::function<void(std::string)> done) override {
    if (DiskSpoolImpl* spool = Spool()) spool->Read(recording_, from, most, std::move(done));
  }
  void Seal(std::function<void(Saved)> done) override {
    if (DiskSpoolImpl* spool = Spool()) {
      spool->End(recording_, SealState::kSealed, std::move(done));
    }
  }
  void Discard() override {
    if (DiskSpoolImpl* spool = Spool()) spool->End(recording_, SealState::kDiscarded, nullptr);
  }

 private:
  /// nullptr: the spool has gone, and has sealed this.
  DiskSpoolImpl* Spool() const {
    const std::shared_ptr<DiskSpoolImpl*> self = spool_.lock();
    return self ? *self : nullptr;
  }

  const std::weak_ptr<DiskSpoolImpl*> spool_;
  const std::shared_ptr<Recording> recording_;
};

std::unique_ptr<domain::SpooledCall> DiskSpoolImpl::Begin(const domain::CallFacts& facts) {
  domain::CallFacts named = facts;
  if (!IsUlid(named.message_id)) {
    // It becomes a file's name. A message under another id is worth more than none.
    named.message_id = NewUlid(loop_.WallNow());
    log::Error("message.renamed", {{"trace", facts.trace_id}, {"message", named.message_id}});
  }
  auto recording = std::make_shared<Recording>(files_, options_.directory, named);
  writer_.Start(recording);
  return std::make_unique<DiskCall>(*this, std::move(recording));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DiskSpool>> DiskSpool::Open(async::Loop& loop,
                                                           async::WorkerPool& workers, Files& files,
                                                           MessageStore& store,
                                                           const SpoolOptions& options,
                                                           std::function<void()> stored) {
  UM_RETURN_IF_ERROR(Annotate(files.MakeDirectories(options.directory), "open spool"));
  // A directory that cannot be read is found out now, not by the first lost call.
  UM_RETURN_IF_ERROR(Annotate(files.List(options.directory).status(), "open spool"));
  return std::make_unique<DiskSpoolImpl>(loop, workers, files, store, options, std::move(stored));
}

}  // namespace um::store
