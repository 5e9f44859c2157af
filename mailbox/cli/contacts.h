// What umctl shows and changes of users' contacts.
#pragma once

#include <string>

#include "mailbox/cli/client.h"

namespace um::cli {

void ImportContacts(const Client& client, const std::string& mailbox, const std::string& file,
                    bool dry_run);

struct ContactsOptions {
  std::string mailbox;
  std::string search;
  uint32_t limit = 100;
  bool all = false, json = false;
};
void ListContacts(const Client& client, const ContactsOptions& options);
void ClearContacts(const Client& client, const std::string& mailbox, bool dry_run);
void TestContact(const Client& client, const std::string& mailbox, const std::string& number,
                 bool json);

}  // namespace um::cli
