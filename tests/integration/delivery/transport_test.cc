// The two ways into a mail system, against one that misbehaves in every way there is.
#include "mailbox/delivery/transport.h"

#include <algorithm>

#include "tests/integration/delivery/mail_sink.h"
#include "tests/support/catch.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;
using tests::kHang;
using tests::MailSink;
using tests::SinkScript;

constexpr char kMail[] = "Subject: x\r\n\r\n.\r\n..two\r\nend\r\n";

constexpr TimeLimits kQuick{.connect = 1s, .reply = 300ms, .acceptance = 1s, .total = 5s};

Outcome Send(const MailSink& sink, const std::string& scheme, MailOptions options = {},
             const std::string& mail = kMail) {
  options.address = scheme + "://" + sink.address();
  options.host_name = "node1.example.com";
  const std::atomic<bool> abandon = false;
  return MakeTransport(options, kQuick).value()->Send("ann@example.com", mail, abandon);
}

bool Said(MailSink& sink, const std::string& command) {
  const auto all = sink.received();
  return std::any_of(all.begin(), all.end(), [&](const auto& r) {
    return std::find(r.commands.begin(), r.commands.end(), command) != r.commands.end();
  });
}

TEST_CASE("LMTP and SMTP carry a mail unchanged, dots and all, from nobody to one recipient") {
  for (const std::string scheme : {"lmtp", "smtp"}) {
    INFO(scheme);
    MailSink sink;
    const Outcome outcome = Send(sink, scheme);
    CHECK(outcome.text.find("saved") != std::string::npos);
    REQUIRE(outcome.kind == Outcome::kAccepted);
    const auto received = sink.received();
    REQUIRE(received.size() == 1);
    CHECK(MailSink::Unstuffed(received[0].raw) == kMail);
    CHECK(Said(sink, "RCPT TO:<ann@example.com>"));
    CHECK(Said(sink, scheme == "lmtp" ? "LHLO node1.example.com" : "EHLO node1.example.com"));
    CHECK(received[0].commands[1].starts_with("MAIL FROM:<>"));
  }
}

TEST_CASE(
    "LMTP names the size only where it is offered, and keeps a mail that is too big at home") {
  MailSink silent;
  CHECK(Send(silent, "lmtp").kind == Outcome::kAccepted);
  CHECK(Said(silent, "MAIL FROM:<>"));
  MailSink offering({.replies = {{"LHLO", "250-sink\r\n250-size 1000\r\n250 8BITMIME\r\n"}}});
  CHECK(Send(offering, "lmtp").kind == Outcome::kAccepted);
  CHECK(Said(offering, "MAIL FROM:<> SIZE=" + std::to_string(sizeof kMail - 1)));
  const Outcome outcome = Send(offering, "lmtp", {}, std::string(1001, 'x'));
  CHECK(outcome.kind == Outcome::kPermanent);
  CHECK(outcome.text.find("1001 bytes") != std::string::npos);
}

TEST_CASE("LMTP announces 8-bit mail where that is offered") {
  MailSink sink({.replies = {{"LHLO", "250-sink\r\n250 8BITMIME\r\n"}}});
  CHECK(Send(sink, "lmtp", {}, "Subject: x\r\n\r\n\xC3\xBC\r\n").kind == Outcome::kAccepted);
  CHECK(Said(sink, "MAIL FROM:<> BODY=8BITMIME"));
}

TEST_CASE("a mail without a line end at its end gets one") {
  MailSink sink;
  CHECK(Send(sink, "lmtp", {}, "Subject: x\r\n\r\nend").kind == Outcome::kAccepted);
  CHECK(MailSink::Unstuffed(sink.received()[0].raw) == "Subject: x\r\n\r\nend\r\n");
}

TEST_CASE("a refusal is permanent only if it is about this recipient or this mail") {
  struct {
    const char* verb;
    const char* reply;
    Outcome::Kind kind;
  } const cases[] = {
      {"RCPT", "550 5.1.1 no such user\r\n", Outcome::kPermanent},
      {"RCPT", "452 4.2.2 mailbox full\r\n", Outcome::kTemporary},
      {"DATA", "554 5.6.0 no\r\n", Outcome::kPermanent},
      {"DATA", "451 4.3.0 later\r\n", Outcome::kTemporary},
      {"end", "554-5.7.1 this looks\r\n554 5.7.1 like spam\r\n", Outcome::kPermanent},
      {"end", "451 4.3.0 disk trouble\r\n", Outcome::kTemporary},
      {"MAIL", "530 5.7.0 log in first\r\n", Outcome::kTemporary},
      {"MAIL", "552 5.3.4 too big\r\n", Outcome::kPermanent},
      {"greeting", "554 no service\r\n", Outcome::kTemporary},
      {"greeting", "421 busy\r\n", Outcome::kTemporary},
  };
  for (const std::string scheme : {"lmtp", "smtp"}) {
    for (const auto& c : cases) {
      INFO(scheme << " " << c.verb << " " << c.reply);
      MailSink sink({.replies = {{c.verb, c.reply}}});
      const Outcome outcome = Send(sink, scheme);
      CHECK(outcome.kind == c.kind);
      CHECK(outcome.text.find(std::string(c.reply).substr(0, 3)) != std::string::npos);
      // What the server said is there to be read.
      const std::string last = std::string(c.reply).substr(std::string(c.reply).size() - 6, 4);
      if (scheme == "lmtp" || std::string(c.verb) != "greeting") {
        CHECK(outcome.text.find(last) != std::string::npos);
      }
    }
  }
}

TEST_CASE("a server that stops answering or goes away at any step is tried again later") {
  for (const std::string scheme : {"lmtp", "smtp"}) {
    for (const char* verb :
         {"greeting", scheme == "lmtp" ? "LHLO" : "EHLO", "MAIL", "RCPT", "DATA", "end"}) {
      for (const std::string& reply : {std::string(kHang), std::string()}) {
        INFO(scheme << " " << verb << " " << reply);
        MailSink sink({.replies = {{verb, reply}}});
        CHECK(Send(sink, scheme).kind == Outcome::kTemporary);
      }
    }
  }
}

TEST_CASE("what is no mail server's reply ends the conversation, however long it is") {
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "220-line\r\n";
  for (const std::string& reply :
       {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string("22\r\n"), std::string("220x\r\n"),
        std::string("220-one\r\n550 two\r\n"), std::string(1000000, 'x'), many + "220 end\r\n",
        std::string("\r\n"), std::string("999 what\r\n"), std::string("\0\0\0\r\n", 5),
        std::string("-20 x\r\n"), std::string("150 maybe\r\n")}) {
    INFO(reply.substr(0, 40));
    MailSink sink({.replies = {{"greeting", reply}}});
    const Outcome outcome = Send(sink, "lmtp");
    CHECK(outcome.kind == Outcome::kTemporary);
    CHECK(outcome.text.size() < 1000);
  }
}

TEST_CASE("control characters of a server's reply never reach the administrator's terminal") {
  for (const std::string scheme : {"lmtp", "smtp"}) {
    MailSink sink({.replies = {{"RCPT", "550 \x1b[31mred\x07\r\n"}}});
    const std::string text = Send(sink, scheme).text;
    CHECK(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }));
  }
}

TEST_CASE("nobody there: tried again later, and the reason is told") {
  int port;
  {
    MailSink gone;
    port = gone.port();
  }
  for (const std::string scheme : {"lmtp", "smtp"}) {
    const std::atomic<bool> abandon = false;
    const auto transport = MakeTransport(
        {.address = scheme + "://127.0.0.1:" + std::to_string(port), .host_name = "n"}, kQuick);
    const Outcome outcome = (*transport)->Send("a@x", kMail, abandon);
    CHECK(outcome.kind == Outcome::kTemporary);
    CHECK_FALSE(outcome.text.empty());
  }
  const std::atomic<bool> abandon = false;
  const auto socket = MakeTransport({.address = "lmtp:///nowhere/lmtp", .host_name = "n"});
  CHECK((*socket)->Send("a@x", kMail, abandon).text ==
        "connect to mail server: No such file or directory");
}

TEST_CASE("nobody waits for a goodbye once the mail is taken") {
  for (const std::string scheme : {"lmtp", "smtp"}) {
    INFO(scheme);
    MailSink sink({.replies = {{"QUIT", kHang}}});
    const auto start = std::chrono::steady_clock::now();
    CHECK(Send(sink, scheme).kind == Outcome::kAccepted);
    CHECK(std::chrono::steady_clock::now() - start < 900ms);
    const auto end = start + 10s;  // it may still be on its way
    while (!Said(sink, "QUIT") && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(Said(sink, "QUIT"));
  }
}

TEST_CASE("a submission under way ends soon after it is abandoned") {
  for (const std::string scheme : {"lmtp", "smtp"}) {
    MailSink sink({.replies = {{"end", kHang}}});
    std::atomic<bool> abandon = false;
    const auto transport =
        MakeTransport({.address = scheme + "://" + sink.address(), .host_name = "n"}).value();
    std::thread other([&] {
      while (sink.received().empty() || sink.received()[0].raw.empty()) std::this_thread::yield();
      abandon = true;
    });
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = transport->Send("a@x", kMail, abandon);
    CHECK(outcome.kind == Outcome::kTemporary);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    other.join();
  }
}

TEST_CASE("a login on this machine needs no TLS") {
  MailSink sink;
  CHECK(Send(sink, "smtp", {.username = "ann", .password = "hush"}).kind == Outcome::kAccepted);
  CHECK(Said(sink, "AUTH AGFubgBodXNo\r\n"));  // RFC 4616: NUL ann NUL hush
}

TEST_CASE("a refused login leaves the mail in the queue, and the password nowhere") {
  MailSink sink({.replies = {{"AUTH", "535 5.7.8 wrong\r\n"}}});
  const Outcome outcome = Send(sink, "smtp", {.username = "ann", .password = "hush"});
  CHECK(outcome.kind == Outcome::kTemporary);
  CHECK(outcome.text.find("hush") == std::string::npos);
  CHECK(outcome.text.find("AGFubgBodXNo") == std::string::npos);
}

TEST_CASE("TLS is taken where it is offered") {
  MailSink sink({.tls = SinkScript::kStartTls});
  CHECK(Send(sink, "smtp").kind == Outcome::kAccepted);
  CHECK(sink.received()[0].encrypted);
}

TEST_CASE("where TLS is required, a server without it or without a good certificate gets nothing") {
  for (const SinkScript::Tls tls : {SinkScript::kNone, SinkScript::kStartTls}) {
    MailSink sink({.tls = tls});
    const MailOptions options{.username = "ann", .password = "hush", .require_tls = true};
    CHECK(Send(sink, "smtp", options).kind == Outcome::kTemporary);
    for (const auto& received : sink.received()) {
      CHECK(received.raw.empty());
      for (const std::string& command : received.commands) CHECK_FALSE(command.starts_with("AUTH"));
    }
  }
  MailSink implicit({.tls = SinkScript::kImplicit});
  CHECK(Send(implicit, "smtps").kind == Outcome::kTemporary);
}

}  // namespace
}  // namespace um::delivery
