#include "mailbox/delivery/notice_mail.h"

#include <regex>

#include "tests/support/catch.h"

namespace um::delivery {
namespace {

using Catch::Contains;
using namespace std::chrono_literals;

const Originator kOriginator{"voicemail@example.com", "node1.example.com"};

store::StoredNotice Notice(store::NoticeKind kind) {
  store::StoredNotice stored;
  stored.id = "01JGXYZ0123456789ABCDEFGHJ";
  stored.notice = {kind, "acme", "ID-ann", ""};
  stored.mailbox = "ann";
  stored.mails = 3;
  return stored;
}

NoticeFacts Facts() {
  return {.name = "Ann Archer",
          .address = "ann@example.com",
          .extensions = {"1001", "1002"},
          .access_number = "+1 425 555 0100",
          .text = "<b>Help:</b> call 8000<script>"};
}

/// The mail with its soft line breaks taken out (RFC 2045 section 6.7).
std::string Build(store::NoticeKind kind, const NoticeFacts& facts, const std::string& pin) {
  const std::string mail = BuildNotice(Notice(kind), facts, "ann@example.com", pin,
                                       domain::WallTime(1'767'366'245s), kOriginator);
  return std::regex_replace(mail, std::regex("=\r\n"), "");
}

TEST_CASE("a welcome mail tells numbers, PIN and how to call in") {
  const std::string mail = Build(store::NoticeKind::kWelcome, Facts(), "482913");
  INFO(mail);
  CHECK_THAT(mail, Contains("From: Voice Mail <voicemail@example.com>\r\n"));
  CHECK_THAT(mail, Contains("To: Ann Archer <ann@example.com>\r\n"));
  CHECK_THAT(mail, Contains("Subject: Welcome to voice mail, Ann Archer\r\n"));
  CHECK_THAT(mail, Contains("Message-Id: <01JGXYZ0123456789ABCDEFGHJ.3@node1.example.com>\r\n"));
  CHECK_THAT(mail, Contains("Auto-Submitted: auto-generated\r\n"));
  CHECK_THAT(mail, Contains("\r\nExtensions:    1001, 1002\r\n"));
  CHECK_THAT(mail, Contains("\r\nAccess number: +1 425 555 0100\r\n"));
  CHECK_THAT(mail, Contains("\r\nPIN:           482913\r\n"));
  CHECK_THAT(mail, Contains("By phone: call the access number, enter your extension"));
  CHECK_THAT(mail, Contains("<b>482913</b>"));
  CHECK_THAT(mail, Contains("\r\nHelp: call 8000\r\n"));
  CHECK_THAT(mail, Contains("<div><b>Help:</b> call 8000</div>"));
}

TEST_CASE("a PIN mail tells the new PIN, and never in its subject") {
  NoticeFacts facts = Facts();
  facts.access_number.clear();
  facts.extensions = {"1001"};
  facts.text.clear();
  const std::string mail = Build(store::NoticeKind::kPinReset, facts, "482913");
  INFO(mail);
  CHECK_THAT(mail, Contains("Subject: New voice mail PIN for Ann Archer\r\n"));
  CHECK_THAT(mail, Contains("\r\nExtension: 1001\r\n"));
  CHECK_THAT(mail, Contains("\r\nPIN:       482913\r\n"));
  CHECK_THAT(mail, Contains("your administrator tells you which number to call"));
  CHECK_THAT(mail, !Contains("Access number"));
  CHECK_THAT(mail, !Contains("<div>"));
  CHECK(mail.substr(0, mail.find("\r\n\r\n")).find("482913") == std::string::npos);
}

TEST_CASE("whatever stands in names and numbers, the mail keeps its form") {
  NoticeFacts facts = Facts();
  facts.name = "Eve\r\nBcc: all@example.com\r\n\r\n<script>";
  facts.extensions = {"1\r\n.\r\n", ""};
  facts.access_number = "<img src=x>";
  facts.language = "\xFF";
  const std::string mail = Build(store::NoticeKind::kWelcome, facts, "482913");
  const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
  INFO(mail);
  CHECK_THAT(head, !Contains("\r\nBcc:"));
  CHECK_THAT(head, Contains("auto-generated"));
  const std::string html = mail.substr(mail.find("text/html"));
  CHECK_THAT(html, !Contains("<script>"));
  CHECK_THAT(html, !Contains("<img"));
  CHECK_THAT(mail, Contains("Extensions:    1 .\r\n"));
}

}  // namespace
}  // namespace um::delivery
