#include "mailbox/domain/vcard.h"

#include <random>

#include "common/base/utf8.h"
#include "mailbox/domain/names.h"
#include "tests/support/catch.h"

namespace um::domain {
namespace {

using Catch::Contains;
using Strings = std::vector<std::string>;

VcardFile Read(const std::string& text) {
  const auto file = ReadVcards(text);
  INFO(file.status());
  REQUIRE(file.ok());
  return *file;
}
Contact One(const std::string& text) {
  const VcardFile file = Read(text);
  REQUIRE(file.contacts.size() == 1);
  CHECK(file.skipped.empty());
  return file.contacts[0];
}
Contact Card(const std::string& lines) {
  return One("BEGIN:VCARD\nVERSION:3.0\n" + lines + "END:VCARD\n");
}
std::string Error(const std::string& text) {
  const auto file = ReadVcards(text);
  CHECK_FALSE(file.ok());
  return std::string(file.status().message());
}

// In the shape that the programs write, with other people.
constexpr char kOutlook[] =
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;LANGUAGE=de;CHARSET=Windows-1252:M\xFCller;J\xF6rg;;Dr.\r\n"
    "FN;CHARSET=Windows-1252:Dr. J\xF6rg M\xFCller\r\nORG:Example GmbH;Einkauf\r\n"
    "TEL;WORK;VOICE:+43 (1) 234 56-0\r\nTEL;CELL;VOICE:0664 1234567\r\nTEL;WORK;FAX:\r\n"
    "ADR;WORK;PREF;ENCODING=QUOTED-PRINTABLE:;;Hauptstra=DFe 1=0D=0A2. Stock;Wien;;1010;=\r\n"
    "=D6sterreich\r\nX-MS-OL-DEFAULT-POSTAL-ADDRESS:2\r\n"
    "EMAIL;PREF;INTERNET:joerg@example.net\r\nPHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n"
    " /9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQN\r\n DAsLDBkSEw8UHRof\r\n\r\n"
    "REV:20260105T101112Z\r\nEND:VCARD\r\n";
constexpr char kAndroid[] =
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C5=A0kvoreck=C3=BD;Ji=C5=99=C3=AD;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=69=C5=99=C3=AD=20=C5=A0=6B=76=6F=72=65=\r\n"
    "=63=6B=C3=BD\r\nTEL;CELL:+420777123456\r\nTEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-"
    "PRINTABLE,=50):112 233\r\nX-SIP:jiri@example.org\r\nEND:VCARD\r\n";
constexpr char kGoogle[] =
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Archer\r\nN:Archer;Ann;;;\r\n"
    "item1.EMAIL;TYPE=INTERNET:ann@example.com\r\nitem1.X-ABLabel:\r\nTEL;TYPE=CELL:+1 "
    "425-555-0123\r\nitem2.TEL:(425) 555-0124\r\nitem2.X-ABLabel:Ferien\\, Haus\r\n"
    "CATEGORIES:myContacts\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:\r\nN:;;;;\r\nORG:Taxi\\, Berlin\r\nTEL;TYPE=WORK:+49 30 "
    "202020\r\nEND:VCARD\r\n";
constexpr char kICloud[] =
    "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iCloud Web Address Book 2420B//EN\r\n"
    "N:Núñez;María José;;;\r\nFN:María José \r\n Núñez\r\n"
    "TEL;type=CELL;type=VOICE;type=pref:\xE2\x80\xAA+34\xC2\xA0"
    "600\xC2\xA0"
    "12\xE2\x80\x91"
    "34\xE2\x80\x91"
    "56\xE2\x80\xAC\r\n"
    "EMAIL;type=INTERNET;type=HOME:maria@example.com\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\n"
    " SkZJRgABAQ==\r\nIMPP;X-SERVICE-TYPE=Skype;type=HOME:skype:maria\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Familie\r\nN:Familie\r\nX-ADDRESSBOOKSERVER-KIND:group\r\n"
    "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:4711\r\nEND:VCARD\r\n";
constexpr char kNextcloud[] =
    "BEGIN:VCARD\nVERSION:4.0\nPRODID:-//Sabre//Sabre VObject 4.5.4//EN\nUID:1\nFN:Bob Baker\n"
    "N:Baker;Bob;;;\nTEL;VALUE=uri;TYPE=\"voice,home\":tel:+33-01-23-45-67;ext=55\n"
    "TEL;TYPE=CELL:+33 6 12 34 56 78\nEMAIL;TYPE=HOME:mailto:bob@example.net\n"
    "IMPP;PREF=1:sip:Bob@sip.example.net:5060;transport=tls\nIMPP:xmpp:bob@example.net\n"
    "END:VCARD\n";

}  // namespace

TEST_CASE("address books' files are read as their programs write them") {
  const Contact outlook = One(kOutlook);
  CHECK(outlook.name == "Dr. Jörg Müller");
  CHECK(outlook.numbers == Strings{"+43 (1) 234 56-0", "0664 1234567"});
  CHECK(outlook.email == "joerg@example.net");

  const Contact android = One(kAndroid);
  CHECK(android.name == "Jiří Škvorecký");
  CHECK(android.numbers == Strings{"+420777123456", "112 233"});
  CHECK(android.addresses == Strings{"jiri@example.org"});
  CHECK(android.email.empty());

  const VcardFile google = Read(kGoogle);
  REQUIRE(google.contacts.size() == 2);
  CHECK(google.contacts[0] == Contact{"Ann Archer",
                                      "ann@example.com",
                                      {"+1 425-555-0123", "(425) 555-0124"},
                                      {"ann@example.com"}});
  CHECK(google.contacts[1] == Contact{"Taxi, Berlin", "", {"+49 30 202020"}, {}});

  const VcardFile icloud = Read(kICloud);
  REQUIRE(icloud.contacts.size() == 1);
  CHECK(icloud.contacts[0] ==
        Contact{
            "María José Núñez", "maria@example.com", {"+34 600 12-34-56"}, {"maria@example.com"}});
  CHECK(icloud.cards_skipped == 1);
  REQUIRE(icloud.skipped.size() == 1);
  CHECK(icloud.skipped[0] ==
        VcardFile::Skipped{13, "\"Familie\" has neither a telephone number nor an address"});

  CHECK(One(kNextcloud) == Contact{"Bob Baker",
                                   "bob@example.net",
                                   {"+3301234567", "+33 6 12 34 56 78"},
                                   {"bob@example.net", "Bob@sip.example.net:5060"}});
}

TEST_CASE("a name is the formatted one, else the structured, the organisation's, the nickname") {
  CHECK(Card("N:Archer;Ann;Mary;Dr.;jun.\nFN:A. Archer\nTEL:1\n").name == "A. Archer");
  CHECK(Card("N:Archer;Ann;Mary;Dr.;jun.\nTEL:1\n").name == "Dr. Ann Mary Archer jun.");
  CHECK(Card("N:\nORG:Acme\\; Sons;Sales\nTEL:1\n").name == "Acme; Sons");
  CHECK(Card("NICKNAME:Annie\nTEL:1\n").name == "Annie");
  CHECK(Card("FN:\xE2\x80\xAE"
             "evil\x01\x1b[31m\\nline\nTEL:1\n")
            .name == "evil [31m line");
  const std::string longest = Card("FN:" + std::string(100'000, 'x') + "\nTEL:1\n").name;
  CHECK(longest == std::string(kMaxName, 'x'));
}

TEST_CASE("lines are unfolded, in 2.1 at spaces that stay") {
  CHECK(Card("FN:Ann Ar\n\tch\n er\nTEL:+43 \n  1\n").name == "Ann Archer");
  const Contact old =
      One("BEGIN:VCARD\nVERSION:2.1\nFN:Ann\n Archer\nTEL:1\nAGENT:\nBEGIN:VCARD\nFN:Eve\nTEL:2\n"
          "END:VCARD\nEND:VCARD\n");
  CHECK(old.name == "Ann Archer");
  CHECK(old.numbers == Strings{"1"});
  CHECK(One("\xEF\xBB\xBF"
            "begin:vcard\nfn:Ann\ntel;type=x:1\nend:vcard")
            .name == "Ann");
}

TEST_CASE("what cannot be used is left out, and told with its line") {
  const VcardFile file = Read(
      "BEGIN:VCARD\nFN:Ann\nTEL:call me\nTEL:*21#\nTEL:1\nTEL:1\nTEL:\nEMAIL:nonsense\nEND:VCARD\n"
      "\nBEGIN:VCARD\nTEL:2\nEND:VCARD\n");
  REQUIRE(file.contacts.size() == 1);
  CHECK(file.contacts[0].numbers == Strings{"1"});
  CHECK(file.numbers_skipped == 3);
  CHECK(file.cards_skipped == 1);
  CHECK(file.skipped == std::vector<VcardFile::Skipped>{{3, "\"call me\" is no telephone number"},
                                                        {4, "\"*21#\" is no telephone number"},
                                                        {8, "\"nonsense\" is no address"},
                                                        {11, "the card has no name"}});
  std::string many = "BEGIN:VCARD\nFN:Ann\n";
  for (int i = 0; i < 200; ++i) many += "TEL:" + std::to_string(1000 + i) + "\n";
  const VcardFile most = Read(many + "END:VCARD\n");
  CHECK(most.contacts[0].numbers.size() == kMaxNumbers);
  CHECK(most.numbers_skipped == 180);
  CHECK(most.skipped.size() == kMaxSkippedTold);
}

TEST_CASE("a file that is none, or not all there, is refused with the line") {
  CHECK_THAT(Error(""), Contains("no BEGIN:VCARD"));
  CHECK_THAT(Error("name,number\nann,1\n"), Contains("line 1") && Contains("is this a vCard file"));
  CHECK(
      IsReadableLine(Error("\xE2\x80\xAE"
                           "drac\n")));
  CHECK_THAT(Error("\nBEGIN:VCARD\nFN:Ann\nTEL:1\n"), Contains("line 2") && Contains("cut off"));
  CHECK_THAT(Error("BEGIN:VCARD\nFN:Ann\nBEGIN:VCARD\n"), Contains("line 3: a card begins within"));
  CHECK_THAT(Error("END:VCARD\n"), Contains("line 1"));
  CHECK_THAT(Error("\xFF\xFE"
                   "B"),
             Contains("UTF-16"));
  CHECK_THAT(Error(std::string(kMaxVcardFile + 1, 'x')), Contains("5 MB"));
  std::string many;
  for (size_t i = 0; i < kMaxContacts; ++i) many += "BEGIN:VCARD\nFN:A\nTEL:1\nEND:VCARD\n";
  CHECK(Read(many).contacts.size() == kMaxContacts);
  CHECK_THAT(Error(many + "BEGIN:VCARD\nFN:A\nTEL:1\nEND:VCARD\n"),
             Contains("line 40001: there are more than 10000 contacts"));
}

TEST_CASE("files that are damaged anywhere give bounded, clean contacts") {
  std::mt19937 random(4711);
  const Strings files = {kOutlook, kAndroid, kGoogle, kICloud, kNextcloud};
  const Strings scraps = {"\n",
                          "\r\n ",
                          "=",
                          "=\n",
                          ":",
                          ";",
                          "\"",
                          "\\",
                          "\xFF",
                          "\xC3",
                          "BEGIN:VCARD\n",
                          "END:VCARD\n",
                          "AGENT:\n",
                          "\xE2\x80\xAE",
                          std::string(1, '\0'),
                          "TEL:1\n"};
  int taken = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = files[random() % files.size()];
    for (size_t n = random() % 6; n-- > 0;) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.insert(at, scraps[random() % scraps.size()]);
          break;
        default:
          text.erase(at, random() % 8);
      }
    }
    const auto file = ReadVcards(text);
    if (!file.ok()) continue;
    for (const Contact& contact : file->contacts) {
      ++taken;
      REQUIRE(IsReadableLine(contact.name));
      REQUIRE(!contact.name.empty());
      REQUIRE(contact.numbers.size() + contact.addresses.size() > 0);
      for (const auto* texts : {&contact.numbers, &contact.addresses}) {
        for (const std::string& each : *texts) {
          REQUIRE(IsReadableLine(each));
          REQUIRE(!ContactKey(each).empty());
        }
      }
    }
  }
  CHECK(taken > 1000);
}

}  // namespace um::domain
