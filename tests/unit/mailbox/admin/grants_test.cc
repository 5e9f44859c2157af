// The administration section of the configuration, and the file of tokens.
#include "mailbox/admin/grants.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/base/bytes.h"
#include "common/config/load.h"
#include "mailbox/admin/failures.h"
#include "mailbox/admin/tokens.h"
#include "tests/integration/store/temp_dir.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"

using namespace um;
using namespace um::admin;

namespace {

config::v1::Administration From(const std::string& yaml) {
  config::v1::Administration administration;
  const auto problems = config::FromYaml(yaml, administration);
  INFO(config::Describe("yaml", problems));
  REQUIRE(problems.empty());
  return administration;
}

/// True if a problem's path and text hold these.
bool Complains(const std::string& yaml, const std::string& path, const std::string& text) {
  for (const config::Problem& problem : CheckAdministration(From(yaml))) {
    if (problem.path == "administration." + path && problem.text.find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a network listener without TLS is a mistake, and so is one that lets nobody in") {
  CHECK(Complains("listeners: [{address: '127.0.0.1:0'}]", "listeners[0].certificate_file",
                  "never in the clear"));
  CHECK(Complains("listeners: [{address: '127.0.0.1:0'}]", "listeners[0].client_ca_file",
                  "nobody could come in"));
  CHECK(Complains("listeners: [{address: localhost}]", "listeners[0].address", "ADDRESS:PORT"));
  CHECK(Complains("listeners: [{require_client_certificate: true}]",
                  "listeners[0].require_client_certificate", "client_ca_file"));
}

TEST_CASE("certificate files are looked at before they are used") {
  const tests::TempDir folder;
  const tests::CertificateAuthority ca(folder.path(), "ca");
  const auto node = ca.Issue("node", "node");
  const auto other = ca.Issue("other", "other");
  const auto old = ca.Issue("old", "old", "", -60);
  const auto listener = [&](const std::string& certificate, const std::string& key) {
    return "listeners: [{address: '127.0.0.1:0', client_ca_file: '" + ca.file() +
           "', certificate_file: '" + certificate + "', key_file: '" + key + "'}]";
  };
  CHECK(CheckAdministration(From(listener(node.certificate, node.key))).empty());
  const char* field = "listeners[0].certificate_file";
  CHECK(Complains(listener(node.certificate, other.key), field, "no key in PEM of"));
  CHECK(Complains(listener(old.certificate, old.key), field, "has expired"));
  CHECK(Complains(listener(node.key, node.key), field, "no certificate in PEM"));
  CHECK(Complains(listener(folder.path() + "/none", node.key), field, "No such file"));
  chmod(node.key.c_str(), 0644);
  CHECK(Complains(listener(node.certificate, node.key), field, "may be read by everybody"));
}

TEST_CASE("a grant says who, what and where") {
  const char* good = "{token: a, roles: [um_prompts], organisations: [example]}";
  CHECK(CheckAdministration(From("grants: [" + std::string(good) + "]")).empty());
  CHECK(Complains("grants: [{roles: [um_prompts], all_organisations: true}]", "grants[0]", "who"));
  CHECK(Complains("grants: [{token: a, all_organisations: true}]", "grants[0].roles", "role"));
  CHECK(Complains("grants: [{token: a, roles: [um_prompts]}]", "grants[0].organisations", "name"));
  CHECK(
      Complains("grants: [{token: a, roles: [um_prompts], organisations: [x], "
                "all_organisations: true}]",
                "grants[0].organisations", "not both"));
  CHECK(Complains("grants: [{token: a, roles: [server_management], organisations: [x]}]",
                  "grants[0].roles", "all_organisations"));
  const Grants grants = GrantsOf(
      From("grants: [{token: a, roles: [um_prompts], organisations: [x]}, {token: a, roles: "
           "[um_mailboxes], organisations: [x, y]}, {certificate: c, roles: [um_management], "
           "all_organisations: true}]"));
  const Rights& a = grants.tokens.at("a");
  CHECK(a.In("x") == (kView | kPrompts | kMailboxes));
  CHECK(a.In("y") == (kView | kMailboxes));
  CHECK(a.In("z") == 0);
  CHECK((grants.certificates.at("c").In("anything") & kUnifiedMessaging) != 0);
}

TEST_CASE("a tokens file is read line by line, and what is no token's line is told") {
  const std::string hash = HashOfToken("secret");
  CHECK(hash == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b");
  const TokenLines lines = ParseTokens("# who\n\nops " + hash + "\r\nops " + hash +
                                       " 2027-01-31T00:00:00Z\nops\nops zz\nops " + hash +
                                       " tomorrow\nops " + hash + "00\no/ps " + hash + "\n");
  REQUIRE(lines.good.size() == 2);
  CHECK(lines.good[0].name == "ops");
  CHECK_FALSE(lines.good[0].expires);
  CHECK(lines.good[1].expires);
  CHECK(lines.bad == std::vector<int>{5, 6, 7, 8, 9});
}

TEST_CASE("a tokens file that everybody may write, or that is gone, lets nobody in") {
  const tests::TempDir folder;
  const std::string path = folder.path() + "/tokens";
  std::ofstream(path) << "ops " << HashOfToken("secret") << "\n";
  Tokens tokens(path);
  CHECK(tokens.Check().ok());
  CHECK(*tokens.NameOf(HashOfToken("secret")) == "ops");
  CHECK_FALSE(tokens.NameOf(HashOfToken("Secret")).ok());
  CHECK_FALSE(tokens.NameOf("").ok());
  chmod(path.c_str(), 0666);
  CHECK_FALSE(tokens.NameOf(HashOfToken("secret")).ok());
  chmod(path.c_str(), 0600);
  CHECK(tokens.NameOf(HashOfToken("secret")).ok());
  std::filesystem::remove(path);
  CHECK_FALSE(tokens.NameOf(HashOfToken("secret")).ok());
  CHECK(Complains("tokens_file: " + path, "tokens_file", "No such file"));
}

TEST_CASE("an address that has failed ten times in a minute is blocked until that minute is over") {
  Failures failures;
  const auto ip = *net::IpAddress::Parse("192.0.2.1");
  const async::Time start{std::chrono::hours(1)};
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(failures.IsBlocked(ip, start));
    failures.Failed(ip, start);
  }
  CHECK(failures.IsBlocked(ip, start + std::chrono::seconds(59)));
  CHECK_FALSE(failures.IsBlocked(*net::IpAddress::Parse("192.0.2.2"), start));
  CHECK_FALSE(failures.IsBlocked(ip, start + std::chrono::seconds(60)));
}
