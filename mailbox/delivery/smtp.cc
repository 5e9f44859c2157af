// SMTP submission: the adapter of libcurl (RFC 5321, 3207, 4954).
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "mailbox/delivery/transport.h"
#include "mailbox/delivery/words.h"

namespace um::delivery {
namespace {

struct FreeEasy {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

// One submission as libcurl's callbacks see it.
struct Exchange {
  std::string_view mail;
  size_t sent = 0;
  /// The last command of ours; never its arguments, which may be a password.
  std::string command = "connect to mail server";
  std::string reply;  // the server's last line
  const std::atomic<bool>* abandon = nullptr;
  std::vector<curl_socket_t> sockets;  // open ones

  // Nothing more is read: every wait for a reply ends.
  void Deafen() const {
    for (const curl_socket_t socket : sockets) shutdown(socket, SHUT_RD);
  }
};

int OnSocket(void* self, curl_socket_t socket, curlsocktype) {
  static_cast<Exchange*>(self)->sockets.push_back(socket);
  return CURL_SOCKOPT_OK;
}

int OnClose(void* self, curl_socket_t socket) {
  std::erase(static_cast<Exchange*>(self)->sockets, socket);
  return close(socket);
}

size_t OnRead(char* to, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const size_t n = std::min(size * count, exchange.mail.size() - exchange.sent);
  std::memcpy(to, exchange.mail.data() + exchange.sent, n);
  exchange.sent += n;
  return n;
}

int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (!*exchange.abandon) return 0;
  exchange.Deafen();
  return 1;
}

// libcurl tells the code of the last reply but neither its text nor what it answered: both are read
// off here.
int OnTrace(CURL*, curl_infotype type, char* data, size_t size, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const std::string_view text(data, size);
  if (type == CURLINFO_HEADER_OUT && text.starts_with("QUIT")) {
    // libcurl would wait two minutes for the answer, and what happened to the mail is known.
    exchange.Deafen();
  } else if (type == CURLINFO_HEADER_OUT) {
    const std::string_view verb = text.substr(0, text.find_first_of(" \r\n"));
    // The parts of a login are no commands: they keep the name of the one before.
    for (const char* known : {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"}) {
      if (verb == known) exchange.command = verb;
    }
    exchange.reply.clear();
  } else if (type == CURLINFO_DATA_OUT) {
    exchange.reply.clear();
  } else if (type == CURLINFO_HEADER_IN && exchange.reply.size() < 2000) {
    exchange.reply += text.substr(0, 500);
  }
  return 0;
}

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class Smtp final : public Transport {
 public:
  Smtp(const ServerAddress& server, const MailOptions& options, const TimeLimits& limits)
      : server_(server), options_(options), limits_(limits) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  }

  Outcome Send(const std::string& recipient, std::string_view mail,
               const std::atomic<bool>& abandon) override {
    Exchange exchange{.mail = mail, .abandon = &abandon};  // outlives what calls back
    const Easy easy(curl_easy_init());
    const List recipients(curl_slist_append(nullptr, fmt::format("<{}>", recipient).c_str()));
    if (easy == nullptr || recipients == nullptr) return {Outcome::kTemporary, "no memory"};
    SetServer(easy.get());
    SetExchange(easy.get(), exchange);
    // No CURLOPT_MAIL_FROM: libcurl then says MAIL FROM:<>.
    curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, recipients.get());
    const CURLcode code = curl_easy_perform(easy.get());
    if (code == CURLE_OK) return {Outcome::kAccepted, CleanLine(exchange.reply, 300)};
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    return OutcomeOf(code, static_cast<int>(status), exchange);
  }

 private:
  void SetServer(CURL* easy) const;
  void SetExchange(CURL* easy, Exchange& exchange) const;
  Outcome OutcomeOf(CURLcode code, int status, const Exchange& exchange) const;

  const ServerAddress server_;
  const MailOptions options_;
  const TimeLimits limits_;
};

void Smtp::SetServer(CURL* easy) const {
  const bool implicit = server_.scheme == ServerAddress::kSmtps;
  const bool ipv6 = server_.host.find(':') != std::string::npos;
  const std::string host = ipv6 ? fmt::format("[{}]", server_.host) : server_.host;
  // The path is our name in EHLO.
  curl_easy_setopt(easy, CURLOPT_URL,
                   fmt::format("{}://{}:{}/{}", implicit ? "smtps" : "smtp", host, server_.port,
                               options_.host_name)
                       .c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // whatever the environment says
  const bool login = !options_.username.empty();
  // A password goes over TLS to a server whose certificate is good, or stays on this machine.
  // Without one, and without require_tls, TLS is taken where it is offered and certificates are not
  // judged: better than clear text (RFC 7435).
  const bool insist = implicit || options_.require_tls || (login && !IsLoopback(server_.host));
  curl_easy_setopt(easy, CURLOPT_USE_SSL,
                   static_cast<long>(insist ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, insist ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, insist ? 2L : 0L);
  if (login) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, options_.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, options_.password.c_str());
  }
}

void Smtp::SetExchange(CURL* easy, Exchange& exchange) const {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
  curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   static_cast<long>(limits_.acceptance.count() / 1000));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.total.count()));
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(exchange.mail.size()));
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &OnRead);
  curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);  // the connection ends within the submission
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &OnSocket);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &OnClose);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);  // for OnTrace
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &OnTrace);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &exchange);
}

Outcome Smtp::OutcomeOf(CURLcode code, int status, const Exchange& exchange) const {
  if (*exchange.abandon) return {Outcome::kTemporary, "abandoned: this node is stopping"};
  // These two are how libcurl reports a reply it cannot go on after; with others the last reply was
  // a good one.
  const bool refused = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
                       code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED ||
                       code == CURLE_REMOTE_ACCESS_DENIED;
  if (refused && status >= 400) {
    const std::string_view text = exchange.reply;
    return delivery::OutcomeOf(exchange.command, status, text.size() > 4 ? text.substr(4) : text);
  }
  return {Outcome::kTemporary,
          CleanLine(fmt::format("{}: {}", exchange.command, curl_easy_strerror(code)), 300)};
}

}  // namespace

std::unique_ptr<Transport> MakeSmtp(const ServerAddress& server, const MailOptions& options,
                                    const TimeLimits& limits) {
  return std::make_unique<Smtp>(server, options, limits);
}

}  // namespace um::delivery
