// umctl's end of the local socket. Every call prints what is wrong and ends the program with status
// 1 if it fails.
#pragma once

#include <string>

#include "um/admin/v1/messages.pb.h"

namespace um::cli {

struct Client {
  std::string socket;
  admin::v1::ListMessagesResponse List(const std::string& extension, uint32_t limit) const;
  admin::v1::FetchMessageResponse Fetch(const std::string& id, admin::v1::Format format) const;
  admin::v1::GetStatusResponse GetStatus() const;
};

/// Prints "umctl: TEXT" and ends the program. @param code 1: it failed, 2: it was asked wrongly
[[noreturn]] void Die(const std::string& text, int code = 1);

}  // namespace um::cli
