// LMTP (RFC 2033), a client for one recipient at a time.
//
//   S: 220 ...                     C: LHLO us           S: 250-... extensions
//   C: MAIL FROM:<>                S: 250
//   C: RCPT TO:<ann@example.com>   S: 250
//   C: DATA   S: 354               C: mail, ".", CRLF   S: 250 (one reply per recipient)
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "mailbox/delivery/transport.h"
#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

using std::chrono::steady_clock;

// RFC 5321 section 4.5.3.1.5 says 512; some servers explain at length.
constexpr size_t kMaxLine = 2048;
constexpr int kMaxLines = 100;                           // of one reply
constexpr auto kSlice = std::chrono::milliseconds(200);  // how late `abandon` may be noticed

struct Reply {
  int code = 0;
  std::vector<std::string> lines;  // without code
};

// One connection. Every wait ends at the step's limit, at the total limit, or when the delivery is
// abandoned.
class Connection {
 public:
  Connection(const TimeLimits& limits, const std::atomic<bool>& abandon)
      : end_(steady_clock::now() + limits.total), abandon_(abandon) {}
  ~Connection() { Close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool Connect(const ServerAddress& server, std::chrono::milliseconds limit);
  bool Write(std::string_view bytes, std::chrono::milliseconds limit);
  std::optional<Reply> Read(std::chrono::milliseconds limit);
  /// Why the last call failed.
  const std::string& error() const { return error_; }

 private:
  bool ConnectTo(const sockaddr* address, socklen_t length, std::chrono::milliseconds limit);
  bool Wait(short events, steady_clock::time_point until);
  bool ReadLine(std::string& line, steady_clock::time_point until);
  bool Fail(std::string why) {
    error_ = std::move(why);
    return false;
  }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  const steady_clock::time_point end_;
  const std::atomic<bool>& abandon_;
  int fd_ = -1;
  std::string buffer_;
  std::string error_;
};

bool Connection::Wait(short events, steady_clock::time_point until) {
  until = std::min(until, end_);
  while (true) {
    if (abandon_) return Fail("abandoned: this node is stopping");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) return Fail("no answer in time");
    pollfd waited{fd_, events, 0};
    const int n = poll(&waited, 1,
                       static_cast<int>(std::min(left, std::chrono::milliseconds(kSlice)).count()));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return Fail(std::strerror(errno));
  }
}

bool Connection::ConnectTo(const sockaddr* address, socklen_t length,
                           std::chrono::milliseconds limit) {
  Close();
  fd_ = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return Fail(std::strerror(errno));
  if (connect(fd_, address, length) == 0) return true;
  if (errno != EINPROGRESS) return Fail(std::strerror(errno));
  if (!Wait(POLLOUT, steady_clock::now() + limit)) return false;
  int failure = 0;
  socklen_t size = sizeof failure;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failure, &size);
  return failure == 0 || Fail(std::strerror(failure));
}

bool Connection::Connect(const ServerAddress& server, std::chrono::milliseconds limit) {
  if (!server.path.empty()) {
    sockaddr_un address{.sun_family = AF_UNIX};
    server.path.copy(address.sun_path, sizeof address.sun_path - 1);
    return ConnectTo(reinterpret_cast<const sockaddr*>(&address), sizeof address, limit);
  }
  const addrinfo hints{
      .ai_flags = AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (const int e =
          getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &hints, &found);
      e != 0) {
    return Fail(gai_strerror(e));
  }
  bool connected = false;
  for (const addrinfo* a = found; a != nullptr && !connected; a = a->ai_next) {
    connected = ConnectTo(a->ai_addr, a->ai_addrlen, limit);
  }
  freeaddrinfo(found);
  return connected;
}

bool Connection::Write(std::string_view bytes, std::chrono::milliseconds limit) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
      return Fail(std::strerror(errno));
    } else if (!Wait(POLLOUT, steady_clock::now() + limit)) {
      return false;  // RFC 5321 section 4.5.3.2.5: a limit per block
    }
  }
  return true;
}

bool Connection::ReadLine(std::string& line, steady_clock::time_point until) {
  size_t end;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (buffer_.size() > kMaxLine) return Fail("the server's reply is too long");
    if (!Wait(POLLIN, until)) return false;
    char bytes[1024];
    const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
    if (n == 0) return Fail("the server closed the connection");
    if (n < 0 && errno != EAGAIN && errno != EINTR) return Fail(std::strerror(errno));
    if (n > 0) buffer_.append(bytes, static_cast<size_t>(n));
  }
  line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

// RFC 5321 section 4.2.1: three digits, "-" in all lines but the last.
std::optional<Reply> Connection::Read(std::chrono::milliseconds limit) {
  const auto until = steady_clock::now() + limit;
  Reply reply;
  std::string line;
  while (ReadLine(line, until)) {
    int code = 0;
    const auto [end, failure] =
        std::from_chars(line.data(), line.data() + std::min<size_t>(line.size(), 3), code);
    const char mark = line.size() > 3 ? line[3] : ' ';
    if (failure != std::errc() || end != line.data() + 3 || code < 200 || code > 599 ||
        (mark != ' ' && mark != '-') || (reply.code != 0 && reply.code != code)) {
      Fail("this is no mail server's reply: " + line);
      return std::nullopt;
    }
    reply.code = code;
    reply.lines.push_back(line.size() > 4 ? line.substr(4) : "");
    if (mark == ' ') return reply;
    if (reply.lines.size() > kMaxLines) {
      Fail("the server's reply is too long");
      return std::nullopt;
    }
  }
  return std::nullopt;
}

// RFC 5321 section 4.5.2: a line that begins with a period gets another; the mail ends with a line
// of one.
std::string DotStuffed(std::string_view mail) {
  std::string out;
  out.reserve(mail.size() + mail.size() / 64 + 8);
  bool line_start = true;
  for (const char c : mail) {
    if (line_start && c == '.') out += '.';
    out += c;
    line_start = c == '\n';
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out + ".\r\n";
}

// What LHLO's reply offers (RFC 1869).
struct Extensions {
  bool size = false;
  uint64_t max_size = 0;  // 0: none told
  bool eight_bit = false;
};

Extensions ExtensionsOf(const Reply& lhlo) {
  Extensions found;
  for (std::string line : lhlo.lines) {
    for (char& c : line) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (line == "8BITMIME") found.eight_bit = true;
    if (line == "SIZE" || line.starts_with("SIZE ")) {
      found.size = true;
      if (line.size() > 5)
        std::from_chars(line.data() + 5, line.data() + line.size(), found.max_size);
    }
  }
  return found;
}

class Lmtp final : public Transport {
 public:
  Lmtp(ServerAddress server, std::string host_name, const TimeLimits& limits)
      : server_(std::move(server)), host_name_(std::move(host_name)), limits_(limits) {}

  Outcome Send(const std::string& recipient, std::string_view mail,
               const std::atomic<bool>& abandon) override {
    Connection connection(limits_, abandon);
    if (!connection.Connect(server_, limits_.connect))
      return Lost(connection, "connect to mail server");
    const auto greeting = connection.Read(limits_.reply);
    if (!greeting) return Lost(connection, "first reply");
    if (greeting->code != 220) return Refused("first reply", *greeting);
    const Outcome outcome = Converse(connection, recipient, mail);
    // RFC 2033 section 4.1: politeness, but nobody waits for the answer.
    connection.Write("QUIT\r\n", std::chrono::milliseconds(0));
    return outcome;
  }

 private:
  Outcome Converse(Connection& connection, const std::string& recipient, std::string_view mail);

  // Sends one command and reads its reply; an outcome if that is the end.
  std::optional<Outcome> Command(Connection& connection, std::string_view name,
                                 const std::string& line, int wanted, Reply* reply = nullptr) {
    if (!connection.Write(line + "\r\n", limits_.reply)) return Lost(connection, name);
    auto answer = connection.Read(limits_.reply);
    if (!answer) return Lost(connection, name);
    if (answer->code != wanted && !(wanted == 250 && answer->code == 251))
      return Refused(name, *answer);
    if (reply != nullptr) *reply = *std::move(answer);
    return std::nullopt;
  }

  static Outcome Lost(const Connection& connection, std::string_view step) {
    return {Outcome::kTemporary, CleanLine(fmt::format("{}: {}", step, connection.error()), 300)};
  }
  static Outcome Refused(std::string_view step, const Reply& reply) {
    Outcome outcome = OutcomeOf(step, reply.code, fmt::format("{}", fmt::join(reply.lines, " ")));
    // A success that was not asked for is none.
    if (outcome.kind == Outcome::kAccepted) outcome.kind = Outcome::kTemporary;
    return outcome;
  }

  const ServerAddress server_;
  const std::string host_name_;
  const TimeLimits limits_;
};

Outcome Lmtp::Converse(Connection& connection, const std::string& recipient,
                       std::string_view mail) {
  Reply lhlo;
  if (auto end = Command(connection, "LHLO", "LHLO " + host_name_, 250, &lhlo)) return *end;
  const Extensions extensions = ExtensionsOf(lhlo);
  const std::string data = DotStuffed(mail);
  std::string from = "MAIL FROM:<>";
  if (extensions.size) {  // RFC 1870; Dovecot answers 555 to a SIZE it has not offered
    if (extensions.max_size != 0 && mail.size() > extensions.max_size) {
      return {Outcome::kPermanent, fmt::format("MAIL: the mail has {} bytes, the server takes {}",
                                               mail.size(), extensions.max_size)};
    }
    from += fmt::format(" SIZE={}", mail.size());
  }
  const bool eight_bit =
      std::any_of(mail.begin(), mail.end(), [](char c) { return (c & 0x80) != 0; });
  if (eight_bit && extensions.eight_bit) from += " BODY=8BITMIME";  // RFC 6152
  if (auto end = Command(connection, "MAIL", from, 250)) return *end;
  if (auto end = Command(connection, "RCPT", fmt::format("RCPT TO:<{}>", recipient), 250))
    return *end;
  if (auto end = Command(connection, "DATA", "DATA", 354)) return *end;
  if (!connection.Write(data, limits_.reply)) return Lost(connection, "DATA");
  const auto accepted = connection.Read(limits_.acceptance);
  if (!accepted) return Lost(connection, "end of DATA");
  return accepted->code == 250
             ? OutcomeOf("DATA", 250, fmt::format("{}", fmt::join(accepted->lines, " ")))
             : Refused("DATA", *accepted);
}

}  // namespace

std::unique_ptr<Transport> MakeLmtp(const ServerAddress& server, const std::string& host_name,
                                    const TimeLimits& limits) {
  return std::make_unique<Lmtp>(server, host_name, limits);
}

}  // namespace um::delivery
