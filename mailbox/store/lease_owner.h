// Who holds a lease: a process, by its host and number (D-015).
#pragma once

#include <string>

namespace um::store {

/// This machine or container, whatever it is called in the configuration: its host name and
/// /etc/machine-id.
std::string ThisHost();

/// "host/pid/ULID", never the same twice: tells the next process on this host whether the one
/// before is still there.
std::string LeaseOwner(const std::string& host);

/// True for an owner that was a process of this host and has ended. Another's may be at work.
bool IsDead(const std::string& owner, const std::string& host);

}  // namespace um::store
