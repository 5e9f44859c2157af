#include "mailbox/cli/bulk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "common/config/rules.h"
#include "common/config/suggest.h"
#include "mailbox/cli/changes.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/kinds.h"
#include "mailbox/cli/options.h"
#include "mailbox/organisation/model.h"

namespace um::cli {
namespace {

using organisation::Kind;
constexpr size_t kMostProblems = 1000;

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

void DieIfWrong(const MailboxRows& rows, const std::string& file) {
  if (rows.problems().empty()) return;
  std::string text = fmt::format("nothing was done, because in {}:", file);
  for (const std::string& problem : rows.problems()) text += "\n  " + Printable(problem);
  Die(text);
}

/// Sends every chunk of the file. @return mailboxes
uint64_t SendAll(const Client& client, const BulkOptions& options, bool dry_run, int& chunks) {
  std::ifstream in(options.file, std::ios::binary);
  if (!in) Die(fmt::format("{}: {}", options.file, strerror(errno)));
  MailboxRows rows(in, options.policy);
  uint64_t done = 0;
  chunks = 0;
  while (auto chunk = rows.Next()) {
    ++chunks;
    DieIfWrong(rows, options.file);
    chunk->request.set_dry_run(dry_run);
    *chunk->request.mutable_welcome() = options.welcome;
    const Answer answer = client.Change(chunk->request);
    if (!answer.done && done > 0 && !dry_run) {
      fmt::print(stderr, "The first {} mailboxes of the file were enabled.\n", Thousands(done));
    }
    DieIfRefused(answer, WhereInRows(chunk->request, chunk->lines));
    done += static_cast<uint64_t>(answer.response.changed_size());
  }
  DieIfWrong(rows, options.file);
  return done;
}

/// The whole file is looked at before anything is sent in earnest.
bool FitsOneChange(const std::string& file, const std::string& policy) {
  std::ifstream in(file, std::ios::binary);
  if (!in) Die(fmt::format("{}: {}", file, strerror(errno)));
  MailboxRows rows(in, policy);
  int chunks = 0;
  while (rows.Next()) ++chunks;
  DieIfWrong(rows, file);
  return chunks < 2;
}

}  // namespace

MailboxRows::MailboxRows(std::istream& in, std::string policy)
    : reader_(in), policy_(std::move(policy)) {
  ReadHeader();
}

void MailboxRows::Wrong(int line, const std::string& text) {
  if (problems_.size() < kMostProblems) {
    problems_.push_back(line ? fmt::format("line {}: {}", line, text) : text);
  }
}

void MailboxRows::ReadHeader() {
  const auto header = reader_.Next();
  if (!header) {
    Wrong(0, reader_.problem().empty() ? "is empty; its first line names the columns: "
                                         "id,display_name,email,extension,policy"
                                       : reader_.problem());
    return;
  }
  for (const std::string& cell : header->cells) {
    const std::string name = Trimmed(cell);
    const auto* field = PropertyNamed(TypeOf(Kind::kMailbox), name);
    if (!field) {
      Wrong(header->line,
            fmt::format("column '{}' {}", name,
                        config::DescribeUnknown(Underscored(name), TypeOf(Kind::kMailbox))));
    } else if (std::find(columns_.begin(), columns_.end(), field) != columns_.end()) {
      Wrong(header->line, fmt::format("column '{}' is there twice", name));
    }
    columns_.push_back(field);
  }
}

bool MailboxRows::Add(const CsvRow& row, Chunk& chunk) {
  if (row.cells.size() != columns_.size()) {
    Wrong(row.line, fmt::format("has {} cells, the header {}", row.cells.size(), columns_.size()));
    return false;
  }
  organisation::v1::Mailbox& mailbox =
      *chunk.request.add_operations()->mutable_create()->mutable_mailbox();
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (const auto wrong = config::SetField(mailbox, *columns_[i], Trimmed(row.cells[i]))) {
      Wrong(row.line, fmt::format("{} {}", columns_[i]->name(), *wrong));
    }
  }
  if (mailbox.id().empty()) mailbox.set_id(mailbox.email());
  if (mailbox.policy().empty()) mailbox.set_policy(policy_);
  chunk.lines.push_back(row.line);
  return true;
}

std::optional<MailboxRows::Chunk> MailboxRows::Next() {
  if (columns_.empty() || std::count(columns_.begin(), columns_.end(), nullptr)) {
    return std::nullopt;
  }
  Chunk chunk;
  size_t bytes = 0;
  while (chunk.request.operations_size() < kMostRows && bytes < kMostChunkBytes) {
    const auto row = reader_.Next();
    if (!row) {
      if (!reader_.problem().empty()) Wrong(0, reader_.problem());
      break;
    }
    if (!Add(*row, chunk)) continue;
    bytes += chunk.request.operations(chunk.request.operations_size() - 1).ByteSizeLong() + 8;
  }
  if (chunk.lines.empty()) return std::nullopt;
  return chunk;
}

void EnableMailboxes(const Client& client, const BulkOptions& options) {
  int chunks = 0;
  const bool one = FitsOneChange(options.file, options.policy);
  // Several changes cannot be one; but what can be seen beforehand stops all of them.
  uint64_t done = 0;
  if (options.dry_run || !one) done = SendAll(client, options, true, chunks);
  if (!options.dry_run) done = SendAll(client, options, false, chunks);
  if (done == 0) {
    fmt::print("{} has no mailboxes.\n", options.file);
  } else if (options.dry_run) {
    fmt::print("Dry run: {} mailboxes would be enabled{}.\n", Thousands(done),
               one ? "" : fmt::format(", in {} changes", chunks));
  } else {
    fmt::print("{} mailboxes enabled{}.\n", Thousands(done),
               one ? "" : fmt::format(", in {} changes", chunks));
  }
}

}  // namespace um::cli
