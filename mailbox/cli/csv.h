// Comma-separated values (RFC 4180), read a row at a time from files of any size and origin. Pure.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace um::cli {

struct CsvRow {
  int line = 0;  ///< of its first character, 1-based
  std::vector<std::string> cells;
};

/// Takes LF and CRLF, a byte order mark, quoted cells with line breaks in them, and ';' instead of
/// ',' if the first line has the one and not the other. Empty lines are passed over. At most 64 kB
/// a row and 200 cells: a hostile file costs no more memory than that.
class CsvReader {
 public:
  explicit CsvReader(std::istream& in) : in_(in) {}

  /// The next row; nullopt: the end, or problem() is set, and nothing more can be read.
  std::optional<CsvRow> Next();
  /// "line 7: a quoted cell does not end".
  const std::string& problem() const { return problem_; }

 private:
  bool ReadLine(std::string& line);
  bool Split(CsvRow& row, std::string line);
  bool QuotedCell(std::string& line, size_t& at, std::string& cell);
  bool Fail(const std::string& text);

  std::istream& in_;
  std::string problem_;
  int line_ = 0;
  char separator_ = 0;
  size_t row_bytes_ = 0;
};

/// One row, ended with a line feed; cells are quoted where they must be.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace um::cli
