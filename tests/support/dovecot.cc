#include "tests/support/dovecot.h"

#include <curl/curl.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"

namespace um::tests {
namespace {

std::string Script() {
  const char* source = getenv("UM_SOURCE_DIR");  // ctest sets it
  return std::string(source == nullptr ? "." : source) + "/deploy/demo/dovecot";
}

// The value of NAME=VALUE in a line of them.
std::string Value(const std::string& line, const std::string& name) {
  const size_t start = line.find(name + "=");
  REQUIRE(start != std::string::npos);
  const size_t value = start + name.size() + 1;
  return line.substr(value, line.find_first_of(" \n", value) - value);
}

size_t Append(char* data, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

}  // namespace

Ran Run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  char bytes[4096];
  while (const size_t n = fread(bytes, 1, sizeof bytes, pipe)) ran.output.append(bytes, n);
  const int status = pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

Dovecot::Dovecot() {
  std::string name = (std::filesystem::temp_directory_path() / "um-dovecot-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  Start();
}

Dovecot::~Dovecot() {
  Run(Script() + " stop " + directory_);
  std::filesystem::remove_all(directory_);
}

void Dovecot::Start() {
  const Ran ran = Run(Script() + " start " + directory_);
  INFO(ran.output);
  REQUIRE(ran.status == 0);
  lmtp_ = Value(ran.output, "lmtp");
  imap_ = Value(ran.output, "imap");
  socket_ = Value(ran.output, "socket");
}

void Dovecot::Stop() { REQUIRE(Run(Script() + " stop " + directory_).status == 0); }

void Dovecot::Refuse(const std::string& user) {
  std::ofstream(directory_ + "/refused", std::ios::app) << user << "\n";
}

std::vector<std::string> Dovecot::Inbox(const std::string& user) const {
  std::vector<std::string> mails;
  CURL* curl = curl_easy_init();
  REQUIRE(curl != nullptr);
  curl_easy_setopt(curl, CURLOPT_USERNAME, user.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, "secret");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Append);
  while (true) {
    std::string mail;
    const std::string number = std::to_string(mails.size() + 1);
    curl_easy_setopt(curl, CURLOPT_URL, ("imap://" + imap_ + "/INBOX;MAILINDEX=" + number).c_str());
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &mail);
    if (curl_easy_perform(curl) != CURLE_OK) break;  // no such mail: that was the last
    mails.push_back(mail);
  }
  curl_easy_cleanup(curl);
  return mails;
}

}  // namespace um::tests
