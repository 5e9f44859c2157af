// People out of a real slapd.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <fstream>

#include "common/base/bytes.h"
#include "common/log/log.h"
#include "mailbox/directory/ldap_directory.h"
#include "mailbox/directory/settings.h"
#include "mailbox/domain/party.h"
#include "tests/support/catch.h"
#include "tests/support/slapd.h"

namespace um::directory {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;
using tests::Slapd;

/// The log, and waiting for a line of it.
class LogLines {
 public:
  LogLines() {
    Lines().clear();
    log::SetSink([](std::string_view line) {
      const std::lock_guard lock(Mutex());
      Lines().emplace_back(line);
      Came().notify_all();
    });
  }
  ~LogLines() { log::SetSink(nullptr); }
  bool Wait(const std::string& event, int times = 1) const {
    std::unique_lock lock(Mutex());
    return Came().wait_for(lock, 30s, [&] { return CountLocked(event) >= times; });
  }
  int Count(const std::string& text) const {
    const std::lock_guard lock(Mutex());
    return CountLocked(text);
  }

 private:
  static int CountLocked(const std::string& text) {
    int count = 0;
    for (const std::string& line : Lines()) count += line.find(text) != std::string::npos;
    return count;
  }
  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
  static std::condition_variable& Came() {
    static std::condition_variable came;
    return came;
  }
  static Strings& Lines() {
    static Strings lines;
    return lines;
  }
};

config::v1::Directory SettingsFor(const Slapd& slapd) {
  config::v1::Directory settings;
  settings.set_organisation("example");
  settings.add_urls(slapd.url());
  settings.set_cleartext(true);
  settings.set_base("ou=people,dc=example,dc=com");
  settings.set_timeout_seconds(5);
  return settings;
}

/// A directory that follows a server, in a folder that outlives it.
struct Bench {
  explicit Bench(const Slapd& slapd) : Bench(slapd, SettingsFor(slapd)) {}
  Bench(const Slapd& slapd, config::v1::Directory wanted) : settings(std::move(wanted)) {
    std::vector<config::Problem> problems;
    Complete(settings, "directory", problems);
    INFO(config::Describe("settings", problems));
    REQUIRE(problems.empty());
    folder = slapd.File("data");
    Open();
  }
  void Open() {
    directory.reset();
    directory = LdapDirectory::Start(settings, *files, folder,
                                     [this](const domain::People&) { ++answers; });
  }
  Strings Aliases() const {
    Strings aliases;
    for (const auto& [_, person] : directory->Now().people->by_name()) {
      aliases.push_back(person->alias);
    }
    return aliases;
  }
  Strings Named(const std::string& text) const {
    const auto people = directory->Named(text);
    if (!people.ok()) return {std::string(people.status().message())};
    Strings aliases;
    for (const auto& person : *people) aliases.push_back(person->alias);
    return aliases;
  }

  config::v1::Directory settings;
  std::string folder;
  std::unique_ptr<store::Files> files = store::RealFiles();
  std::atomic<int> answers = 0;
  std::unique_ptr<LdapDirectory> directory;
};

constexpr const char* kDelete = "dn: uid={},ou=people,dc=example,dc=com\nchangetype: delete\n";

}  // namespace

TEST_CASE("people come out of OpenLDAP, to nobody and to a user with a password") {
  Slapd slapd("access to * by dn=\"cn=admin,dc=example,dc=com\" read by * none");
  slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  slapd.Add("bela", "Bela Novak", "");
  Bench nobody(slapd);
  CHECK(absl::IsFailedPrecondition(nobody.directory->Refresh(true)));

  auto settings = SettingsFor(slapd);
  settings.set_bind_dn("cn=admin,dc=example,dc=com");
  settings.set_password_file(slapd.File("password"));
  std::ofstream(slapd.File("password")) << "wrong\n";
  Bench bench(slapd, settings);
  CHECK(absl::IsPermissionDenied(bench.directory->Refresh(true)));
  CHECK(bench.directory->Now().failure.find("Invalid credentials") != std::string::npos);
  CHECK(bench.answers == 0);

  std::ofstream(slapd.File("password")) << "secret\n";  // read anew at every attempt
  REQUIRE(bench.directory->Refresh(true).ok());
  CHECK(bench.Aliases() == Strings{"ann", "bela"});
  CHECK(bench.directory->Now().failure.empty());
  const auto ann = bench.directory->Now().people->Named("ann").front();
  CHECK(ann->display_name == "Ann Archer");
  CHECK(ann->email == "ann@example.com");
  CHECK(ann->telephones == Strings{"+1 425 555 1001"});
  CHECK(ann->id.size() == 36);
  CHECK(bench.answers > 0);
}

TEST_CASE("a call's caller is named by the people that OpenLDAP has") {
  Slapd slapd;
  slapd.Add("bob", "Bob Baker", "+49 30 23125-042");
  const Bench bench(slapd);
  REQUIRE(bench.directory->Refresh(true).ok());
  domain::DialPlan plan{.name = "Main"};
  plan.country_code = "49";
  plan.international_prefix = "00";
  plan.national_prefix = "0";
  const domain::PeoplePtr people = bench.directory->Now().people;
  for (const char* user : {"+493023125042", "00493023125042", "03023125042"}) {
    CAPTURE(user);
    sip::InviteFacts facts;
    facts.from.uri = {.scheme = "sip", .user = user, .host = "gw.example.com"};
    domain::Caller caller{.number = user};
    CHECK(domain::NameByDirectory(*people, plan, facts, caller));
    CHECK(caller.name == "Bob Baker");
  }
}

TEST_CASE("people come out of Active Directory's attributes") {
  Slapd slapd;
  const std::string guid = "\xae\x4f\x1d\xf8\xec\x7d\xd0\x11\xa7\x65\x01\xa0\xc9\x1e\x6b\xf6";
  slapd.Modify(
      "dn: cn=Ann Archer,ou=people,dc=example,dc=com\nobjectClass: user\ncn: Ann Archer\nsn: A\n"
      "objectCategory: person\nsAMAccountName: ann\ndisplayName: Ann Archer\n"
      "proxyAddresses: SMTP:ann@example.com\nproxyAddresses: smtp:archer@example.com\n"
      "userAccountControl: 514\nwhenChanged: " +
      GeneralizedTime(time(nullptr)) +
      "\ntelephoneNumber: 1001\n"
      "objectGUID:: rk8d+Ox90BGnZQGgyR5r9g==\n\n"
      "dn: cn=PC 7,ou=people,dc=example,dc=com\nobjectClass: user\ncn: PC 7\nsn: P\n"
      "objectCategory: computer\n");
  auto settings = SettingsFor(slapd);
  settings.set_attributes(config::v1::DIRECTORY_ATTRIBUTES_ACTIVE_DIRECTORY);
  Bench bench(slapd, settings);
  REQUIRE(bench.directory->Refresh(true).ok());
  REQUIRE(bench.Aliases() == Strings{"ann"});
  const auto ann = bench.directory->Now().people->Named("ARCHER@example.com").front();
  CHECK(ann->id == GuidText(guid));
  CHECK(ann->disabled);
  CHECK(ann->email == "ann@example.com");

  // What has changed is found by whenChanged, in the form Active Directory compares.
  slapd.Modify(
      "dn: cn=Ann Archer,ou=people,dc=example,dc=com\nchangetype: modify\n"
      "replace: userAccountControl\nuserAccountControl: 512\n-\n"
      "replace: whenChanged\nwhenChanged: " +
      GeneralizedTime(time(nullptr) + 1) + "\n");
  REQUIRE(bench.directory->Refresh(false).ok());
  CHECK_FALSE(bench.directory->Now().people->Named("ann").front()->disabled);
}

TEST_CASE("a large directory is read page by page, beyond what a search may return at once") {
  Slapd slapd("limits * size.soft=50 size.hard=50 size.pr=50 size.prtotal=unlimited");
  std::string ldif;
  for (int i = 0; i < 333; ++i) {
    ldif += fmt::format(
        "dn: uid=u{0},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: u{0}\n"
        "cn: User {0}\nsn: {0}\n\n",
        i);
  }
  slapd.Modify(ldif);
  auto settings = SettingsFor(slapd);
  settings.set_page_size(40);
  Bench bench(slapd, settings);
  REQUIRE(bench.directory->Refresh(true).ok());
  CHECK(bench.directory->Now().people->size() == 333);

  settings.set_max_people(332);
  Bench bounded(slapd, settings);
  CHECK(absl::IsResourceExhausted(bounded.directory->Refresh(true)));
  settings.set_max_people(1000);
  settings.set_page_size(100);  // the server gives no pages of that size
  Bench refused(slapd, settings);
  CHECK_FALSE(refused.directory->Refresh(true).ok());
  // A part of the people is never taken for all of them.
  CHECK(refused.directory->Now().people->size() == 333);  // the copy of before
}

TEST_CASE("a refresh brings what has changed, a full one who is gone") {
  Slapd slapd;
  for (const char* uid : {"ann", "bela", "cleo"}) slapd.Add(uid, uid, "");
  Bench bench(slapd);
  REQUIRE(bench.directory->Refresh(true).ok());
  const std::string id = bench.directory->Now().people->Named("ann").front()->id;

  slapd.Modify(
      "dn: uid=ann,ou=people,dc=example,dc=com\nchangetype: modify\nreplace: mail\n"
      "mail: archer@example.com\n");
  slapd.Add("dora", "dora", "");
  slapd.Modify(fmt::format(kDelete, "bela"));
  const int64_t everybody = bench.directory->Now().read_everybody;
  REQUIRE(bench.directory->Refresh(false).ok());
  CHECK(bench.Aliases() == Strings{"ann", "bela", "cleo", "dora"});
  CHECK(bench.directory->Now().people->Find(id)->email == "archer@example.com");
  CHECK(bench.directory->Now().read_everybody == everybody);
  REQUIRE(bench.directory->Refresh(true).ok());
  CHECK(bench.Aliases() == Strings{"ann", "cleo", "dora"});
}

TEST_CASE("every so manieth refresh is a full one") {
  Slapd slapd;
  slapd.Add("ann", "ann", "");
  slapd.Add("bela", "bela", "");
  auto settings = SettingsFor(slapd);
  settings.set_full_refresh_every(2);
  Bench bench(slapd, settings);
  REQUIRE(bench.directory->Refresh(true).ok());
  slapd.Modify(fmt::format(kDelete, "bela"));
  REQUIRE(bench.directory->Refresh(false).ok());
  REQUIRE(bench.directory->Refresh(false).ok());
  CHECK(bench.Aliases() == Strings{"ann"});
}

TEST_CASE("while LDAP is down the last good copy stays, over a restart too, until it is back") {
  const LogLines log;
  Slapd slapd;
  slapd.Add("ann", "Ann Archer", "");
  Bench bench(slapd);
  REQUIRE(bench.directory->Refresh(true).ok());
  slapd.Kill();
  CHECK(absl::IsUnavailable(bench.directory->Refresh(true)));
  CHECK(log.Count("directory.failed") >= 1);
  CHECK(bench.Aliases() == Strings{"ann"});
  CHECK_FALSE(bench.directory->Now().failure.empty());

  bench.directory.reset();
  const int failures = log.Count("directory.failed");
  bench.Open();
  CHECK(bench.Aliases() == Strings{"ann"});
  CHECK(bench.directory->Now().read > 0);
  REQUIRE(log.Wait("directory.failed", failures + 1));  // it asks by itself
  slapd.Start();
  REQUIRE(log.Wait("directory.recovered"));
  CHECK(bench.directory->Now().failure.empty());
  slapd.Add("bela", "Bela Novak", "");
  REQUIRE(bench.directory->Refresh(false).ok());
  CHECK(bench.Aliases() == Strings{"ann", "bela"});
}

TEST_CASE("a server that shows nobody any more is not believed") {
  Slapd slapd;
  slapd.Add("ann", "Ann Archer", "");
  Bench bench(slapd);
  REQUIRE(bench.directory->Refresh(true).ok());
  slapd.Modify(fmt::format(kDelete, "ann"));
  CHECK(absl::IsFailedPrecondition(bench.directory->Refresh(true)));
  CHECK(bench.Aliases() == Strings{"ann"});
}

TEST_CASE("a server that accepts and stays silent costs its time and no more") {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener, 8) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  Slapd slapd;
  slapd.Add("ann", "Ann Archer", "");
  for (const char* scheme : {"ldap", "ldaps"}) {
    auto settings = SettingsFor(slapd);
    settings.set_timeout_seconds(1);
    settings.set_cleartext(std::string_view(scheme) == "ldap");
    settings.set_ca_file("/etc/ssl/certs/ca-certificates.crt");
    settings.clear_urls();
    settings.add_urls(fmt::format("{}://127.0.0.1:{}", scheme, ntohs(address.sin_port)));
    Bench bench(slapd, settings);
    CAPTURE(scheme);
    CHECK(absl::IsUnavailable(bench.directory->Refresh(true)));
    // The next of several is asked then.
    if (settings.cleartext()) {
      settings.add_urls(slapd.url());
      Bench second(slapd, settings);
      CHECK(second.directory->Refresh(true).ok());
    }
  }
  close(listener);
}

TEST_CASE("ldaps and StartTLS are used, and only with a certificate that can be verified") {
  Slapd slapd("", "IP:127.0.0.1");
  slapd.Add("ann", "Ann Archer", "");
  for (const std::string& url : {slapd.ldaps(), slapd.url()}) {
    CAPTURE(url);
    auto settings = SettingsFor(slapd);
    settings.set_cleartext(false);
    settings.clear_urls();
    settings.add_urls(url);
    settings.set_ca_file(slapd.ca_file());
    Bench good(slapd, settings);
    CHECK(good.directory->Refresh(true).ok());
    CHECK(good.Aliases() == Strings{"ann"});

    settings.set_ca_file("/etc/ssl/certs/ca-certificates.crt");  // vouches for others
    Bench stranger(slapd, settings);
    CHECK(absl::IsUnavailable(stranger.directory->Refresh(true)));

    settings.set_ca_file(slapd.File("no-such-file"));
    Bench nobody(slapd, settings);
    CHECK(absl::IsUnavailable(nobody.directory->Refresh(true)));
  }
  Slapd impostor("", "DNS:elsewhere.example.com");
  for (const std::string& url : {impostor.ldaps(), impostor.url()}) {
    CAPTURE(url);
    auto settings = SettingsFor(impostor);
    settings.set_cleartext(false);
    settings.clear_urls();
    settings.add_urls(url);
    settings.set_ca_file(impostor.ca_file());
    Bench bench(impostor, settings);
    CHECK(absl::IsUnavailable(bench.directory->Refresh(true)));
  }
}

TEST_CASE("a server without TLS gets neither password nor question in the clear") {
  Slapd slapd;
  slapd.Add("ann", "Ann Archer", "");
  auto settings = SettingsFor(slapd);
  settings.set_cleartext(false);
  Bench bench(slapd, settings);
  CHECK(absl::IsUnavailable(bench.directory->Refresh(true)));
  CHECK(bench.directory->Now().failure.find("StartTLS") != std::string::npos);
}

TEST_CASE("at the local socket the process' own user is who asks") {
  Slapd slapd(
      fmt::format("access to * by dn.regex=\"^gidNumber={}[+]uidNumber={},"
                  "cn=peercred,cn=external,cn=auth$\" read by * none",
                  getgid(), getuid()));
  slapd.Add("ann", "Ann Archer", "");
  auto settings = SettingsFor(slapd);
  settings.set_cleartext(false);
  settings.clear_urls();
  settings.add_urls(slapd.ldapi());
  Bench bench(slapd, settings);
  const absl::Status status = bench.directory->Refresh(true);
  INFO(status);
  CHECK(status.ok());
  CHECK(bench.Aliases() == Strings{"ann"});
}

TEST_CASE("who is new in the directory is found at once, and nobody by a trick") {
  Slapd slapd;
  slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  Bench bench(slapd);
  REQUIRE(bench.directory->Refresh(true).ok());
  slapd.Add("odd", "Odd (Star*) \\\\ Name", "");
  slapd.Add("bela", "Bela Novak", "+1 425 555 1002");
  CHECK(bench.Named("bela") == Strings{"bela"});
  CHECK(bench.Named("Odd (Star*) \\\\ Name") == Strings{"odd"});
  for (const char* trick :
       {"*", "a*", "*)(uid=*", "ann)(|(uid=*", "*)(objectClass=*", "(uid=ann)", "ann\\", "\\2a",
        ")(uid=*))(|(uid=*", "uid=ann,ou=people,dc=example,dc=com", "ann\n", "nobody*", "\xff*"}) {
    CAPTURE(trick);
    CHECK(bench.Named(trick) == Strings{});
  }
  CHECK(bench.Named(std::string("ann\0*", 5)) == Strings{});
  slapd.Kill();
  CHECK(bench.Named("bela") == Strings{"bela"});  // known from then on
  CHECK(absl::IsUnavailable(bench.directory->Named("unknown").status()));
}

TEST_CASE("hostile entries cost themselves, with a line in the log, and nobody else") {
  const LogLines log;
  Slapd slapd;
  slapd.Add("ann", "Ann Archer", "");
  slapd.Modify(
      "dn: uid=huge,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: huge\n"
      "cn: Huge\nsn: h\nmail: huge@example.com\ntelephoneNumber: 1\ndisplayName: " +
      std::string(1 << 20, 'x') + "\n");
  slapd.Modify(
      "dn: uid=nameless,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\n"
      "uid: nameless\ncn:: wqA=\nsn: h\n");  // a no-break space
  Bench bench(slapd);
  REQUIRE(bench.directory->Refresh(true).ok());
  CHECK(bench.Aliases() == Strings{"ann", "huge"});
  CHECK(bench.directory->Now().people->Named("huge").front()->display_name == "Huge");
  CHECK(log.Count("displayname: is longer than 4 kB") >= 1);
  CHECK(log.Count("uid=nameless") >= 1);
}

}  // namespace um::directory
