#include "mailbox/store/spool_file.h"

#include <algorithm>

#include "common/base/status.h"
#include "mailbox/store/crc32c.h"

namespace um::store {

SpoolFile::SpoolFile(Files& files, const std::string& directory, const domain::CallFacts& facts)
    : files_(files),
      path_(directory + "/" + facts.message_id + std::string(kSpoolSuffix)),
      min_speech_(facts.min_speech),
      header_(EncodeHeader(facts)),
      meter_(facts.law),
      law_(facts.law) {}

void SpoolFile::Add(std::string_view audio) {
  tail_.append(audio);
  crc_ = Crc32c(audio, crc_);
  meter_.Add({reinterpret_cast<const uint8_t*>(audio.data()), audio.size()});
}

void SpoolFile::Erase() {
  tail_.clear();
  crc_ = 0;
  meter_ = domain::SpeechMeter(law_);
  durable_ = written_ = 0;
  cut_ = true;
}

absl::Status SpoolFile::Write() {
  if (!file_) {
    UM_ASSIGN_OR_RETURN(file_, files_.Create(path_));
  }
  if (!header_written_) {
    dirty_ = true;
    UM_RETURN_IF_ERROR(file_->WriteAt(0, header_));
    header_written_ = true;
  }
  UM_RETURN_IF_ERROR(WriteAudio());
  return end_ == SealState::kRecording ? absl::OkStatus() : WriteSeal();
}

absl::Status SpoolFile::WriteAudio() {
  if (cut_) {
    dirty_ = true;
    UM_RETURN_IF_ERROR(file_->Truncate(header_.size() + written_));
    cut_ = false;
  }
  const std::string_view rest = std::string_view(tail_).substr(written_ - durable_);
  if (rest.empty()) return absl::OkStatus();
  dirty_ = true;
  UM_RETURN_IF_ERROR(file_->WriteAt(header_.size() + written_, rest));
  written_ += rest.size();
  return absl::OkStatus();
}

absl::Status SpoolFile::WriteSeal() {
  if (seal_written_) return absl::OkStatus();
  dirty_ = true;
  UM_RETURN_IF_ERROR(file_->WriteAt(kSealOffset, EncodeSeal({end_, crc_, written_, marks_})));
  seal_written_ = true;
  return absl::OkStatus();
}

absl::Status SpoolFile::Sync() {
  if (!dirty_) return absl::OkStatus();
  absl::Status synced = file_->Sync();
  if (!synced.ok()) {
    // The kernel reports a failed write once and then takes the page for clean: a second sync would
    // succeed and mean nothing. So everything since the last good sync is written again first.
    written_ = durable_;
    cut_ = true;
    header_written_ = header_durable_;
    seal_written_ = false;
    return synced;
  }
  header_durable_ = true;
  tail_.erase(0, written_ - durable_);
  durable_ = written_;
  dirty_ = false;
  return absl::OkStatus();
}

absl::Status SpoolFile::Remove() {
  if (!file_) return absl::OkStatus();
  UM_RETURN_IF_ERROR(files_.Remove(path_));
  Close();
  return absl::OkStatus();
}

absl::StatusOr<std::string> SpoolFile::Audio(uint64_t from, size_t most) {
  std::string audio;
  if (from < durable_) {
    if (!file_) return absl::FailedPreconditionError("spool file is closed");
    const uint64_t wanted = std::min<uint64_t>(most, durable_ - from);
    UM_ASSIGN_OR_RETURN(audio, file_->ReadAt(header_.size() + from, wanted));
    if (audio.size() != wanted) return absl::DataLossError("spool file is shorter than written");
  }
  const uint64_t in_tail = from + audio.size() - durable_;
  if (in_tail < tail_.size()) audio.append(tail_, in_tail, most - audio.size());
  return audio;
}

domain::Verdict SpoolFile::Verdict() const {
  return domain::Judge(meter_.speech(), meter_.last_speech(), meter_.length(), min_speech_);
}

}  // namespace um::store
