#include "common/config/suggest.h"

#include <algorithm>
#include <vector>

#include "common/config/rules.h"

namespace um::config {
namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMaxSlips = 2;

/// "MaxCallDuration" and "max_call_duration" are the same.
std::string Folded(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_' && c != '-') folded += static_cast<char>(tolower(c));
  }
  return folded;
}

/// Characters to insert, delete or replace (Levenshtein).
size_t Slips(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string DescribeUnknown(std::string_view name, const google::protobuf::Descriptor& type) {
  std::string known;
  std::string best;
  size_t fewest = kMaxSlips + 1;
  const std::string folded = Folded(name.substr(0, kMaxName));
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    known += (i > 0 ? ", " : "") + field.name();
    const size_t slips = folded == Folded(KnownAs(field)) ? 0 : Slips(folded, Folded(field.name()));
    if (slips < fewest && slips < folded.size()) {
      fewest = slips;
      best = field.name();
    }
  }
  for (const v1::LeftOut& left_out : type.options().GetExtension(v1::described).left_out()) {
    if (folded == Folded(left_out.name())) return "does not exist here: " + left_out.reason();
  }
  if (!best.empty()) return "is not known here; did you mean " + best + "?";
  return "is not known here; known: " + known;
}

}  // namespace um::config
