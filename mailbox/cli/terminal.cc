#include "mailbox/cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "mailbox/cli/client.h"

namespace um::cli {
namespace {
constexpr size_t kMostValueBytes = 1 << 20;

[[noreturn]] void DieOf(const std::string& file) {
  Die(fmt::format("{}: {}", file, strerror(errno)));
}

void WriteAll(int fd, const std::string& content, const std::string& file) {
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = write(fd, content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) DieOf(file);
    done += static_cast<size_t>(n);
  }
}

/// A line that the terminal does not show. Keys that would end the program are but characters
/// meanwhile, so that it does not leave the terminal like that.
std::string AskHidden(const std::string& question) {
  termios before{};
  if (tcgetattr(STDIN_FILENO, &before) != 0) DieOf("the terminal");
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  fputs(question.c_str(), stderr);
  std::string line;
  std::getline(std::cin, line);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  fputc('\n', stderr);
  return line;
}
}  // namespace

size_t TerminalWidth() {
  winsize size{};
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

bool Coloured() {
  const char* term = getenv("TERM");
  const char* no_color = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

bool CanAsk() { return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO); }

bool Ask(const std::string& question) {
  fmt::print("{} [y/N] ", question);
  fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string ReadSecret(const std::string& name) {
  if (!isatty(STDIN_FILENO)) {
    std::string line;
    std::getline(std::cin, line);
    if (line.empty()) Die(fmt::format("standard input has no {}", name));
    return line;
  }
  const std::string secret = AskHidden(name + ": ");
  if (secret != AskHidden(name + " again: ")) Die("the two are not the same; nothing was done");
  if (secret.empty()) Die(fmt::format("no {} was entered; nothing was done", name));
  return secret;
}

std::string ReadWhole(const std::string& file, size_t max_bytes) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) DieOf(file);
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string content;
  char buffer[64 << 10];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    content.append(buffer, static_cast<size_t>(in.gcount()));
    if (content.size() > max_bytes) {
      Die(fmt::format("{} is larger than {} bytes", file, max_bytes));
    }
  }
  if (in.bad()) DieOf(file);
  return content;
}

void WriteWhole(const std::string& file, const std::string& content, bool force) {
  if (file == "-") return WriteAll(STDOUT_FILENO, content, "standard output");
  if (!force && access(file.c_str(), F_OK) == 0) {
    Die(fmt::format("{} exists; --force replaces it", file));
  }
  std::string beside = file + ".XXXXXX";
  const int fd = mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) DieOf(file);
  WriteAll(fd, content, beside);
  if (close(fd) != 0 || rename(beside.c_str(), file.c_str()) != 0) {
    const int why = errno;
    unlink(beside.c_str());
    errno = why;
    DieOf(file);
  }
}

std::string ValueOrFile(const std::string& value) {
  return value.starts_with('@') ? ReadWhole(value.substr(1), kMostValueBytes) : value;
}

}  // namespace um::cli
