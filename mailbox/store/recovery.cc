#include "mailbox/store/recovery.h"

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/store/crc32c.h"
#include "mailbox/store/spool_format.h"

namespace um::store {
namespace {

absl::StatusOr<std::string> ReadAudio(File& file, uint64_t start) {
  UM_ASSIGN_OR_RETURN(std::string all, file.ReadAll());
  return all.substr(std::min<size_t>(start, all.size()));
}

}  // namespace

absl::Status Recovery::Run(domain::WallTime now) {
  UM_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  for (const std::string& name : names) {
    if (stopped_) break;
    if (!name.ends_with(kSpoolSuffix)) continue;
    const std::string id = name.substr(0, name.size() - kSpoolSuffix.size());
    if (!IsUlid(id)) continue;  // somebody else's
    Found found = Examine(id, now);
    if (found.ok()) {
      // Only now that the file is closed: the committer takes the lock itself.
      std::optional<Sealed> sealed = *std::move(found);
      if (sealed) committer_.Add(*std::move(sealed));
      continue;
    }
    // Locked: being recorded or stored right now. Gone: another process was here first.
    if (absl::IsUnavailable(found.status()) || absl::IsNotFound(found.status())) continue;
    log::Error("recovery.failed", {{"message", id}, {"error", Message(found.status())}});
  }
  return absl::OkStatus();
}

Recovery::Found Recovery::Examine(const std::string& id, domain::WallTime now) {
  if (committer_.Has(id)) return std::nullopt;
  const std::string name = id + std::string(kSpoolSuffix);
  UM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files_.OpenLocked(Path(name)));
  UM_ASSIGN_OR_RETURN(const std::string head, file->ReadAt(0, kPreambleSize));
  const absl::StatusOr<Preamble> preamble = DecodePreamble(head);
  if (absl::IsUnimplemented(preamble.status())) return preamble.status();
  if (!preamble.ok()) {
    UM_RETURN_IF_ERROR(RemoveUnwritten(*file, name, preamble.status()));
    return std::nullopt;
  }
  const uint64_t start = kPreambleSize + preamble->facts_size;
  UM_ASSIGN_OR_RETURN(const std::string header, file->ReadAt(0, start));
  const absl::StatusOr<domain::CallFacts> facts = DecodeHeaderFacts(*preamble, header);
  if (!facts.ok() || facts->message_id != id) {
    UM_RETURN_IF_ERROR(PutAside(
        name, facts.ok() ? absl::DataLossError("spool file of message " + facts->message_id)
                         : facts.status()));
    return std::nullopt;
  }
  switch (preamble->seal.state) {
    case SealState::kDiscarded:
      UM_RETURN_IF_ERROR(files_.Remove(Path(name)));
      return std::nullopt;
    case SealState::kSealed:
      return ExamineSealed(*file, *facts, preamble->seal, start, now);
    case SealState::kRecording:
      break;
  }
  UM_ASSIGN_OR_RETURN(std::string audio, ReadAudio(*file, start));
  return SealOrphan(*file, *facts, std::move(audio), start);
}

Recovery::Found Recovery::ExamineSealed(File& file, const domain::CallFacts& facts,
                                        const Seal& seal, uint64_t start, domain::WallTime now) {
  const absl::StatusOr<StoredMessage> stored = store_.Get(facts.message_id);
  bool over = false;
  if (stored.ok()) {
    over = stored->delivered && *stored->delivered + retention_ < now;
  } else if (absl::IsNotFound(stored.status())) {
    UM_ASSIGN_OR_RETURN(over, store_.WasErased(facts.message_id));
  }
  if (over) UM_RETURN_IF_ERROR(RemoveSealed(facts.message_id));
  if (over || stored.ok()) return std::nullopt;
  UM_ASSIGN_OR_RETURN(std::string audio, ReadAudio(file, start));
  const bool whole = audio.size() >= seal.audio_size &&
                     Crc32c(std::string_view(audio).substr(0, seal.audio_size)) == seal.audio_crc;
  if (!whole) {
    log::Warning("recording.damaged", {{"trace", facts.trace_id}, {"message", facts.message_id}});
    return SealOrphan(file, facts, std::move(audio), start);
  }
  audio.resize(seal.audio_size);
  Sealed sealed{facts, JudgeAudio(facts, audio), std::nullopt};
  sealed.facts.marks = facts.marks | seal.marks;
  return sealed;
}

absl::Status Recovery::RemoveSealed(const std::string& id) {
  return files_.Remove(Path(id + std::string(kSpoolSuffix)));
}

void Recovery::RemoveErased(const std::vector<std::string>& message_ids) {
  for (const std::string& id : message_ids) {
    if (!IsUlid(id) || !files_.OpenLocked(Path(id + std::string(kSpoolSuffix))).ok()) continue;
    const absl::Status removed = RemoveSealed(id);
    if (removed.ok() || absl::IsNotFound(removed)) continue;
    log::Error("recovery.failed", {{"message", id}, {"error", Message(removed)}});
  }
  files_.SyncDirectory(directory_).IgnoreError();
}

Recovery::Found Recovery::SealOrphan(File& file, const domain::CallFacts& facts, std::string audio,
                                     uint64_t start) {
  audio.resize(WrittenSize(audio));
  log::Info("recording.recovered", {{"trace", facts.trace_id},
                                    {"message", facts.message_id},
                                    {"ms", audio.size() * 1000 / domain::kSampleRate}});
  Sealed orphan{facts, JudgeAudio(facts, audio), std::nullopt};
  const Seal seal{SealState::kSealed, Crc32c(audio), audio.size()};
  absl::Status sealed = file.Truncate(start + audio.size());
  if (sealed.ok()) sealed = file.WriteAt(kSealOffset, EncodeSeal(seal));
  if (sealed.ok()) sealed = file.Sync();
  if (!sealed.ok()) {
    // The disk may be full; the store may have room all the same, and the file stays what it is.
    log::Error("recovery.failed", {{"message", facts.message_id}, {"error", Message(sealed)}});
    orphan.audio = std::move(audio);
  }
  return orphan;
}

absl::Status Recovery::RemoveUnwritten(File& file, const std::string& name,
                                       const absl::Status& why) {
  UM_ASSIGN_OR_RETURN(const std::string all, file.ReadAll());
  if (WrittenSize(all) != 0) return PutAside(name, why);
  log::Warning("recording.removed", {{"file", name}, {"reason", "nothing was written"}});
  return files_.Remove(Path(name));
}

absl::Status Recovery::PutAside(const std::string& name, const absl::Status& why) {
  log::Error("recording.damaged", {{"file", name}, {"error", Message(why)}});
  const std::string aside = Path("damaged");
  UM_RETURN_IF_ERROR(files_.MakeDirectories(aside));
  std::string to = aside + "/" + name;
  UM_ASSIGN_OR_RETURN(const bool taken, files_.Exists(to));
  if (taken) to += "." + Hex(RandomBytes(4));
  UM_RETURN_IF_ERROR(files_.Rename(Path(name), to));
  UM_RETURN_IF_ERROR(files_.SyncDirectory(aside));
  return files_.SyncDirectory(directory_);
}

}  // namespace um::store
