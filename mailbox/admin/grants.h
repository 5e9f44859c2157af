// The grants of the configuration: who has which rights.   Pure, but for CheckAdministration().
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/config/load.h"
#include "mailbox/admin/access.h"

namespace um::admin {

struct Grants {
  std::map<std::string, Rights> tokens;        ///< by name
  std::map<std::string, Rights> certificates;  ///< by one of their names
};
Grants GrantsOf(const config::v1::Administration& administration);

/// All that is wrong with the section, its files included. Paths begin with "administration.".
/// Blocking.
std::vector<config::Problem> CheckAdministration(const config::v1::Administration& administration);

}  // namespace um::admin
