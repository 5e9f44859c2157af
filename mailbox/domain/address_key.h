// What addresses are looked up by. Internal to this folder.
#pragma once

#include <string>
#include <string_view>

#include "common/sip/text.h"

namespace um::domain {

/// An address within a dial plan or a gateway. SIP addresses are the same in any case.
inline std::string AddressKey(std::string_view within, std::string_view address) {
  std::string key;
  key.reserve(within.size() + 1 + address.size());
  return key.append(within).append("\n").append(sip::Lower(address));
}

}  // namespace um::domain
