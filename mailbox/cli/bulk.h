// `umctl mailbox enable --csv FILE`: many mailboxes at once.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "mailbox/cli/client.h"
#include "mailbox/cli/csv.h"

namespace um::cli {

/// What a file of mailboxes is cut into: so much is one change, done as a whole or not at all.
inline constexpr int kMostRows = 100'000;
inline constexpr size_t kMostChunkBytes = 16 << 20;

/// Rows as steps that create mailboxes.   Pure.
class MailboxRows {
 public:
  /// Reads the header. @param policy of rows that name none
  MailboxRows(std::istream& in, std::string policy);

  struct Chunk {
    admin::v1::ChangeRequest request;
    std::vector<int> lines;  ///< of its operations
  };
  /// The next rows, as many as one change may hold; nullopt: the end.
  std::optional<Chunk> Next();
  /// All that is wrong with the file so far, a thousand entries at most: "line 7: ...".
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void ReadHeader();
  bool Add(const CsvRow& row, Chunk& chunk);
  void Wrong(int line, const std::string& text);

  CsvReader reader_;
  const std::string policy_;
  std::vector<const google::protobuf::FieldDescriptor*> columns_;
  std::vector<std::string> problems_;
};

struct BulkOptions {
  std::string file;
  std::string policy;  ///< of rows that name none
  bool dry_run = false;
  admin::v1::Welcome welcome;
};
void EnableMailboxes(const Client& client, const BulkOptions& options);

}  // namespace um::cli
