// umctl message and umctl status: what a node has kept, and how it is.
#pragma once

#include <cstdint>
#include <string>

#include "mailbox/cli/client.h"

namespace um::cli {

void ListMessages(const Client& client, const std::string& mailbox, uint32_t limit, bool json);
/// @param format "wav", "mp3", "eml", or "": by the file's ending. @param file "-" for standard
/// output.
void FetchMessage(const Client& client, const std::string& id, const std::string& file,
                  const std::string& format, bool force);
void ShowStatus(const Client& client, bool json);

}  // namespace um::cli
