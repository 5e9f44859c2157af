#include "mailbox/cli/csv.h"

#include <fmt/format.h>

#include "common/base/utf8.h"

namespace um::cli {
namespace {
constexpr size_t kMostRowBytes = 64 << 10;
constexpr size_t kMostCells = 200;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Line breaks and tabs belong into texts for people; no other control character does.
bool IsGood(std::string_view cell) {
  while (!cell.empty()) {
    const size_t n = cell[0] == '\n' || cell[0] == '\t' ? 1 : Utf8Length(cell);
    if (n == 0 || (n == 1 && cell[0] != '\n' && cell[0] != '\t' && !IsPlainUtf8(cell.substr(0, 1))))
      return false;
    cell.remove_prefix(n);
  }
  return true;
}

}  // namespace

bool CsvReader::Fail(const std::string& text) {
  if (problem_.empty()) problem_ = fmt::format("line {}: {}", line_, text);
  return false;
}

// Never takes more than a row's bytes, whatever the file holds.
bool CsvReader::ReadLine(std::string& line) {
  line.clear();
  int c = in_.get();
  if (c == std::istream::traits_type::eof()) return false;
  ++line_;
  for (; c != std::istream::traits_type::eof(); c = in_.get()) {
    if (++row_bytes_ > kMostRowBytes) return Fail("is longer than 64 kB");
    if (c == '\n') break;
    line += static_cast<char>(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line_ == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
  return true;
}

std::optional<CsvRow> CsvReader::Next() {
  std::string line;
  do {
    row_bytes_ = 0;
    if (!problem_.empty() || !ReadLine(line)) return std::nullopt;
  } while (line.empty());
  if (!separator_) {
    const bool semicolons =
        line.find(',') == std::string::npos && line.find(';') != std::string::npos;
    separator_ = semicolons ? ';' : ',';
  }
  CsvRow row{line_, {}};
  if (!Split(row, std::move(line))) return std::nullopt;
  return row;
}

// What follows the opening quote; `line` becomes the next one where the cell goes on there.
bool CsvReader::QuotedCell(std::string& line, size_t& at, std::string& cell) {
  const int began = line_;
  for (++at;; ++at) {
    if (at >= line.size()) {
      cell += '\n';
      if (!ReadLine(line)) {
        if (problem_.empty()) line_ = began;
        return Fail("a quoted cell does not end");
      }
      at = static_cast<size_t>(-1);
    } else if (line[at] != '"') {
      cell += line[at];
    } else if (at + 1 < line.size() && line[at + 1] == '"') {
      cell += '"';
      ++at;
    } else {
      ++at;
      return at == line.size() || line[at] == separator_ ||
             Fail("something follows the closing quote of a cell");
    }
  }
}

bool CsvReader::Split(CsvRow& row, std::string line) {
  for (size_t at = 0;; ++at) {
    std::string cell;
    if (at < line.size() && line[at] == '"') {
      if (!QuotedCell(line, at, cell)) return false;
    } else {
      const size_t end = std::min(line.find(separator_, at), line.size());
      cell = line.substr(at, end - at);
      at = end;
      if (cell.find('"') != std::string::npos) {
        return Fail("a quote inside a cell; put the cell in quotes and double it");
      }
    }
    if (!IsGood(cell)) return Fail("is not readable UTF-8 text");
    row.cells.push_back(std::move(cell));
    if (row.cells.size() > kMostCells) return Fail("has more than 200 cells");
    if (at >= line.size()) return true;
  }
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string out;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    if (cells[i].find_first_of(",;\"\r\n") == std::string::npos) {
      out += cells[i];
      continue;
    }
    out += '"';
    for (const char c : cells[i]) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    out += '"';
  }
  return out + "\n";
}

}  // namespace um::cli
