// What umctl shows and changes of PINs.
#pragma once

#include <string>

#include "mailbox/cli/client.h"

namespace um::cli {

void ShowPin(const Client& client, const std::string& mailbox, bool json);

struct PinReset {
  std::string mailbox;
  std::string pin;          ///< digits, or "-": from standard input; "": generated
  std::string notify;       ///< another address for the mail; "": the mailbox' own
  bool must_change = true;  ///< of a given PIN; a generated one must always be changed
  bool no_mail = false;
  bool show = false;
  bool dry_run = false;
  bool json = false;
};
void ResetPin(const Client& client, const PinReset& reset);

void LockPin(const Client& client, const std::string& mailbox, bool locked, bool dry_run);

}  // namespace um::cli
