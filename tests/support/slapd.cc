#include "tests/support/slapd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/catch.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;

/// Active Directory's attributes, compared as it compares them.
constexpr const char* kActiveDirectory = R"(
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.2.3 NAME 'whenChanged' EQUALITY generalizedTimeMatch
  ORDERING generalizedTimeOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.782 NAME 'objectCategory' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL
  MAY ( sAMAccountName $ objectGUID $ proxyAddresses $ whenChanged $ userAccountControl $
        objectCategory $ displayName $ mail $ mobile ) )
)";

void Write(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void RunOrFail(const std::string& command, const std::string& log) {
  const int status = std::system(fmt::format("{} > {} 2>&1", command, log).c_str());
  INFO(command << "\n" << ReadFile(log));
  REQUIRE(status == 0);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// One that nobody listens on now; slapd cannot be told to choose.
uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

Slapd::Slapd(const std::string& more, const std::string& tls_names) : tls_(!tls_names.empty()) {
  std::string name = (std::filesystem::temp_directory_path() / "um-slapd-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  std::string encoded;
  for (const char c : directory_) encoded += c == '/' ? "%2F" : std::string(1, c);
  ldapi_ = "ldapi://" + encoded + "%2Fldapi";
  if (tls_) MakeCertificates(tls_names);
  Configure(more);
  Spawn();
  Modify(
      "dn: dc=example,dc=com\nobjectClass: domain\ndc: example\n\n"
      "dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n");
}

Slapd::~Slapd() {
  if (pid_ > 0) Kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Slapd::MakeCertificates(const std::string& names) {
  const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 ";
  Write(File("san"), "subjectAltName=" + names + "\n");
  RunOrFail(fmt::format("openssl req -x509 {1} -subj /CN=test-ca -keyout {0}/ca.key -out {0}/ca.pem"
                        " && openssl req {1} -subj /CN=slapd -keyout {0}/key.pem -out {0}/csr.pem"
                        " && openssl x509 -req -in {0}/csr.pem -CA {0}/ca.pem -CAkey {0}/ca.key"
                        " -CAcreateserial -days 2 -extfile {0}/san -out {0}/cert.pem",
                        directory_, key),
            File("openssl.log"));
}

void Slapd::Configure(const std::string& more) {
  std::filesystem::create_directory(File("db"));
  Write(File("ad.schema"), kActiveDirectory);
  std::string conf;
  for (const char* schema : {"core", "cosine", "inetorgperson"}) {
    conf += fmt::format("include /etc/ldap/schema/{}.schema\n", schema);
  }
  conf += fmt::format("include {0}/ad.schema\npidfile {0}/pid\n", directory_);
  if (tls_) {
    conf += fmt::format(
        "TLSCACertificateFile {0}/ca.pem\nTLSCertificateFile {0}/cert.pem\n"
        "TLSCertificateKeyFile {0}/key.pem\n",
        directory_);
  }
  conf += fmt::format(
      "modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\nsuffix dc=example,dc=com\n"
      "rootdn cn=admin,dc=example,dc=com\nrootpw secret\ndirectory {}/db\nmaxsize 67108864\n"
      "dbnosync\n{}\n",
      directory_, more);
  Write(File("slapd.conf"), conf);
}

/// Up on free ports; another process may take them first, so it is tried again.
void Slapd::Spawn() {
  for (int i = 0; i < 10 && pid_ < 0; ++i) {
    url_ = fmt::format("ldap://127.0.0.1:{}", FreePort());
    ldaps_ = fmt::format("ldaps://127.0.0.1:{}", FreePort());
    Start();
  }
  INFO(ReadFile(File("log")));
  REQUIRE(pid_ > 0);
}

void Slapd::Start() {
  const std::string conf = File("slapd.conf"), log = File("log");
  const std::string urls = url_ + " " + ldapi_ + (tls_ ? " " + ldaps_ : "");
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // ends with a test that crashes
    setsid();
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, 1);
    dup2(out, 2);
    execl("/usr/sbin/slapd", "slapd", "-d", "0", "-f", conf.c_str(), "-h", urls.c_str(), nullptr);
    _exit(127);
  }
  const auto limit = std::chrono::steady_clock::now() + 60s;
  while (!Answers()) {
    REQUIRE(std::chrono::steady_clock::now() < limit);
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return;
    }
    std::this_thread::sleep_for(10ms);  // another process: there is no event
  }
}

bool Slapd::Answers() const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address =
      Loopback(static_cast<uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1))));
  const bool up = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return up;
}

void Slapd::Kill() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Slapd::Modify(const std::string& ldif) {
  Write(File("ldif"), ldif);
  RunOrFail(fmt::format("ldapmodify -a -x -H {} -D cn=admin,dc=example,dc=com -w secret -f {}",
                        url_, File("ldif")),
            File("ldapmodify.log"));
}

void Slapd::Add(const std::string& uid, const std::string& name, const std::string& telephone) {
  Modify(
      fmt::format("dn: uid={0},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: {0}\n"
                  "cn: {1}\nsn: {1}\nmail: {0}@example.com\n{2}{3}\n",
                  uid, name, telephone.empty() ? "" : "telephoneNumber: ", telephone));
}

}  // namespace um::tests
