// umctl over the network, as an administrator elsewhere runs it.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/admin/network_bench.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"

namespace um::tests {
namespace {

bool Has(const Ran& ran, const std::string& text) {
  return ran.output.find(text) != std::string::npos;
}

/// An administrator's machine: files, and umctl in an environment of its own.
struct Desk {
  explicit Desk(const NetworkBench& at) : bench(at) {}
  const NetworkBench& bench;

  std::string TokenFile(const std::string& name) const {
    const std::string path = bench.File(name + ".token");
    std::ofstream(path) << bench.tokens.at(name) << "\n";
    chmod(path.c_str(), 0600);
    return path;
  }
  Ran Umctl(const std::string& arguments, const std::string& environment = "") const {
    // gRPC's threads may outlive main(): what OpenSSL keeps for each of them is no leak.
    return Run("env -u VOXPOST_SOCKET ASAN_OPTIONS=detect_leaks=0 XDG_CONFIG_HOME=" +
               bench.File("config") + " " + environment + " " UM_UMCTL " " + arguments);
  }
  std::string Server() const { return "--server " + bench.address() + " --ca " + bench.ca.file(); }
};

TEST_CASE("umctl works over the network by token and by certificate") {
  const NetworkBench bench([](admin::NetworkOptions& options) {
    auto& grant = *options.administration.add_grants();
    grant.set_certificate("olga");
    grant.add_roles(config::v1::ROLE_UM_MANAGEMENT);
    grant.add_organisations("one");
  });
  const Desk desk(bench);
  const Ran by_token =
      desk.Umctl("mailbox list " + desk.Server() + " --token-file " + desk.TokenFile("um_prompts"));
  INFO(by_token.output);
  CHECK(by_token.status == 0);
  CHECK(Has(by_token, "ann"));
  CHECK_FALSE(Has(by_token, "tom"));
  const CertificateFiles olga = bench.ca.Issue("olga", "olga");
  const Ran created =
      desk.Umctl("dial-plan create Second --number-of-digits-in-extension 5 " + desk.Server() +
                 " --cert " + olga.certificate + " --key " + olga.key);
  INFO(created.output);
  CHECK(created.status == 0);
  CHECK(Has(desk.Umctl("audit --organisation one --socket " + bench.socket()), "certificate olga"));
}

TEST_CASE("umctl says which permission is missing, and where") {
  const NetworkBench bench;
  const Desk desk(bench);
  const auto as = [&](const char* name) {
    return desk.Server() + " --token-file " + desk.TokenFile(name);
  };
  const Ran plan = desk.Umctl("dial-plan delete Main " + as("um_mailboxes"));
  CHECK(plan.status == 1);
  CHECK(Has(plan,
            "token um_mailboxes may not change a UM dial plan (needs um_management in "
            "organisation one)"));
  CHECK(Has(desk.Umctl("status " + as("um_management")),
            "token um_management may not see how the node is (needs server_management for all "
            "organisations)"));
  CHECK(Has(desk.Umctl(std::string("message fetch ") + kMessageOfOne + " --format wav -o - " +
                       as("organization_management")),
            "may not fetch messages (needs discovery_management"));
  CHECK(Has(desk.Umctl("mailbox list --organisation two " + as("um_management")),
            "there is no such organisation"));
  CHECK(Has(desk.Umctl("mailbox list " + desk.Server()), "--token-file FILE, or --cert FILE"));
}

TEST_CASE("umctl tells a node that is away from one it does not trust, or that does not trust it") {
  NetworkBench bench;
  const Desk desk(bench);
  const std::string token = " --token-file " + desk.TokenFile("um_management");
  const CertificateAuthority other(bench.directory.path(), "other");
  const Ran wrong =
      desk.Umctl("mailbox list --server " + bench.address() + " --ca " + other.file() + token);
  CHECK(wrong.status == 1);
  INFO(wrong.output);
  CHECK(Has(wrong, "the node's certificate is not accepted: "));
  CHECK(Has(wrong, other.file()));
  const CertificateFiles fake = other.Issue("fake", "olga");
  const Ran refused = desk.Umctl("mailbox list " + desk.Server() + " --cert " + fake.certificate +
                                 " --key " + fake.key);
  CHECK(Has(refused, "the node does not accept us"));
  const CertificateFiles old = bench.ca.Issue("old", "olga", "", -60);
  CHECK(Has(desk.Umctl("mailbox list " + desk.Server() + " --cert " + old.certificate + " --key " +
                       old.key),
            "the certificate has expired"));
  const std::string address = bench.address();
  bench.server.reset();
  const Ran away =
      desk.Umctl("mailbox list --server " + address + " --ca " + bench.ca.file() + token);
  CHECK(Has(away, "um-mailbox does not answer at " + address + ": Connection refused"));
}

TEST_CASE("umctl says that the node's certificate has expired") {
  const NetworkBench bench([](admin::NetworkOptions& options) {
    const std::string path = options.administration.listeners(0).certificate_file();
    const std::string folder = std::filesystem::path(path).parent_path();
    const CertificateAuthority ca(folder, "expired-ca");
    const CertificateFiles files = ca.Issue("expired", "node.example.com", "", -60);
    options.administration.mutable_listeners(0)->set_certificate_file(files.certificate);
    options.administration.mutable_listeners(0)->set_key_file(files.key);
  });
  const Desk desk(bench);
  const Ran ran =
      desk.Umctl("mailbox list --server " + bench.address() + " --ca " +
                 bench.File("expired-ca.pem") + " --token-file " + desk.TokenFile("um_management"));
  INFO(ran.output);
  CHECK(Has(ran, "the node's certificate is not accepted: certificate has expired"));
}

TEST_CASE("umctl uses no token that others can read") {
  const NetworkBench bench;
  const Desk desk(bench);
  const std::string file = desk.TokenFile("um_management");
  chmod(file.c_str(), 0640);
  const Ran ran = desk.Umctl("mailbox list " + desk.Server() + " --token-file " + file);
  CHECK(ran.status == 1);
  CHECK(Has(ran, "chmod 600 " + file));
}

TEST_CASE("what umctl is told by its file is overridden by the environment, that by options") {
  const NetworkBench bench;
  const Desk desk(bench);
  std::filesystem::create_directories(bench.File("config/voxpost"));
  std::ofstream(bench.File("config/voxpost/umctl.yaml"))
      << "server: " << bench.address() << "\nca: " << bench.ca.file()
      << "\ntoken_file: " << desk.TokenFile("um_management") << "\n";
  CHECK(desk.Umctl("mailbox list").status == 0);
  const std::string environment = "VOXPOST_TOKEN_FILE=" + desk.TokenFile("discovery_management");
  CHECK(Has(desk.Umctl("mailbox list", environment), "token discovery_management may not see"));
  const Ran ran =
      desk.Umctl("mailbox list --token-file " + desk.TokenFile("um_prompts"), environment);
  INFO(ran.output);
  CHECK(ran.status == 0);
  // The local socket, if it is asked for.
  CHECK(Has(desk.Umctl("organisation list --socket " + bench.socket()), "two"));
  std::ofstream(bench.File("config/voxpost/umctl.yaml")) << "servers: x\n";
  const Ran bad = desk.Umctl("mailbox list");
  CHECK(bad.status == 2);
  CHECK(Has(bad, "umctl.yaml:1: servers"));
}

TEST_CASE("a token that umctl makes comes in once its line is in the node's file") {
  const NetworkBench bench;
  const Desk desk(bench);
  const std::string file = bench.File("new.token");
  const Ran made = desk.Umctl("token new um_management --expires 90d -o " + file);
  INFO(made.output);
  REQUIRE(made.status == 0);
  std::ifstream in(file);
  std::string token;
  std::getline(in, token);
  CHECK_FALSE(Has(made, token));
  struct stat info{};
  REQUIRE(stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const std::string list = "mailbox list " + desk.Server() + " --token-file " + file;
  CHECK(Has(desk.Umctl(list), "this token is not known here"));
  bench.WriteTokens("", made.output.substr(made.output.find("\num_management ") + 1));
  CHECK(desk.Umctl(list).status == 0);
  CHECK(desk.Umctl("token new 'a b'").status == 2);
  CHECK(desk.Umctl("token new x --expires soon").status == 2);
  const Ran shown = desk.Umctl("token new x");
  CHECK(Has(shown, "voxpost_"));
  CHECK(desk.Umctl("token new x").output != shown.output);
}

}  // namespace
}  // namespace um::tests
