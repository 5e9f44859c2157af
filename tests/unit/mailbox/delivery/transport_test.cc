#include "mailbox/delivery/transport.h"

#include "tests/support/catch.h"

namespace um::delivery {
namespace {

TEST_CASE("a mail server's address is read") {
  const ServerAddress lmtp = ParseServerAddress("lmtp://127.0.0.1:2424").value();
  CHECK(lmtp.scheme == ServerAddress::kLmtp);
  CHECK(lmtp.host == "127.0.0.1");
  CHECK(lmtp.port == 2424);
  CHECK(ParseServerAddress("lmtp:///run/dovecot/lmtp")->path == "/run/dovecot/lmtp");
  CHECK(ParseServerAddress("lmtp://mail.example.com")->port == 24);
  CHECK(ParseServerAddress("smtp://mail.example.com/")->port == 25);
  CHECK(ParseServerAddress("smtps://mail.example.com")->port == 465);
  CHECK(ParseServerAddress("smtp://[2001:db8::1]:587")->host == "2001:db8::1");
  CHECK(ParseServerAddress("smtp://[2001:db8::1]:587")->port == 587);
}

TEST_CASE("a mail server's address that makes no sense is refused") {
  for (const char* bad : {"", "mail.example.com", "imap://x", "smtp://", "smtp://:25",
                          "smtp://x:", "smtp://x:0", "smtp://x:99999", "smtp://x:25x",
                          "smtp://[::1", "smtp://a b", "smtp://a@b", "smtp:///x", "lmtp://"}) {
    INFO(bad);
    CHECK(ParseServerAddress(bad).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK_FALSE(ParseServerAddress("lmtp:///" + std::string(200, 'x')).ok());
  CHECK_FALSE(MakeTransport({.address = "lmtp://x", .username = "ann"}).ok());
  CHECK_FALSE(MakeTransport({.address = "lmtp://x", .require_tls = true}).ok());
}

TEST_CASE("only a harmless address may be a recipient") {
  for (const char* good :
       {"ann@example.com", "ann.archer+vm@example.com", "ann", "o'neil@example.com"}) {
    CHECK(IsMailAddress(good));
  }
  for (const char* bad : {"", "@", "ann@", "@x", "a b@x", "a@x>\r\nRCPT TO:<eve@x", "a@x\r\n",
                          "<a@x>", "a,b@x", "J\xC3\xBC@x", "a@x\t", "a;b@x", "\"a\"@x"}) {
    INFO(bad);
    CHECK_FALSE(IsMailAddress(bad));
  }
  CHECK_FALSE(IsMailAddress(std::string(300, 'a') + "@x"));
}

TEST_CASE("only a refusal of this recipient or this mail is permanent") {
  CHECK(OutcomeOf("RCPT", 550, "no such user").kind == Outcome::kPermanent);
  CHECK(OutcomeOf("DATA", 554, "spam").kind == Outcome::kPermanent);
  CHECK(OutcomeOf("MAIL", 552, "too big").kind == Outcome::kPermanent);
  CHECK(OutcomeOf("MAIL", 530, "log in first").kind == Outcome::kTemporary);
  CHECK(OutcomeOf("greeting", 554, "no service").kind == Outcome::kTemporary);
  CHECK(OutcomeOf("AUTH", 535, "wrong password").kind == Outcome::kTemporary);
  CHECK(OutcomeOf("RCPT", 452, "mailbox full").kind == Outcome::kTemporary);
  CHECK(OutcomeOf("DATA", 250, "ok").kind == Outcome::kAccepted);
  CHECK(OutcomeOf("RCPT", 550, "no\r\nsuch\x1b[31m user").text == "RCPT: 550 no such [31m user");
}

TEST_CASE("the wait doubles from 5 s to 5 min and varies by a quarter") {
  const MailOptions options;
  const auto middle = [&](int attempts) { return RetryDelay(options, attempts, 0.5).count(); };
  CHECK(middle(0) == 5000);
  CHECK(middle(1) == 10000);
  CHECK(middle(5) == 160000);
  CHECK(middle(6) == 300000);
  CHECK(middle(1000000) == 300000);
  CHECK(RetryDelay(options, 0, 0).count() == 3750);
  CHECK(RetryDelay(options, 0, 1).count() == 6250);
}

TEST_CASE("mail options get the system's host name, and are checked") {
  CHECK_FALSE(Completed({.address = "lmtp://x"})->host_name.empty());
  CHECK(Completed({.host_name = "node1"})->host_name == "node1");
  CHECK_FALSE(Completed({.host_name = "no de"}).ok());
  CHECK_FALSE(Completed({.from = "x\r\nBcc: eve", .host_name = "node1"}).ok());
}

}  // namespace
}  // namespace um::delivery
