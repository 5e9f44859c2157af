#include "tests/support/postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
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

const std::string kPrograms = "/usr/lib/postgresql/15/bin/";

/// PostgreSQL refuses to run as root.
void BecomeUnprivileged() {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("postgres");
  if (!user || setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
      setuid(user->pw_uid) != 0) {
    _exit(126);
  }
}

/// Starts a program with its output in `log`.
pid_t Spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  BecomeUnprivileged();
  prctl(PR_SET_PDEATHSIG, SIGQUIT);  // ends with a test that crashes
  setsid();
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, 1);
  dup2(out, 2);
  execv(argv[0], argv.data());
  _exit(127);
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

Postgres::Postgres(std::vector<std::string> settings) : settings_(std::move(settings)) {
  if (!std::filesystem::exists(kPrograms + "initdb")) {
    FAIL("PostgreSQL 15 is not installed: apt-get install postgresql-15");
  }
  std::string name = (std::filesystem::temp_directory_path() / "um-postgres-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  if (const passwd* user = geteuid() == 0 ? getpwnam("postgres") : nullptr) {
    REQUIRE(chown(name.c_str(), user->pw_uid, user->pw_gid) == 0);
  }
  const pid_t made = Spawn({kPrograms + "initdb", "-D", directory_ + "/data", "-U", "postgres",
                            "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"},
                           directory_ + "/log");
  int status = -1;
  REQUIRE(waitpid(made, &status, 0) == made);
  INFO(ReadFile(directory_ + "/log"));
  REQUIRE(status == 0);
  Start();
}

Postgres::~Postgres() {
  if (pid_ > 0) {
    kill(pid_, SIGQUIT);  // at once; nothing is to be kept
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

Postgres& Postgres::Shared() {
  static Postgres server;
  return server;
}

void Postgres::Start() {
  std::vector<std::string> command = {
      kPrograms + "postgres", "-D", directory_ + "/data", "-k", directory_,           "-c",
      "listen_addresses=",    "-c", "fsync=off",          "-c", "shared_buffers=32MB"};
  for (const std::string& setting : settings_) {
    command.push_back("-c");
    command.push_back(setting);
  }
  const auto limit = std::chrono::steady_clock::now() + 60s;
  pid_ = Spawn(command, directory_ + "/log");
  while (!Answers()) {
    INFO(ReadFile(directory_ + "/log"));
    REQUIRE(std::chrono::steady_clock::now() < limit);
    std::this_thread::sleep_for(20ms);  // another process: there is no event
    if (waitpid(pid_, nullptr, WNOHANG) != pid_) continue;
    pid_ = Spawn(command, directory_ + "/log");  // a killed one's children were still there
  }
}

bool Postgres::Answers() const { return PQping(Url("postgres").c_str()) == PQPING_OK; }

void Postgres::Kill() {
  const std::string self = std::to_string(pid_);
  std::istringstream children(ReadFile("/proc/" + self + "/task/" + self + "/children"));
  kill(pid_, SIGKILL);
  for (pid_t child = 0; children >> child;) kill(child, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string Postgres::Url(const std::string& database, const std::string& user) const {
  return "postgresql://" + user + "@/" + database + "?host=" + directory_;
}

std::string Postgres::NewDatabase() {
  const std::string name = "test" + std::to_string(++databases_);
  Execute("postgres", "CREATE DATABASE " + name);
  return Url(name);
}

std::string Postgres::NewDatabaseOf(const std::string& user, const std::string& password) {
  std::string quoted = "E'";
  for (const char c : password)
    quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  Execute("postgres", "CREATE ROLE " + user + " LOGIN PASSWORD " + quoted + "'");
  Execute("postgres", "CREATE DATABASE of_" + user + " OWNER " + user);
  const std::string rules = directory_ + "/data/pg_hba.conf";
  const std::string others = ReadFile(rules);
  std::ofstream(rules) << "local all " << user << " scram-sha-256\n" << others;
  Execute("postgres", "SELECT pg_reload_conf()");
  return Url("of_" + user, user);
}

std::string Postgres::Execute(const std::string& database, const std::string& statement) {
  PGconn* connection = PQconnectdb(Url(database).c_str());
  PGresult* result = PQexec(connection, statement.c_str());
  const ExecStatusType status = PQresultStatus(result);
  INFO(statement << ": " << PQerrorMessage(connection));
  const std::string value =
      PQntuples(result) > 0 && PQnfields(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  PQfinish(connection);
  REQUIRE((status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK));
  return value;
}

}  // namespace um::tests
