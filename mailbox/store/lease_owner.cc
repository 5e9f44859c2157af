#include "mailbox/store/lease_owner.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "common/base/ulid.h"

namespace um::store {

std::string ThisHost() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  std::string id;
  std::getline(std::ifstream("/etc/machine-id"), id);
  return fmt::format("{}:{}", name, id);
}

std::string LeaseOwner(const std::string& host) {
  return fmt::format("{}/{}/{}", host, getpid(), NewUlid(std::chrono::system_clock::now()));
}

bool IsDead(const std::string& owner, const std::string& host) {
  if (!owner.starts_with(host + "/")) return false;
  const pid_t pid = atoi(owner.c_str() + host.size() + 1);
  return pid > 0 && pid != getpid() && kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace um::store
