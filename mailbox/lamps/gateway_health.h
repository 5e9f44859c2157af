// GatewayHealth: which gateways do not answer, so that nobody waits for them in vain.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "mailbox/domain/time.h"

namespace um::lamps {

/// While a gateway is silent, one request at a time finds out whether it is back; the others fail
/// at once. Pure.
class GatewayHealth {
 public:
  /// False: it is silent, and another request is under way to it.
  bool MayTry(const std::string& gateway) {
    const auto it = silent_.find(gateway);
    if (it == silent_.end()) return true;
    if (it->second.probed) return false;
    it->second.probed = true;
    return true;
  }
  /// It has answered, whatever it was. @return since when it had been silent; nullopt: it had not
  std::optional<domain::WallTime> Answered(const std::string& gateway) {
    const auto it = silent_.find(gateway);
    if (it == silent_.end()) return std::nullopt;
    const domain::WallTime since = it->second.since;
    silent_.erase(it);
    return since;
  }
  /// It did not answer what was sent at `sent`. @return true: it had answered until then
  bool Silent(const std::string& gateway, domain::WallTime sent) {
    const auto [it, first] = silent_.try_emplace(gateway, State{sent, false});
    it->second.probed = false;
    return first;
  }

 private:
  struct State {
    domain::WallTime since{};
    bool probed = false;
  };
  std::map<std::string, State> silent_;
};

}  // namespace um::lamps
