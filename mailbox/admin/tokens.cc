#include "mailbox/admin/tokens.h"

#include <absl/strings/str_split.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/admin/convert.h"

namespace um::admin {
namespace {

constexpr size_t kMostBytes = 1 << 20;
constexpr size_t kHashLetters = 64;

bool IsTokenName(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
             std::string_view::npos;
}

std::optional<TokenLine> ParseLine(const std::vector<std::string>& words) {
  if (words.size() < 2 || words.size() > 3 || !IsTokenName(words[0])) return std::nullopt;
  const auto hash = FromHex(words[1]);
  if (!hash || words[1].size() != kHashLetters) return std::nullopt;
  TokenLine line{words[0], Hex(*hash), {}};
  if (words.size() == 3) {
    const auto expires = FromRfc3339(words[2]);
    if (!expires) return std::nullopt;
    line.expires = std::chrono::floor<std::chrono::seconds>(*expires);
  }
  return line;
}

/// Whether a file is another than the one that was read: written, replaced, or its rights changed.
bool Differs(const struct stat& a, const struct stat& b) {
  return a.st_ino != b.st_ino || a.st_dev != b.st_dev || a.st_size != b.st_size ||
         a.st_mode != b.st_mode || a.st_mtim.tv_sec != b.st_mtim.tv_sec ||
         a.st_mtim.tv_nsec != b.st_mtim.tv_nsec || a.st_ctim.tv_sec != b.st_ctim.tv_sec ||
         a.st_ctim.tv_nsec != b.st_ctim.tv_nsec;
}

}  // namespace

TokenLines ParseTokens(std::string_view text) {
  TokenLines lines;
  int number = 0;
  for (const auto line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++number;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0].starts_with('#')) continue;
    if (auto token = ParseLine(words)) {
      lines.good.push_back(*std::move(token));
    } else {
      lines.bad.push_back(number);
    }
  }
  return lines;
}

std::string HashOfToken(std::string_view token) { return Hex(Sha256(token)); }

absl::Status Tokens::Check() {
  const std::lock_guard lock(mutex_);
  return ReadIfChanged();
}

absl::Status Tokens::ReadIfChanged() {
  struct stat now{};
  if (stat(path_.c_str(), &now) != 0) {
    lines_.clear();
    read_ = {};
    return absl::InvalidArgumentError(fmt::format("{}: {}", path_, strerror(errno)));
  }
  if (!Differs(now, read_)) return absl::OkStatus();
  read_ = now;
  lines_.clear();
  if ((now.st_mode & S_IWOTH) != 0) {
    return absl::InvalidArgumentError(path_ + " may be written by everybody");
  }
  std::ifstream file(path_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file || text.size() > kMostBytes) {
    return absl::InvalidArgumentError(path_ + " cannot be read");
  }
  TokenLines read = ParseTokens(text);
  lines_ = std::move(read.good);
  log::Info("admin.tokens-read", {{"file", path_}, {"tokens", lines_.size()}});
  if (read.bad.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}: no token's: line {}", path_, fmt::join(read.bad, ", ")));
}

absl::StatusOr<std::string> Tokens::NameOf(std::string_view hash) {
  const std::lock_guard lock(mutex_);
  if (path_.empty()) return absl::UnauthenticatedError("no tokens are taken here");
  const absl::Status read = ReadIfChanged();
  if (!read.ok() && Message(read) != complaint_) {
    log::Warning("admin.tokens-bad", {{"why", Message(read)}});
  }
  complaint_ = Message(read);
  const TokenLine* found = nullptr;
  for (const TokenLine& line : lines_) {
    if (EqualInConstantTime(line.hash, hash)) found = &line;
  }
  if (!found) return absl::UnauthenticatedError("this token is not known here");
  if (found->expires && *found->expires <= std::chrono::system_clock::now()) {
    return absl::UnauthenticatedError(fmt::format("token {} has expired", found->name));
  }
  return found->name;
}

}  // namespace um::admin
