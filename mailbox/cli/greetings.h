// What umctl shows and changes of users' own greetings.
#pragma once

#include <string>

#include "mailbox/cli/client.h"

namespace um::cli {

void ListGreetings(const Client& client, const std::string& mailbox, bool json);

struct GreetingChange {
  std::string mailbox;
  std::string kind;   ///< "personal", "away", "name"
  std::string file;   ///< to take it from, or write it to; "-": standard input or output
  std::string state;  ///< "on", "off"
  std::string until;  ///< as UntilTime() has it; "": no end
  bool force = false;
  bool dry_run = false;
};
void SetGreeting(const Client& client, const GreetingChange& change);
void FetchGreeting(const Client& client, const GreetingChange& change);
void RemoveGreeting(const Client& client, const GreetingChange& change);
void SetAway(const Client& client, const GreetingChange& change);

}  // namespace um::cli
