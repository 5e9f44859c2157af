#include "mailbox/store/committer.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/spool_format.h"

namespace um::store {
namespace {

// Stored at the same time: the audio of one is synced while another commits. Few, so that a store
// that hangs does not take all the workers.
constexpr int kParallel = 2;
constexpr async::Duration kFirstRetry = std::chrono::milliseconds(500);
constexpr async::Duration kLastRetry = std::chrono::seconds(10);

async::Duration Backoff(int attempts) {
  return std::min(kLastRetry, kFirstRetry * (1 << std::min(attempts - 1, 10)));
}

}  // namespace

Committer::Committer(async::Loop& loop, async::WorkerPool& workers, Files& files,
                     MessageStore& store, std::string directory,
                     std::function<void(const Sealed&)> committed)
    : loop_(loop),
      workers_(workers),
      files_(files),
      store_(store),
      directory_(std::move(directory)),
      committed_(std::move(committed)),
      retry_(loop, [this] { RetryDue(); }),
      self_(std::make_shared<Committer*>(this)) {
  SetNow(loop.WallNow());
}

Committer::~Committer() {
  *self_ = nullptr;
  std::unique_lock lock(mutex_);
  stopping_ = true;
  idle_.wait(lock, [this] { return running_ == 0; });
}

void Committer::Add(Sealed sealed) {
  {
    const std::lock_guard lock(mutex_);
    if (!known_.insert(sealed.facts.message_id).second) return;
    ready_.push_back(std::move(sealed));
  }
  Pump();
}

bool Committer::Has(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return known_.contains(id);
}

void Committer::Pump() {
  const std::lock_guard lock(mutex_);
  PumpLocked();
}

void Committer::PumpLocked() {
  while (!stopping_ && running_ < kParallel && !ready_.empty()) {
    ++running_;
    auto next = std::make_shared<Sealed>(std::move(ready_.front()));
    ready_.pop_front();
    workers_.Submit([this, next] { Run(std::move(*next)); });
  }
}

void Committer::Run(Sealed sealed) {
  const absl::Status stored = Store(sealed);
  if (stored.ok()) {
    log::Info("message.stored", {{"trace", sealed.facts.trace_id},
                                 {"message", sealed.facts.message_id},
                                 {"kind", domain::ToString(sealed.verdict.kind)},
                                 {"ms", sealed.verdict.duration.count()}});
    committed_(sealed);
  } else if (sealed.attempts % 10 == 0) {
    log::Error("message.delayed", {{"trace", sealed.facts.trace_id},
                                   {"message", sealed.facts.message_id},
                                   {"attempts", sealed.attempts + 1},
                                   {"error", Message(stored)}});
  }
  const std::string id = sealed.facts.message_id;
  if (!stored.ok()) {
    ++sealed.attempts;
    auto again = std::make_shared<Sealed>(std::move(sealed));
    loop_.Post([self = self_, again] {
      if (*self) (*self)->RetryLater(std::move(*again));
    });
  }
  const std::lock_guard lock(mutex_);
  if (stored.ok()) known_.erase(id);
  --running_;
  PumpLocked();
  idle_.notify_all();  // under the lock: the destructor waits for it
}

absl::Status Committer::Store(const Sealed& sealed) {
  StoredMessage message{.call = sealed.facts,
                        .kind = sealed.verdict.kind,
                        .duration = sealed.verdict.duration,
                        .stored = FromMicros(now_)};
  message.next_attempt = message.stored;
  if (message.kind == domain::MessageKind::kMissedCall) return store_.Insert(message, "");
  const absl::StatusOr<std::string> audio = Audio(sealed);
  if (absl::IsNotFound(audio.status())) {
    // Another process on this directory may have stored it, and removed the file when its time was
    // over, or when it was erased.
    const absl::Status stored = store_.Get(sealed.facts.message_id).status();
    if (!absl::IsNotFound(stored)) return stored;
    UM_ASSIGN_OR_RETURN(const bool erased, store_.WasErased(sealed.facts.message_id));
    return erased ? absl::OkStatus() : stored;
  }
  UM_RETURN_IF_ERROR(audio.status());
  return store_.Insert(message, std::string_view(*audio).substr(0, sealed.verdict.audio_bytes));
}

absl::StatusOr<std::string> Committer::Audio(const Sealed& sealed) {
  if (sealed.audio) return *sealed.audio;
  const std::string path = directory_ + "/" + sealed.facts.message_id + std::string(kSpoolSuffix);
  UM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files_.OpenLocked(path));
  UM_ASSIGN_OR_RETURN(const std::string head, file->ReadAt(0, kPreambleSize));
  UM_ASSIGN_OR_RETURN(const Preamble preamble, DecodePreamble(head));
  const uint64_t start = kPreambleSize + preamble.facts_size;
  UM_ASSIGN_OR_RETURN(std::string audio, file->ReadAt(start, sealed.verdict.audio_bytes));
  if (audio.size() < sealed.verdict.audio_bytes) {
    return absl::DataLossError(path + " is shorter than when it was sealed");
  }
  return audio;
}

void Committer::RetryLater(Sealed sealed) {
  const async::Duration delay = Backoff(sealed.attempts);
  later_.emplace(loop_.Now() + delay, std::move(sealed));
  retry_.Start(later_.begin()->first - loop_.Now());
}

void Committer::RetryDue() {
  while (!later_.empty() && later_.begin()->first <= loop_.Now()) {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(later_.begin()->second));
    later_.erase(later_.begin());
  }
  if (!later_.empty()) retry_.Start(later_.begin()->first - loop_.Now());
  Pump();
}

}  // namespace um::store
