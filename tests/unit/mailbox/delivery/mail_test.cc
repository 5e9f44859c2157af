#include "mailbox/delivery/mail.h"

#include "tests/support/catch.h"
#include "tests/unit/mailbox/delivery/parsed_mail.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;

const Originator kOriginator{"voicemail@example.com", "node1.example.com"};

store::StoredMessage Voice() {
  store::StoredMessage m;
  m.call.message_id = "01JGXYZ0123456789ABCDEFGHJ";
  m.call.trace_id = "00112233445566778899aabbccddeeff";
  m.call.mailbox_name = "Ann Archer";
  m.call.extension = "4711";
  m.call.email = "ann@example.com";
  m.call.caller = {"+15551234567", "Jürgen Groß"};
  m.call.sip_call_id = "f81d4fae@gateway.example.com";
  m.call.started = domain::WallTime(std::chrono::seconds(1767366245));
  m.call.time_zone = "UTC";
  m.duration = 65400ms;
  return m;
}

store::StoredMessage Missed() {
  store::StoredMessage m = Voice();
  m.kind = domain::MessageKind::kMissedCall;
  m.duration = 0ms;
  return m;
}

std::string Bytes256() {
  std::string all;
  for (int i = 0; i < 1000; ++i) all += static_cast<char>(i);
  return all;
}

// Every line ends with CRLF, is 7-bit and short enough (RFC 5322 section 2.1.1).
void CheckTransportable(const std::string& mail) {
  CHECK(mail.ends_with("\r\n"));
  size_t start = 0;
  for (size_t i = 0; i < mail.size(); ++i) {
    REQUIRE((mail[i] & 0x80) == 0);
    REQUIRE(mail[i] != '\0');
    if (mail[i] == '\r') REQUIRE(mail[i + 1] == '\n');
    if (mail[i] != '\n') continue;
    REQUIRE(i > 0);
    REQUIRE(mail[i - 1] == '\r');
    REQUIRE(i - start <= 999);
    start = i + 1;
  }
}

TEST_CASE("what the policy adds is in voice mails' text and HTML, and in no missed call") {
  store::StoredMessage message = Voice();
  message.call.mail_text = "Confidential <b>to us</b><script>x</script>";
  const Parsed parsed(BuildMail(message, Bytes256(), kOriginator));
  GMimeObject* bodies = Parsed::Child(parsed.Root(), 0);
  CHECK(Parsed::Content(Parsed::Child(bodies, 0)).ends_with("\r\n\r\nConfidential to usx\r\n"));
  CHECK(Parsed::Content(Parsed::Child(bodies, 1)).find("<div>Confidential <b>to us</b>x</div>") !=
        std::string::npos);
  message = Missed();
  message.call.mail_text = "Confidential";
  CHECK(BuildMail(message, "", kOriginator).find("Confidential") == std::string::npos);
}

TEST_CASE("a recording's file keeps its ending however long the caller's name is") {
  for (const char* language : {"de-DE", "fr-FR", "es-ES"}) {
    store::StoredMessage message = Voice();
    message.call.language = language;
    message.call.caller.name = std::string(200, 'x');
    CHECK(Parsed(BuildMail(message, Bytes256(), kOriginator))
              .Header("X-AttachmentOrder")
              .ends_with(".mp3"));
  }
}

TEST_CASE("a voice mail carries what mail clients recognise it by") {
  const std::string mail = BuildMail(Voice(), Bytes256(), kOriginator);
  CheckTransportable(mail);
  const Parsed parsed(mail);
  CHECK(parsed.Subject() == "Voice Mail from Jürgen Groß (1 minute 5 seconds)");
  CHECK(parsed.Mailbox(GMIME_ADDRESS_TYPE_FROM) == "Jürgen Groß <voicemail@example.com>");
  CHECK(parsed.Mailbox(GMIME_ADDRESS_TYPE_TO) == "Ann Archer <ann@example.com>");
  CHECK(parsed.Date() == 1767366245);
  CHECK(parsed.Header("Date") == "Fri, 02 Jan 2026 15:04:05 +0000");
  CHECK(parsed.MessageId() == "01JGXYZ0123456789ABCDEFGHJ@node1.example.com");
  CHECK(parsed.Header("Content-Class") == "voice-ca");
  CHECK(parsed.Header("X-CallingTelephoneNumber") == "+15551234567");
  CHECK(parsed.Header("X-VoiceMessageDuration") == "65");
  CHECK(parsed.Header("X-VoiceMessageSenderName") == "Jürgen Groß");
  CHECK(parsed.Header("X-CallID") == "f81d4fae@gateway.example.com");
  CHECK(parsed.Header("X-AttachmentOrder") == "Jürgen Groß (1 minute 5 seconds) Voice Mail.mp3");
  CHECK(parsed.Header("X-Voxpost-Trace") == "00112233445566778899aabbccddeeff");
  CHECK(parsed.Header("Auto-Submitted") == "auto-generated");
  CHECK(parsed.Header("MIME-Version") == "1.0");
  CHECK(parsed.Header("Reply-To").empty());
}

TEST_CASE("a voice mail has its text in two forms, then the recording as it was") {
  const Parsed parsed(BuildMail(Voice(), Bytes256(), kOriginator));
  GMimeObject* root = parsed.Root();
  REQUIRE(Parsed::Type(root) == "multipart/mixed");
  REQUIRE(Parsed::Count(root) == 2);
  GMimeObject* body = Parsed::Child(root, 0);
  REQUIRE(Parsed::Type(body) == "multipart/alternative");
  REQUIRE(Parsed::Count(body) == 2);
  CHECK(Parsed::Type(Parsed::Child(body, 0)) == "text/plain");
  CHECK(Parsed::Type(Parsed::Child(body, 1)) == "text/html");
  const std::string text = Parsed::Content(Parsed::Child(body, 0));
  for (const char* part : {"Jürgen Groß", "+15551234567", "Friday, January 2, 2026, 15:04 UTC",
                           "1 minute 5 seconds"}) {
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(Parsed::Content(Parsed::Child(body, 1)).find("<a href=\"tel:+15551234567\">") !=
        std::string::npos);
  GMimeObject* recording = Parsed::Child(root, 1);
  CHECK(Parsed::Type(recording) == "audio/mp3");
  CHECK(std::string(g_mime_object_get_disposition(recording)) == "attachment");
  CHECK(std::string(g_mime_part_get_filename(GMIME_PART(recording))) ==
        "Jürgen Groß (1 minute 5 seconds) Voice Mail.mp3");
  CHECK(Parsed::Content(recording) == Bytes256());
}

TEST_CASE("names beyond ASCII are encoded by RFC 2047 in headers and RFC 2231 in parameters") {
  const std::string mail = BuildMail(Voice(), Bytes256(), kOriginator);
  CHECK(mail.find("From: =?UTF-8?") != std::string::npos);
  CHECK(mail.find("=?iso-8859-1?") == std::string::npos);
  CHECK(mail.find("filename*") != std::string::npos);
  CHECK(mail.find("UTF-8''J%C3%BCrgen") != std::string::npos);
}

TEST_CASE("a missed call has no recording and says so by its class") {
  const std::string mail = BuildMail(Missed(), "", kOriginator);
  CheckTransportable(mail);
  const Parsed parsed(mail);
  CHECK(parsed.Subject() == "Missed Call from Jürgen Groß");
  CHECK(parsed.Header("Content-Class") == "missedcall");
  CHECK(parsed.Header("X-VoiceMessageDuration").empty());
  CHECK(parsed.Header("X-AttachmentOrder").empty());
  CHECK(parsed.Header("X-CallingTelephoneNumber") == "+15551234567");
  REQUIRE(Parsed::Type(parsed.Root()) == "multipart/alternative");
  CHECK(Parsed::Content(Parsed::Child(parsed.Root(), 0)).find("missed a call") !=
        std::string::npos);
}

TEST_CASE("the same message is the same mail, byte for byte") {
  CHECK(BuildMail(Voice(), "abc", kOriginator) == BuildMail(Voice(), "abc", kOriginator));
  CHECK(BuildMail(Missed(), "", kOriginator) == BuildMail(Missed(), "", kOriginator));
}

TEST_CASE("a caller's name cannot add a header, an address or a body") {
  const int headers = Parsed(BuildMail(Voice(), "abc", kOriginator)).HeaderCount();
  for (const std::string evil :
       {"x\r\nBcc: eve@example.com", "x\nContent-Type: text/html\n\n<script>",
        "\" <eve@example.com>, \"", "Eve <eve@example.com>, Ann",
        "=?utf-8?Q?=0D=0ABcc:_eve@example.com?=", "a\rb", "x\r\n.\r\nRCPT TO:<eve>",
        "--=_mixed_01JGXYZ0123456789ABCDEFGHJ--", "<script>alert(1)</script>",
        "\xE2\x80\xA8"
        "Bcc: eve@example.com"}) {
    store::StoredMessage m = Voice();
    m.call.caller = {evil, evil};
    m.call.sip_call_id = evil;
    m.call.mailbox_name = evil;
    m.call.trace_id = evil;
    const std::string mail = BuildMail(m, "abc", kOriginator);
    INFO(evil);
    CheckTransportable(mail);
    const Parsed parsed(mail);
    CHECK(parsed.HeaderCount() == headers);
    CHECK(parsed.Header("Bcc").empty());
    CHECK(parsed.Mailbox(GMIME_ADDRESS_TYPE_TO).ends_with(" <ann@example.com>"));
    CHECK(parsed.Mailbox(GMIME_ADDRESS_TYPE_FROM).ends_with(" <voicemail@example.com>"));
    REQUIRE(Parsed::Type(parsed.Root()) == "multipart/mixed");
    REQUIRE(Parsed::Count(parsed.Root()) == 2);
    CHECK(Parsed::Content(Parsed::Child(Parsed::Child(parsed.Root(), 0), 1)).find("<script>") ==
          std::string::npos);
    CHECK(Parsed::Content(Parsed::Child(parsed.Root(), 1)) == "abc");
  }
}

TEST_CASE("very long names are cut before they break a header line") {
  store::StoredMessage m = Voice();
  m.call.caller = {std::string(5000, '1'), std::string(5000, 'x')};
  m.call.sip_call_id = std::string(5000, 'y');
  CheckTransportable(BuildMail(m, "abc", kOriginator));
}

TEST_CASE("a recording's format shows in its name and type") {
  const struct {
    domain::AudioFormat format;
    const char *ending, *type;
  } expected[] = {{domain::AudioFormat::kMp3, ".mp3", "audio/mp3"},
                  {domain::AudioFormat::kGsm, ".wav", "audio/wav"},
                  {domain::AudioFormat::kG711, ".wav", "audio/wav"},
                  {domain::AudioFormat::kOpus, ".opus", "audio/ogg"}};
  for (const auto& e : expected) {
    store::StoredMessage m = Voice();
    m.call.audio_format = e.format;
    const Parsed parsed(BuildMail(m, Bytes256(), kOriginator));
    const std::string name = parsed.Header("X-AttachmentOrder");
    CHECK(name == std::string("Jürgen Groß (1 minute 5 seconds) Voice Mail") + e.ending);
    CHECK(Parsed::Type(Parsed::Child(parsed.Root(), 1)) == e.type);
    CHECK(g_mime_part_get_filename(GMIME_PART(Parsed::Child(parsed.Root(), 1))) == name);
  }
}

TEST_CASE("a mail is in its user's language and time") {
  store::StoredMessage m = Voice();
  m.call.language = "de-AT";
  m.call.time_zone = "Europe/Vienna";
  const std::string mail = BuildMail(m, "abc", kOriginator);
  CheckTransportable(mail);
  const Parsed voice(mail);
  CHECK(voice.Subject() == "Sprachnachricht von Jürgen Groß (1 Minute 5 Sekunden)");
  CHECK(voice.Header("Content-Language") == "de-DE");
  CHECK(voice.Header("Content-Class") == "voice-ca");
  CHECK(voice.Header("X-VoiceMessageDuration") == "65");
  CHECK(voice.Header("X-AttachmentOrder") ==
        "Jürgen Groß (1 Minute 5 Sekunden) Sprachnachricht.mp3");
  const std::string text = Parsed::Content(Parsed::Child(Parsed::Child(voice.Root(), 0), 0));
  CHECK(text.find("Sie haben eine Sprachnachricht von Jürgen Groß.") != std::string::npos);
  CHECK(text.find("Zeit:    Freitag, 2. Januar 2026, 16:04 CET") != std::string::npos);
  m.kind = domain::MessageKind::kMissedCall;
  CHECK(Parsed(BuildMail(m, "", kOriginator)).Subject() == "Verpasster Anruf von Jürgen Groß");
}

TEST_CASE("a withheld number gives a mail without one") {
  store::StoredMessage m = Voice();
  m.call.caller = {};
  const Parsed parsed(BuildMail(m, "abc", kOriginator));
  CHECK(parsed.Subject() == "Voice Mail from Unknown caller (1 minute 5 seconds)");
  CHECK(parsed.Header("X-CallingTelephoneNumber").empty());
  CHECK(parsed.Header("X-VoiceMessageSenderName").empty());
}

TEST_CASE("a caller whose address is known can be answered, and the mail stays ours") {
  store::StoredMessage m = Voice();
  CHECK(Parsed(BuildMail(m, "abc", kOriginator)).Header("Reply-To").empty());
  m.call.caller.email = "bob@example.com";
  const Parsed parsed(BuildMail(m, "abc", kOriginator));
  CHECK(parsed.Mailbox(GMIME_ADDRESS_TYPE_REPLY_TO) == "Jürgen Groß <bob@example.com>");
  CHECK(parsed.Mailbox(GMIME_ADDRESS_TYPE_FROM) == "Jürgen Groß <voicemail@example.com>");
  GMimeObject* body = Parsed::Child(parsed.Root(), 0);
  CHECK(Parsed::Content(Parsed::Child(body, 0)).find("bob@example.com") != std::string::npos);
  CHECK(Parsed::Content(Parsed::Child(body, 1)).find("mailto:bob@example.com") !=
        std::string::npos);
  for (const char* evil :
       {"x\r\nBcc: eve@example.com", "bob@example.com, eve@example.com", "bob"}) {
    m.call.caller.email = evil;
    CHECK(Parsed(BuildMail(m, "abc", kOriginator)).Header("Reply-To").empty());
  }
}

TEST_CASE("a message that its caller marked comes with high importance, no other does") {
  store::StoredMessage message = Voice();
  CHECK(Parsed(BuildMail(message, "mp3", kOriginator)).Header("Importance").empty());
  message.call.marks.important = true;
  CHECK(Parsed(BuildMail(message, "mp3", kOriginator)).Header("Importance") == "high");
}

TEST_CASE("a private message says so in its mail, no other does") {
  store::StoredMessage message = Voice();
  CHECK(Parsed(BuildMail(message, "mp3", kOriginator)).Header("Sensitivity").empty());
  message.call.marks.is_private = true;
  CHECK(Parsed(BuildMail(message, "mp3", kOriginator)).Header("Sensitivity") == "Private");
}

}  // namespace
}  // namespace um::delivery
