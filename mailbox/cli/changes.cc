#include "mailbox/cli/changes.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <charconv>
#include <optional>

#include "common/config/problems.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/kinds.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;
using organisation::KindNamed;
using organisation::KindOf;
using organisation::NameOf;

constexpr size_t kLongestName = 300;  // of an object, as it is told [bytes]

/// "operations[17].create.dial_plan.port" cut into 17 and what follows.
struct Indexed {
  int index = 0;
  std::string_view rest;  ///< "create.dial_plan.port"
};
std::optional<Indexed> Cut(std::string_view path, std::string_view list) {
  if (!path.starts_with(list) || !path.substr(list.size()).starts_with('[')) return std::nullopt;
  path.remove_prefix(list.size() + 1);
  Indexed cut;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), cut.index);
  if (error != std::errc() || cut.index < 0) return std::nullopt;
  path.remove_prefix(static_cast<size_t>(end - path.data()));
  if (!path.starts_with(']')) return std::nullopt;
  path.remove_prefix(1);
  if (path.starts_with('.')) path.remove_prefix(1);
  cut.rest = path;
  return cut;
}

/// Takes a segment off the front if it is there.
void Skip(std::string_view& path, std::string_view segment) {
  if (!path.starts_with(segment)) return;
  if (path.size() == segment.size()) {
    path = {};
  } else if (path[segment.size()] == '.') {
    path.remove_prefix(segment.size() + 1);
  }
}

std::string KindOfOperation(const v1::Operation& operation) {
  if (operation.has_delete_()) return operation.delete_().kind();
  const auto kind =
      KindOf(operation.has_create() ? operation.create() : operation.update().object());
  return kind ? std::string(ToString(*kind)) : "";
}

std::string NameOfOperation(const v1::Operation& operation) {
  if (operation.has_delete_()) return operation.delete_().name();
  return operation.has_create() ? NameOf(operation.create()) : operation.update().name();
}

/// The path below the object: "port".
std::string_view FieldPath(const v1::Operation& operation, std::string_view path) {
  Skip(path, "create");
  Skip(path, "update");
  Skip(path, "delete");
  Skip(path, "object");
  Skip(path, KindOfOperation(operation));
  return path;
}

/// "call_answering_rules[0].name" as an option: "--call-answering-rules [0].name".
std::string AsOption(std::string_view path) {
  if (path.empty()) return "";
  const size_t end = std::min(path.find_first_of(".["), path.size());
  const std::string_view rest = path.substr(end);
  if (path == "name" || path == "id") return "the name";
  return fmt::format("--{}{}{}", Dashed(path.substr(0, end)), rest.empty() ? "" : " ", rest);
}

std::string Join(std::string_view object, std::string_view field) {
  return field.empty() ? std::string(object) : fmt::format("{}: {}", object, field);
}

struct Sign {
  char sign;
  std::string_view colour;
};
/// True for what changed no object ("erase"): its fields tell what was done.
bool IsNote(std::string_view action) {
  return action != "create" && action != "update" && action != "delete";
}

Sign SignOf(std::string_view action) {
  if (action == "create") return {'+', "\x1b[32m"};
  if (action == "delete") return {'-', "\x1b[31m"};
  if (IsNote(action)) return {'*', "\x1b[36m"};
  return {'~', "\x1b[33m"};
}

std::string FieldLine(std::string_view action, const v1::FieldChange& field) {
  const std::string before = Printable(field.before());
  const std::string after = Printable(field.after());
  const std::string path = Printable(field.path());
  if (action == "create" || IsNote(action)) return fmt::format("    {}: {}\n", path, after);
  return fmt::format("    {}: {} -> {}\n", path, before.empty() ? "(not set)" : before,
                     after.empty() ? "(not set)" : after);
}

/// "mailbox ann" of the API's "mailbox ann": the kind in words.
std::string Shown(const std::string& blocker) {
  const size_t space = std::min(blocker.find(' '), blocker.size());
  return TitleIn(blocker.substr(0, space)) + blocker.substr(space);
}

std::string Blockers(const v1::Problem& problem) {
  std::string out;
  for (const std::string& blocker : problem.blockers()) {
    out += fmt::format("    {}\n", Printable(Shown(blocker)));
  }
  const auto told = static_cast<uint32_t>(problem.blockers_size());
  if (problem.blockers_total() > told) {
    out += fmt::format("    and {} more\n", Thousands(problem.blockers_total() - told));
  }
  return out;
}

}  // namespace

std::string DiffText(const google::protobuf::RepeatedPtrField<v1::Changed>& changed, bool colour) {
  std::string out;
  for (const v1::Changed& each : changed) {
    const Sign sign = SignOf(each.action());
    const std::string done = IsNote(each.action()) ? Printable(each.action()) + " " : "";
    out += fmt::format("{}{} {}{} {}{}\n", colour ? sign.colour : "", sign.sign, done,
                       TitleIn(each.kind()), Printable(each.name()), colour ? "\x1b[0m" : "");
    if (each.action() == "delete") continue;
    for (const v1::FieldChange& field : each.fields()) out += FieldLine(each.action(), field);
  }
  return out;
}

std::string CountText(const google::protobuf::RepeatedPtrField<v1::Changed>& changed) {
  uint64_t created = 0, updated = 0, deleted = 0;
  for (const v1::Changed& each : changed) {
    ++(each.action() == "create" ? created : each.action() == "delete" ? deleted : updated);
  }
  std::vector<std::string> parts;
  if (created) parts.push_back(Thousands(created) + " created");
  if (updated) parts.push_back(Thousands(updated) + " changed");
  if (deleted) parts.push_back(Thousands(deleted) + " deleted");
  return absl::StrJoin(parts, ", ");
}

Where WhereInOptions(const v1::ChangeRequest& request) {
  return [&request](std::string_view path) {
    const auto cut = Cut(path, "operations");
    if (!cut || cut->index >= request.operations_size()) return std::string(path);
    const v1::Operation& operation = request.operations(cut->index);
    const std::string field = AsOption(FieldPath(operation, cut->rest));
    if (cut->index == 0) return field;
    return Join(fmt::format("{} {}", TitleIn(KindOfOperation(operation)),
                            config::Cut(NameOfOperation(operation), kLongestName)),
                field);
  };
}

Where WhereInRows(const v1::ChangeRequest& request, const std::vector<int>& lines) {
  return [&request, &lines](std::string_view path) {
    const auto cut = Cut(path, "operations");
    if (!cut || cut->index >= request.operations_size() ||
        static_cast<size_t>(cut->index) >= lines.size()) {
      return std::string(path);
    }
    return Join(fmt::format("line {}", lines[static_cast<size_t>(cut->index)]),
                FieldPath(request.operations(cut->index), cut->rest));
  };
}

Where WhereInDocument(const organisation::v1::Organisation& document) {
  return [&document](std::string_view path) {
    const auto& r = *document.GetReflection();
    for (int i = 0; i < document.GetDescriptor()->field_count(); ++i) {
      const auto& list = *document.GetDescriptor()->field(i);
      if (!list.is_repeated()) continue;
      const auto cut = Cut(path, list.name());
      if (!cut || cut->index >= r.FieldSize(document, &list)) continue;
      const auto& part = r.GetRepeatedMessage(document, &list, cut->index);
      for (const organisation::Kind kind : organisation::kKinds) {
        if (&TypeOf(kind) != part.GetDescriptor()) continue;
        const auto* name = part.GetDescriptor()->FindFieldByName(std::string(IdentityOf(kind)));
        return Join(
            fmt::format("{} {} ({}[{}])", TitleIn(kind),
                        config::Cut(part.GetReflection()->GetString(part, name), kLongestName),
                        list.name(), cut->index),
            cut->rest);
      }
    }
    return std::string(path);
  };
}

std::string ProblemText(const google::protobuf::RepeatedPtrField<v1::Problem>& problems,
                        const Where& where) {
  std::string out;
  for (const v1::Problem& problem : problems) {
    const std::string place = Printable(where(problem.path()));
    out += fmt::format("  {}{}{}{}\n", place, place.empty() ? "" : ": ", Printable(problem.text()),
                       problem.current_version() == 0
                           ? ""
                           : fmt::format(" (version {} now)", problem.current_version()));
    out += Blockers(problem);
  }
  return out;
}

}  // namespace um::cli
