#include "mailbox/cli/objects.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "common/config/rules.h"
#include "common/config/values.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using organisation::NameOf;
using organisation::PartOf;

/// A page of prompts brings its audio along.
uint32_t PageSize(Kind kind) { return kind == Kind::kPrompt ? 5 : 1000; }

/// "dial-plan Main" and "dial_plan/Main" as kind and name.
void SetRefersTo(const std::string& text, v1::ListRequest& request) {
  const size_t end = std::min(text.find_first_of(" /"), text.size());
  const auto kind = organisation::KindNamed(Underscored(text.substr(0, end)));
  if (!kind || end + 1 >= text.size()) {
    Die("--refers-to wants a kind and a name: --refers-to 'dial-plan Main'", 2);
  }
  request.set_refers_to_kind(std::string(ToString(*kind)));
  request.set_refers_to(text.substr(end + 1));
}

v1::ListResponse Fetch(const Client& client, Kind kind, const ListOptions& options) {
  v1::ListRequest request;
  request.set_kind(std::string(ToString(kind)));
  request.set_search(options.search);
  request.set_include_simulators(options.simulators);
  if (!options.refers_to.empty()) SetRefersTo(options.refers_to, request);
  v1::ListResponse all;
  do {
    const uint32_t left = options.limit - static_cast<uint32_t>(all.entries_size());
    request.set_page_size(options.all ? PageSize(kind) : std::min(left, PageSize(kind)));
    v1::ListResponse page = client.List(request);
    request.set_page_token(page.next_page_token());
    for (v1::Entry& entry : *page.mutable_entries()) all.add_entries()->Swap(&entry);
    all.set_total(page.total());
  } while (!request.page_token().empty() &&
           (options.all || static_cast<uint32_t>(all.entries_size()) < options.limit));
  all.set_next_page_token(request.page_token());
  return all;
}

std::string Json(const v1::Entry& entry, bool with_referrers) {
  organisation::v1::Object object = entry.object();
  Message& part = organisation::MutablePartOf(object);
  config::FillDefaults(part);
  JsonMembers more = {{"version", fmt::format("{}", entry.version())},
                      {"changed", JsonText(entry.changed())},
                      {"changed_by", JsonText(entry.changed_by())}};
  if (with_referrers) {
    std::vector<std::string> names;
    for (const std::string& name : entry.referred_to_by()) names.push_back(JsonText(name));
    more.emplace_back("referred_to_by", "[" + absl::StrJoin(names, ", ") + "]");
  }
  return ToJson(part, more);
}

/// A document with these objects alone: `umctl apply` takes it.
std::string Yaml(Kind kind, const v1::ListResponse& response) {
  organisation::v1::Organisation document;
  const auto& type = *document.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->message_type() != &TypeOf(kind)) continue;
    for (const v1::Entry& entry : response.entries()) {
      document.GetReflection()
          ->AddMessage(&document, type.field(i))
          ->CopyFrom(PartOf(entry.object()));
    }
  }
  return config::ToYaml(document);
}

/// A value on one line, "-" for nothing.
std::string Cell(const Message& part, const FieldDescriptor& field) {
  std::vector<std::string> values;
  if (config::IsPart(field)) {
    values.push_back(config::ToYamlValue(part, field));
  } else {
    for (int i = 0; i < config::Count(part, field); ++i) {
      values.push_back(config::ValueText(part, field, i));
    }
  }
  const std::string text = absl::StrJoin(values, ", ");
  return text.empty() ? "-" : Printable(text);
}

void PrintTable(Kind kind, const v1::ListResponse& response, bool wide) {
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows(static_cast<size_t>(response.entries_size()));
  for (int i = 0; i < response.entries_size(); ++i) {
    organisation::v1::Object object = response.entries(i).object();
    Message& part = organisation::MutablePartOf(object);
    config::FillDefaults(part);
    for (const Column& column : ColumnsOf(kind)) {
      if (column.wide && !wide) continue;
      const auto* field = part.GetDescriptor()->FindFieldByName(std::string(column.property));
      rows[static_cast<size_t>(i)].push_back(Cell(part, *field));
    }
    if (!wide) continue;
    const v1::Entry& entry = response.entries(i);
    rows[static_cast<size_t>(i)].push_back(Time(entry.changed()));
    rows[static_cast<size_t>(i)].push_back(Printable(entry.changed_by()));
  }
  for (const Column& column : ColumnsOf(kind)) {
    if (wide || !column.wide) headings.emplace_back(column.heading);
  }
  if (wide) headings.insert(headings.end(), {"CHANGED (UTC)", "BY"});
  fputs(Table(headings, rows, TerminalWidth()).c_str(), stdout);
}

/// One property on its lines. Parts get a line each.
void PrintProperty(const Message& stored, const Message& effective, const FieldDescriptor& field,
                   size_t width) {
  const bool set = config::IsSet(stored, field);
  fmt::print("{:<{}}  ", field.name(), width);
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    fmt::print("{} bytes\n", Thousands(config::TextAt(stored, field, 0).size()));
  } else if (config::IsPart(field) && field.is_repeated() && set) {
    const int count = config::Count(stored, field);
    for (int i = 0; i < count; ++i) {
      std::unique_ptr<Message> one(stored.New());
      one->GetReflection()
          ->AddMessage(one.get(), &field)
          ->CopyFrom(config::PartAt(stored, field, i));
      std::string text = config::ToYamlValue(*one, field);
      if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
      fmt::print("{}{}\n", std::string(i == 0 ? 0 : width + 2, ' '), Printable(text));
    }
  } else {
    const std::string value = Cell(effective, field);
    fmt::print("{}{}\n", value, set || value == "-" ? "" : "  (default)");
  }
}

void PrintObject(Kind kind, const v1::Entry& entry) {
  organisation::v1::Object effective = entry.object();
  config::FillDefaults(organisation::MutablePartOf(effective));
  const Message& stored = PartOf(entry.object());
  fmt::print("{} {}: version {}, changed {} UTC by {}\n\n", organisation::TitleOf(kind),
             Printable(NameOf(entry.object())), entry.version(), Time(entry.changed()),
             Printable(entry.changed_by()));
  size_t width = 0;
  const auto& type = *stored.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    width = std::max(width, type.field(i)->name().size());
  }
  for (int i = 0; i < type.field_count(); ++i) {
    PrintProperty(stored, PartOf(effective), *type.field(i), width);
  }
  if (entry.referred_to_by().empty()) return;
  puts("\nReferred to by:");
  for (const std::string& name : entry.referred_to_by()) {
    const size_t space = std::min(name.find(' '), name.size());
    fmt::print("  {}{}\n", TitleIn(name.substr(0, space)), Printable(name.substr(space)));
  }
}

/// A mailbox' id, where it was named by extension or mail address: changes want the id. What is not
/// found stays as it is: the change will say so.
std::string Identity(const Client& client, Kind kind, const std::string& name) {
  if (kind != Kind::kMailbox) return name;
  const auto entry = client.Find(kind, name);
  return entry ? NameOf(entry->object()) : name;
}

v1::Update& AddUpdate(v1::ChangeRequest& request, Kind kind, const std::string& name,
                      const ChangeOptions& options) {
  request.set_dry_run(options.dry_run);
  v1::Update& update = *request.add_operations()->mutable_update();
  update.set_name(name);
  update.set_expected_version(options.expected_version);
  *update.mutable_object() = organisation::NewObject(kind);
  return update;
}

}  // namespace

void ListObjects(const Client& client, Kind kind, const ListOptions& options) {
  const v1::ListResponse response = Fetch(client, kind, options);
  if (options.output.yaml) {
    fputs(Yaml(kind, response).c_str(), stdout);
    return;
  }
  if (options.output.json) {
    std::string out;
    for (const v1::Entry& entry : response.entries()) {
      out += (out.empty() ? "" : ",\n") + Json(entry, false);
    }
    fmt::print("[{}]\n", out);
    return;
  }
  if (response.entries().empty()) {
    const bool some = !options.search.empty() || !options.refers_to.empty();
    fmt::print("There is no {}{}.\n", TitleIn(kind), some ? " like that" : "");
    if (!some && kind != Kind::kPrompt)
      fmt::print("umctl {} create --help tells how to make one.\n", VerbOf(kind));
    return;
  }
  PrintTable(kind, response, options.wide);
  if (!response.next_page_token().empty()) {
    fmt::print(stderr, "{} of {}; --all shows all\n",
               Thousands(static_cast<uint64_t>(response.entries_size())),
               Thousands(response.total()));
  }
}

void ShowObject(const Client& client, Kind kind, const std::string& name, const Output& output) {
  const v1::Entry entry = client.Get(kind, name);
  if (output.json) {
    puts(Json(entry, true).c_str());
  } else if (output.yaml) {
    fputs(config::ToYaml(PartOf(entry.object())).c_str(), stdout);
  } else {
    PrintObject(kind, entry);
  }
}

void Put(Message& message, const std::string& property, const std::string& value) {
  const FieldDescriptor& field = *message.GetDescriptor()->FindFieldByName(property);
  if (const auto wrong = config::SetValue(value, field, message)) {
    Die(fmt::format("{}: {}", Printable(value), *wrong), 2);
  }
}

organisation::v1::Object& AddCreate(v1::ChangeRequest& request, Kind kind,
                                    const std::string& name) {
  organisation::v1::Object& object = *request.add_operations()->mutable_create();
  object = organisation::NewObject(kind);
  Put(organisation::MutablePartOf(object), std::string(IdentityOf(kind)), name);
  return object;
}

void SetObject(const Client& client, Kind kind, const std::string& name,
               const PropertyValues& values, const ChangeOptions& options) {
  if (values.edits.empty() && values.unset.empty()) {
    Die(fmt::format("nothing to set; umctl {} set --help lists the properties", VerbOf(kind)), 2);
  }
  v1::ChangeRequest request;
  v1::Update& update = AddUpdate(request, kind, Identity(client, kind, name), options);
  if (NeedsCurrent(values.edits)) {
    const v1::Entry entry = client.Get(kind, name);
    *update.mutable_object() = entry.object();
    if (update.expected_version() == 0) update.set_expected_version(entry.version());
  }
  CarryOrDie(values, organisation::MutablePartOf(*update.mutable_object()), *update.mutable_mask());
  Commit(client, request);
}

void DeleteObject(const Client& client, Kind kind, const std::string& name, bool cascade,
                  const ChangeOptions& options) {
  v1::ChangeRequest request;
  request.set_dry_run(options.dry_run);
  v1::Delete& gone = *request.add_operations()->mutable_delete_();
  gone.set_kind(std::string(ToString(kind)));
  gone.set_name(Identity(client, kind, name));
  gone.set_cascade(cascade);
  gone.set_expected_version(options.expected_version);
  Commit(client, request);
}

void RenameObject(const Client& client, Kind kind, const std::string& name, const std::string& to,
                  const ChangeOptions& options) {
  v1::ChangeRequest request;
  v1::Update& update = AddUpdate(request, kind, name, options);
  Put(organisation::MutablePartOf(*update.mutable_object()), "name", to);
  update.mutable_mask()->add_paths("name");
  Commit(client, request);
}

void SetStatus(const Client& client, Kind kind, const std::string& name, const std::string& status,
               const ChangeOptions& options, const v1::Welcome& welcome) {
  v1::ChangeRequest request;
  *request.mutable_welcome() = welcome;
  v1::Update& update = AddUpdate(request, kind, Identity(client, kind, name), options);
  Put(organisation::MutablePartOf(*update.mutable_object()), "status", status);
  update.mutable_mask()->add_paths("status");
  Commit(client, request);
}

void ChangeObject(const Client& client, Kind kind, const std::string& name,
                  const std::string& field, const ChangeOptions& options,
                  const std::function<void(Message&)>& change) {
  const v1::Entry entry = client.Get(kind, name);
  v1::ChangeRequest request;
  v1::Update& update = AddUpdate(request, kind, NameOf(entry.object()), options);
  if (options.expected_version == 0) update.set_expected_version(entry.version());
  *update.mutable_object() = entry.object();
  change(organisation::MutablePartOf(*update.mutable_object()));
  update.mutable_mask()->add_paths(field);
  Commit(client, request);
}

}  // namespace um::cli
