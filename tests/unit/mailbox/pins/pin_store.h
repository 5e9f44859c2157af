// An OrganisationStore that keeps PIN records alone, in memory, and what was asked of it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mailbox/store/organisation_store.h"

namespace um::tests {

class PinStore final : public store::OrganisationStore {
 public:
  using Record = store::PinRecord;

  std::map<std::string, Record> records;
  std::vector<std::pair<std::string, store::AuditNote>> notes;  ///< by actor
  std::vector<std::string> steps;                               ///< "read", "write", "change"
  std::function<void()> before_write;  ///< once: what another node does in between
  absl::Status failure;                ///< of every write

  absl::StatusOr<Record> Pin(const std::string&, const std::string& id) override {
    steps.push_back("read");
    return records[id];
  }
  absl::Status SetPin(const std::string&, const std::string& id, const Record& record) override {
    steps.push_back("write");
    return Write(id, record);
  }
  absl::Status ChangePin(const std::string&, const std::string& id, const Record& record,
                         const std::string& actor, domain::WallTime,
                         const store::AuditNote& note) override {
    steps.push_back("change");
    const absl::Status status = Write(id, record);
    if (status.ok()) notes.emplace_back(actor, note);
    return status;
  }

  absl::StatusOr<std::vector<store::OrganisationRow>> Organisations() override { return No(); }
  absl::StatusOr<Snapshot> Load(const std::string&) override { return No(); }
  absl::StatusOr<int64_t> Commit(const store::OrganisationRow&, int64_t, const std::string&,
                                 domain::WallTime,
                                 const std::vector<store::ObjectChange>&) override {
    return No();
  }
  absl::StatusOr<int64_t> Note(const std::string&, const std::string&, domain::WallTime,
                               const store::AuditNote&) override {
    return No();
  }
  absl::StatusOr<std::vector<store::AuditEntry>> Since(const std::string&, int64_t, int) override {
    return No();
  }
  absl::StatusOr<std::vector<store::AuditEntry>> Audit(const AuditQuery&) override { return No(); }

 private:
  static absl::Status No() { return absl::UnimplementedError("not PINs"); }
  absl::Status Write(const std::string& id, Record record) {
    if (before_write) std::exchange(before_write, nullptr)();
    if (!failure.ok()) return failure;
    if (records[id].version != record.version) return absl::AbortedError("changed");
    ++record.version;
    records[id] = record;
    return absl::OkStatus();
  }
};

}  // namespace um::tests
