#include "mailbox/cli/document.h"

#include <fmt/format.h>

#include <cstdio>

#include "common/config/load.h"
#include "common/config/rules.h"
#include "mailbox/cli/changes.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/options.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

organisation::v1::Organisation ReadDocument(const std::string& file) {
  organisation::v1::Organisation document;
  const config::LoadOptions limits{.max_bytes = kMostRequestBytes};
  const auto problems = config::FromYaml(ReadWhole(file, limits.max_bytes), document, limits);
  if (!problems.empty()) {
    const std::string name = file == "-" ? "standard input" : file;
    std::string text = "the document cannot be read:\n" + config::Describe(name, problems);
    text.pop_back();
    Die(text);
  }
  return document;
}

int Deletions(const v1::ChangeResponse& response) {
  int count = 0;
  for (const v1::Changed& each : response.changed()) count += each.action() == "delete";
  return count;
}

/// Whether what is to be deleted may be: asked where there is somebody to ask.
void MakeSure(int deletions, bool yes) {
  if (deletions == 0 || yes) return;
  if (!CanAsk()) {
    Die(fmt::format("this deletes {} objects, and there is nobody to ask: add --yes", deletions));
  }
  if (!Ask(fmt::format("Delete {}?",
                       deletions == 1 ? "it" : fmt::format("{} objects", deletions)))) {
    Die("nothing was done");
  }
}

}  // namespace

void ApplyDocument(const Client& client, const ApplyOptions& options) {
  v1::ApplyRequest request;
  *request.mutable_document() = ReadDocument(options.file);
  if (!client.organisation.empty() && request.document().id() != client.organisation) {
    Die(fmt::format("the document is of organisation '{}', not '{}'",
                    Printable(request.document().id()), client.organisation));
  }
  request.set_prune(options.prune);
  *request.mutable_welcome() = options.welcome;
  request.set_dry_run(true);
  const Where where = WhereInDocument(request.document());
  const Answer planned = client.Apply(request);
  DieIfRefused(planned, where);
  if (planned.response.changed().empty()) {
    puts("Nothing to do: the organisation is as the document says.");
    return;
  }
  fputs(DiffText(planned.response.changed(), Coloured()).c_str(), stdout);
  fflush(stdout);
  if (options.dry_run) {
    fmt::print("Dry run: {}, if it is applied.\n", CountText(planned.response.changed()));
    return;
  }
  MakeSure(Deletions(planned.response), options.yes);
  request.set_dry_run(false);
  const Answer answer = client.Apply(request);
  if (!answer.done) DieIfRefused(answer, where);
  fmt::print("Applied: {}.\n", CountText(answer.response.changed()));
}

void ExportDocument(const Client& client, const ExportOptions& options) {
  WriteWhole(options.file, config::ToYaml(client.Export(options.without_audio)), options.force);
}

void ListOrganisations(const Client& client, bool json) {
  const v1::ListOrganisationsResponse response = client.Organisations();
  if (json) {
    fputs(ToApiJson(response).c_str(), stdout);
    return;
  }
  if (response.organisations().empty()) {
    puts("There is no organisation yet. Make one: umctl organisation create ID");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : response.organisations()) {
    rows.push_back({Printable(item.id()), Thousands(item.mailboxes()),
                    fmt::format("{}", item.sequence()), Printable(item.display_name())});
  }
  fputs(Table({"ID", "MAILBOXES", "CHANGES", "NAME"}, rows, TerminalWidth()).c_str(), stdout);
}

void CreateOrganisation(const Client& client, const std::string& id,
                        const std::string& display_name, bool dry_run) {
  const v1::ListOrganisationsResponse there = client.Organisations();
  for (const auto& item : there.organisations()) {
    if (item.id() == id) Die(fmt::format("there is an organisation '{}' already", Printable(id)));
  }
  v1::ApplyRequest request;
  request.mutable_document()->set_id(id);
  request.mutable_document()->set_display_name(display_name);
  request.set_dry_run(dry_run);
  DieIfRefused(client.Apply(request), WhereInDocument(request.document()));
  fmt::print("{} organisation {}\n", dry_run ? "Dry run: would create" : "Created", Printable(id));
}

}  // namespace um::cli
