#include "mailbox/store/many_rows.h"

#include <algorithm>
#include <memory>

namespace um::store {
namespace {

constexpr size_t kValuesAtOnce = 800;  // parameters of a statement: SQLite's limit was 999 for long

/// A statement whose parameters and results stand in the vectors, which outlive it.
std::unique_ptr<soci::statement> Prepare(soci::session& sql, const std::string& text,
                                         std::vector<std::string>& values,
                                         std::vector<std::string>& results) {
  auto statement = std::make_unique<soci::statement>(sql);
  for (std::string& value : values) statement->exchange(soci::use(value));
  for (std::string& result : results) statement->exchange(soci::into(result));
  statement->alloc();
  statement->prepare(text);
  statement->define_and_bind();
  return statement;
}

std::string Parameters(size_t rows, size_t columns) {
  std::string text;
  for (size_t i = 0; i < rows * columns; ++i) {
    text += i % columns != 0 ? ", " : i == 0 ? "(" : "), (";
    text += ":v" + std::to_string(i);
  }
  return text + ")";
}

}  // namespace

void ManyRows::ForEach(soci::session& sql, const std::string& before, const std::string& after,
                       std::vector<std::string>& results,
                       const std::function<bool(soci::statement&)>& f) const {
  const size_t at_once = kValuesAtOnce / columns_ * columns_;
  std::vector<std::string> values;  // first_, then rows
  std::unique_ptr<soci::statement> statement;
  for (size_t from = 0; from < values_.size(); from += at_once) {
    const size_t count = std::min(at_once, values_.size() - from);
    if (first_.size() + count != values.size()) {  // the first time, and the last if it has fewer
      statement.reset();
      values = first_;
      values.resize(first_.size() + count);
      statement =
          Prepare(sql, before + Parameters(count / columns_, columns_) + after, values, results);
    }
    std::copy_n(values_.begin() + static_cast<long>(from), count,
                values.begin() + static_cast<long>(first_.size()));
    if (!f(*statement)) return;
  }
}

long long ManyRows::Execute(soci::session& sql, const std::string& before,
                            const std::string& after) const {
  long long affected = 0;
  std::vector<std::string> none;
  ForEach(sql, before, after, none, [&](soci::statement& statement) {
    statement.execute(true);
    affected += statement.get_affected_rows();
    return true;
  });
  return affected;
}

void ManyRows::Select(soci::session& sql, const std::string& before, const std::string& after,
                      size_t results, const Found& found) const {
  std::vector<std::string> row(results);
  ForEach(sql, before, after, row, [&](soci::statement& statement) {
    statement.execute();
    bool more = true;
    while (more && statement.fetch()) more = found(row);
    return more;
  });
}

}  // namespace um::store
