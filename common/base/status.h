// Passing failures up: the two macros every caller of a StatusOr needs, and a formatter for making one.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the calling function when `expression` is not OK.
#define UM_RETURN_IF_ERROR(expression)                    \
  do {                                                    \
    if (::absl::Status um_status = (expression); !um_status.ok()) return um_status; \
  } while (false)

#define UM_CONCAT_INNER(a, b) a##b
#define UM_CONCAT(a, b) UM_CONCAT_INNER(a, b)

// UM_ASSIGN_OR_RETURN(auto x, F()): x is F()'s value, or the calling function returns F()'s status.
#define UM_ASSIGN_OR_RETURN(declaration, expression) \
  UM_ASSIGN_OR_RETURN_IMPL(UM_CONCAT(um_result_, __LINE__), declaration, expression)
#define UM_ASSIGN_OR_RETURN_IMPL(result, declaration, expression) \
  auto result = (expression);                                     \
  if (!result.ok()) return std::move(result).status();            \
  declaration = *std::move(result)

namespace um {

/// The same failure with what was being attempted in front: "open spool: Permission denied".
inline absl::Status Annotate(const absl::Status& status, const std::string& attempt) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      attempt + ": " + std::string(status.message().data(), status.message().size()));
}

/// A status' message as a std::string (Debian's absl::string_view is not std::string_view).
inline std::string Message(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace um
