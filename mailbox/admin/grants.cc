#include "mailbox/admin/grants.h"

#include <fmt/format.h>

#include "common/base/status.h"
#include "common/net/endpoint.h"
#include "common/net/tls_check.h"
#include "mailbox/admin/tokens.h"

namespace um::admin {
namespace {

using config::Problem;
using config::v1::Administration;
using config::v1::AdministrationListener;
using config::v1::Grant;

void CheckListener(const AdministrationListener& listener, bool has_tokens, const std::string& path,
                   std::vector<Problem>& problems) {
  const auto wrong = [&](const char* field, const std::string& text) {
    problems.push_back({path + field, 0, text});
  };
  if (!net::Endpoint::Parse(listener.address())) {
    wrong(".address", "must be ADDRESS:PORT, like 192.0.2.11:5071");
  }
  if (listener.certificate_file().empty() || listener.key_file().empty()) {
    wrong(".certificate_file",
          "certificate_file and key_file must be given: administration is never in the clear");
  } else if (const auto status =
                 net::CheckCertificateFiles(listener.certificate_file(), listener.key_file());
             !status.ok()) {
    wrong(".certificate_file", Message(status));
  }
  if (!listener.client_ca_file().empty()) {
    const auto status = net::CheckCaFile(listener.client_ca_file());
    if (!status.ok()) wrong(".client_ca_file", Message(status));
  } else if (listener.require_client_certificate()) {
    wrong(".require_client_certificate", "needs client_ca_file");
  } else if (!has_tokens) {
    wrong(".client_ca_file", "nobody could come in: give it, or administration.tokens_file");
  }
}

void CheckGrant(const Grant& grant, const std::string& path, std::vector<Problem>& problems) {
  const auto wrong = [&](const char* field, const std::string& text) {
    problems.push_back({path + field, 0, text});
  };
  if (grant.token().empty() && grant.certificate().empty()) {
    wrong("", "must say who: token or certificate");
  }
  if (grant.roles().empty()) wrong(".roles", "must name a role");
  if (grant.organisations().empty() != grant.all_organisations()) {
    wrong(".organisations", "must name organisations, or all_organisations must be true, not both");
  }
  for (const int role : grant.roles()) {
    const Permissions permissions = PermissionsOf(static_cast<config::v1::Role>(role));
    if (permissions == 0) wrong(".roles", "must be roles that there are");
    if (permissions == (kViewServers | kServers) && !grant.all_organisations()) {
      wrong(".roles", "server_management is for the node: it needs all_organisations: true");
    }
  }
  for (const std::string& organisation : grant.organisations()) {
    if (organisation.empty()) wrong(".organisations", "must be ids of organisations");
  }
}

}  // namespace

Grants GrantsOf(const Administration& administration) {
  Grants all;
  for (const Grant& grant : administration.grants()) {
    Rights& rights =
        grant.has_token() ? all.tokens[grant.token()] : all.certificates[grant.certificate()];
    Permissions permissions = 0;
    for (const int role : grant.roles()) {
      permissions |= PermissionsOf(static_cast<config::v1::Role>(role));
    }
    if (grant.all_organisations()) rights.everywhere |= permissions;
    for (const std::string& organisation : grant.organisations()) {
      rights.in[organisation] |= permissions;
    }
  }
  return all;
}

std::vector<Problem> CheckAdministration(const Administration& administration) {
  std::vector<Problem> problems;
  const std::string& tokens = administration.tokens_file();
  for (int i = 0; i < administration.listeners_size(); ++i) {
    CheckListener(administration.listeners(i), !tokens.empty(),
                  fmt::format("administration.listeners[{}]", i), problems);
  }
  for (int i = 0; i < administration.grants_size(); ++i) {
    CheckGrant(administration.grants(i), fmt::format("administration.grants[{}]", i), problems);
  }
  if (!tokens.empty()) {
    const absl::Status status = Tokens(tokens).Check();
    if (!status.ok()) problems.push_back({"administration.tokens_file", 0, Message(status)});
  }
  return problems;
}

}  // namespace um::admin
