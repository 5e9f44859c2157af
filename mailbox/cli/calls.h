// `umctl call` and `umctl trace`: what became of each call.
#pragma once

#include <string>

#include "mailbox/cli/client.h"

namespace um::cli {

struct CallListOptions {
  std::string mailbox;  ///< "": all
  std::string since;    ///< as in SinceTime(); "": all that are kept
  uint32_t limit = 100;
  bool json = false;
};
void ListCalls(const Client& client, const CallListOptions& options);
void ListActiveCalls(const Client& client, bool json);
/// @param name an id, a trace id or a SIP Call-ID
void ShowCall(const Client& client, const std::string& name, bool json);
void TraceCall(const Client& client, const std::string& name, bool json);

}  // namespace um::cli
