#include "mailbox/directory/settings.h"

#include "tests/support/catch.h"

namespace um::directory {
namespace {

using Strings = std::vector<std::string>;

config::v1::Directory FromText(const std::string& yaml) {
  config::v1::Directory settings;
  REQUIRE(config::FromYaml(yaml, settings).empty());
  return settings;
}

Strings Wrong(const std::string& yaml) {
  auto settings = FromText(yaml);
  std::vector<config::Problem> problems;
  Complete(settings, "directories[0]", problems);
  Strings lines;
  for (const auto& problem : problems) lines.push_back(problem.path + ": " + problem.text);
  return lines;
}

const std::string kGood = "{organisation: example, urls: ['ldaps://dc1.example.com'], base: dc=x";

}  // namespace

TEST_CASE("a directory needs little to be said, the rest has defaults") {
  auto settings = FromText(kGood + ", attributes: active_directory}");
  std::vector<config::Problem> problems;
  Complete(settings, "directories[0]", problems);
  CHECK(problems.empty());
  CHECK(settings.filter() == "(&(objectCategory=person)(objectClass=user))");
  CHECK(settings.refresh_minutes() == 15);
  CHECK(settings.page_size() == 500);
  CHECK(settings.ca_file() == "/etc/ssl/certs/ca-certificates.crt");
}

TEST_CASE("everything that is wrong with a directory is told at once") {
  CHECK(Wrong("{organisation: '../x', urls: ['http://a', 'ldap://'], page_size: 20000}") ==
        Strings{"directories[0].base: is required",
                "directories[0].page_size: must be from 1 to 10000",
                "directories[0].organisation: must be an organisation's id: letters, digits, - "
                "and _",
                "directories[0].urls[0]: must be like ldaps://dc1.example.com, "
                "ldap://dc1.example.com:389 or ldapi:///",
                "directories[0].urls[1]: must name a server"});
  CHECK(Wrong(kGood + ", attribute_names: {mail: 'mail)(x'}}") ==
        Strings{"directories[0].attribute_names.mail: must be an attribute's name"});
}

TEST_CASE("a bind DN without password, which servers take for nobody, is refused") {
  CHECK(Wrong(kGood + ", bind_dn: cn=voxpost}") ==
        Strings{"directories[0].password_file: must say where the password is"});
  CHECK(Wrong(kGood + ", password_file: /x}") ==
        Strings{"directories[0].bind_dn: must say whose password it is"});
}

TEST_CASE("nobody asks for TLS and for cleartext") {
  CHECK(Wrong(kGood + ", cleartext: true}") ==
        Strings{"directories[0].cleartext: cannot be with ldaps://"});
}

}  // namespace um::directory
