// The organisation as one document: `umctl apply` and `umctl export`.
#pragma once

#include <string>

#include "mailbox/cli/client.h"

namespace um::cli {

struct ApplyOptions {
  std::string file;
  bool prune = false;
  bool dry_run = false;
  bool yes = false;  ///< deletes without asking
  admin::v1::Welcome welcome;
};
void ApplyDocument(const Client& client, const ApplyOptions& options);

struct ExportOptions {
  std::string file = "-";
  bool without_audio = false;
  bool force = false;
};
void ExportDocument(const Client& client, const ExportOptions& options);

void ListOrganisations(const Client& client, bool json);
void CreateOrganisation(const Client& client, const std::string& id,
                        const std::string& display_name, bool dry_run);

}  // namespace um::cli
