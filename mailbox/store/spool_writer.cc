#include "mailbox/store/spool_writer.h"

#include <pthread.h>

#include <algorithm>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::store {
namespace {

// Rounds that are tried when the spool is closed: a disk that refuses three times is not waited
// for.
constexpr int kLastRounds = 3;
constexpr size_t kProbeSize = 4096;

}  // namespace

SpoolWriter::SpoolWriter(Files& files, const WriterOptions& options, Listener listener)
    : files_(files), options_(options), listener_(std::move(listener)) {
  spare_.reserve(kMaxWaiting);
  CheckDisk();  // before the first call, not half a second after
  thread_ = std::thread([this] { Work(); });
}

SpoolWriter::~SpoolWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SpoolWriter::Start(std::shared_ptr<Recording> recording) {
  const std::lock_guard lock(mutex_);
  started_.push_back(std::move(recording));
  wake_.notify_one();
}

void SpoolWriter::Hurry(std::shared_ptr<Recording> recording) {
  const std::lock_guard lock(mutex_);
  hurried_.push_back(std::move(recording));
  wake_.notify_one();
}

void SpoolWriter::Read(std::shared_ptr<Recording> recording, uint64_t from, size_t most,
                       std::function<void(std::string)> done) {
  const std::lock_guard lock(mutex_);
  hurried_.push_back(recording);  // what is still with the media thread belongs to it
  readings_.push_back({std::move(recording), from, most, std::move(done)});
  wake_.notify_one();
}

bool SpoolWriter::Tick() {
  const std::lock_guard lock(mutex_);
  const bool keeps_up = !tick_ && !working_;
  tick_ = true;
  wake_.notify_one();
  return keeps_up;
}

void SpoolWriter::Drain() {
  std::unique_lock lock(mutex_);
  const uint64_t mine = ++asked_;
  tick_ = true;
  wake_.notify_one();
  idle_.wait(lock, [&] { return done_ >= mine; });
}

void SpoolWriter::Work() {
  pthread_setname_np(pthread_self(), "spool");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait(lock,
               [this] { return stopping_ || tick_ || !started_.empty() || !hurried_.empty(); });
    live_.insert(live_.end(), started_.begin(), started_.end());
    Recordings urgent = std::exchange(started_, {});
    for (auto& recording : std::exchange(hurried_, {})) {
      if (std::ranges::find(urgent, recording) == urgent.end()) {
        urgent.push_back(std::move(recording));
      }
    }
    const std::vector<Reading> readings = std::exchange(readings_, {});
    const bool all = std::exchange(tick_, false);
    const uint64_t asked = asked_;
    working_ = true;
    lock.unlock();
    Round(all ? live_ : urgent);
    for (const Reading& reading : readings) {
      reading.done(reading.recording->file.Audio(reading.from, reading.most).value_or(""));
    }
    if (all) CheckDisk();
    std::erase_if(live_, [](const auto& recording) { return recording->finished; });
    lock.lock();
    working_ = false;
    if (all) done_ = asked;
    idle_.notify_all();
  }
  live_.insert(live_.end(), started_.begin(), started_.end());
  lock.unlock();
  SealAll();
}

void SpoolWriter::SealAll() {
  for (const auto& recording : live_) recording->End(SealState::kSealed);
  for (int i = 0; i < kLastRounds && !live_.empty(); ++i) {
    Round(live_);
    std::erase_if(live_, [](const auto& recording) { return recording->finished; });
  }
  for (const auto& recording : live_) {
    log::Error("recording.abandoned", {{"trace", recording->facts().trace_id},
                                       {"message", recording->facts().message_id}});
  }
}

void SpoolWriter::Round(const Recordings& recordings) {
  std::vector<absl::Status> statuses;
  statuses.reserve(recordings.size());
  bool nameless = false;
  for (const auto& recording : recordings) {
    statuses.push_back(recording->finished ? absl::OkStatus() : Prepare(*recording));
    nameless |= recording->file.made() && !recording->file.named();
  }
  for (size_t i = 0; i < recordings.size(); ++i) {
    SpoolFile& file = recordings[i]->file;
    if (statuses[i].ok() && file.made()) statuses[i] = file.Sync();
  }
  if (nameless) {
    const absl::Status synced = files_.SyncDirectory(options_.directory);
    for (size_t i = 0; i < recordings.size(); ++i) {
      SpoolFile& file = recordings[i]->file;
      if (!statuses[i].ok() || !file.made() || file.named()) continue;
      if (synced.ok()) file.SetNamed();
      statuses[i] = synced;
    }
  }
  for (size_t i = 0; i < recordings.size(); ++i) {
    if (!recordings[i]->finished) Finish(*recordings[i], statuses[i]);
  }
}

absl::Status SpoolWriter::Prepare(Recording& recording) {
  SpoolFile& file = recording.file;
  const Recording::News news = recording.Take(spare_, file.waiting() >= kMaxWaiting);
  if (news.erased) file.Erase();
  file.Add(spare_);
  spare_.clear();
  if (news.dropped > 0) {
    writable_ = false;
    log::Error("audio.dropped", {{"trace", recording.facts().trace_id},
                                 {"message", recording.facts().message_id},
                                 {"ms", news.dropped * 1000 / domain::kSampleRate}});
  }
  file.End(news.end, news.marks);
  // A call that was handed on before its file could be made leaves nothing to be undone.
  if (news.end == SealState::kDiscarded && !file.made()) return absl::OkStatus();
  return file.Write();
}

void SpoolWriter::Finish(Recording& recording, const absl::Status& status) {
  const std::string& id = recording.facts().message_id;
  absl::Status done = status;
  const SealState end = recording.file.end();
  if (done.ok() && end == SealState::kDiscarded) done = recording.file.Remove();
  if (!done.ok()) {
    writable_ = false;
    if (!recording.stuck) {
      log::Error(
          "recording.stuck",
          {{"trace", recording.facts().trace_id}, {"message", id}, {"error", Message(done)}});
    }
    recording.stuck = true;
    // The disk will not have it, but the store may.
    absl::StatusOr<std::string> audio = absl::UnknownError("");
    if (end == SealState::kSealed && !recording.offered) audio = recording.file.Audio();
    if (audio.ok()) Offer(recording, *std::move(audio));
    return;
  }
  recording.stuck = false;
  recording.finished = end != SealState::kRecording;
  if (end != SealState::kSealed) return;
  recording.file.Close();
  const domain::Verdict verdict = recording.file.Verdict();
  log::Info("message.sealed", {{"trace", recording.facts().trace_id},
                               {"message", id},
                               {"kind", domain::ToString(verdict.kind)},
                               {"ms", verdict.duration.count()}});
  listener_.sealed(id, verdict);
  if (!recording.offered) Offer(recording, std::nullopt);
}

void SpoolWriter::Offer(Recording& recording, std::optional<std::string> audio) {
  recording.offered = true;
  domain::CallFacts facts = recording.facts();
  facts.marks = facts.marks | recording.file.marks();
  listener_.offer({std::move(facts), recording.file.Verdict(), std::move(audio)});
}

void SpoolWriter::CheckDisk() {
  if (ticks_++ % options_.ticks_per_check != 0) return;
  const absl::StatusOr<int64_t> free = files_.FreeBytes(options_.directory);
  const bool spacious = free.ok() && *free >= options_.min_free_bytes;
  if (spacious_.exchange(spacious) != spacious) {
    log::Warning(spacious ? "disk.cleared" : "disk.filled",
                 {{"directory", options_.directory}, {"free", free.ok() ? *free : -1}});
  }
  if (writable_) return;
  // Calls are refused meanwhile, so no recording would tell when the disk is well again.
  const bool stuck = std::ranges::any_of(live_, [](const auto& r) { return r->stuck; });
  if (!stuck && Probe().ok()) {
    writable_ = true;
    log::Info("spool.recovered", {{"directory", options_.directory}});
  }
}

absl::Status SpoolWriter::Probe() {
  const std::string path = options_.directory + "/probe";
  files_.Remove(path).IgnoreError();
  UM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files_.Create(path));
  UM_RETURN_IF_ERROR(file->Append(std::string(kProbeSize, 'p')));
  UM_RETURN_IF_ERROR(file->Sync());
  return files_.Remove(path);
}

}  // namespace um::store
