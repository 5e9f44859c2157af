// ManyRows: one statement for many rows of values, hundreds of them at a time: 50,000 rows cost
// some hundred round trips. Internal to this folder.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "mailbox/store/sql.h"

namespace um::store {

/// Rows of texts, all of `columns` columns. Numbers are texts too: an INSERT's columns tell the
/// database what they are; elsewhere the statement says CAST.
class ManyRows {
 public:
  /// `first`: values that are the same for all rows, for parameters that stand before them.
  explicit ManyRows(size_t columns, std::vector<std::string> first = {})
      : columns_(columns), first_(std::move(first)) {}
  void Add(std::initializer_list<std::string> row) { values_.insert(values_.end(), row); }
  size_t size() const { return values_.size() / columns_; }

  /// Executes `before` + "(:a, :b), (:c, :d)" + `after` for all rows; the number of rows that were
  /// affected. Rows of one column do for "IN": SQLite looks up "x IN ((:a), (:b))" in an index, but
  /// not "(x, y) IN (VALUES (:a, :b))".
  long long Execute(soci::session& sql, const std::string& before, const std::string& after) const;

  /// The same for a SELECT with `results` columns of text: `found` is called for each row of the
  /// result, until it returns false.
  using Found = std::function<bool(const std::vector<std::string>& row)>;
  void Select(soci::session& sql, const std::string& before, const std::string& after,
              size_t results, const Found& found) const;

 private:
  void ForEach(soci::session& sql, const std::string& before, const std::string& after,
               std::vector<std::string>& results,
               const std::function<bool(soci::statement&)>& f) const;

  size_t columns_;
  std::vector<std::string> first_;
  std::vector<std::string> values_;
};

}  // namespace um::store
