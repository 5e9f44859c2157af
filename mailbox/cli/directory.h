// `umctl directory`, and `umctl mailbox enable --from-directory`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mailbox/cli/client.h"

namespace um::cli {

struct PeopleOptions {
  std::string search;
  bool without_mailbox = false;
  uint32_t limit = 100;
  bool all = false;
  bool json = false;
};
void ListPeople(const Client& client, const PeopleOptions& options);

void ShowPerson(const Client& client, const std::string& person, bool json);
void RefreshDirectory(const Client& client, bool full);
void ShowDirectories(const Client& client, bool json);

/// One line for each directory: what `umctl status` tells. Nothing if there is none.
void ShowDirectoriesBriefly(const Client& client);

struct PeopleToEnable {
  std::vector<std::string> people;
  bool everybody = false;
  std::string extension, sip_resource_identifier, id;  ///< for one person
  bool asked() const { return everybody || !people.empty(); }
};
void EnablePeople(const Client& client, const PeopleToEnable& whom, const std::string& policy,
                  bool dry_run, const admin::v1::Welcome& welcome);

}  // namespace um::cli
