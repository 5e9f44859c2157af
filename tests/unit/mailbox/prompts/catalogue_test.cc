#include "mailbox/prompts/catalogue.h"

#include "tests/support/catch.h"

using namespace um::prompts;
using um::dialogs::Phrase;

TEST_CASE("a package's folder names its language") {
  CHECK(LanguageOfFolder("en_US_f_Allison") == "en-US");
  CHECK(LanguageOfFolder("fr_CA_f_June") == "fr-CA");
  CHECK(LanguageOfFolder("ru_RU_f_IvrvoiceRU") == "ru-RU");
  for (const char* none : {"", "en", "custom", "en_US", "EN_us_x", "..", "en-US-f-x"}) {
    CHECK(LanguageOfFolder(none).empty());
  }
}

TEST_CASE("the best language is the same, a relative, or English") {
  const std::vector<std::string> languages{"en-US", "es-MX", "fr-CA"};
  CHECK(BestLanguage(languages, "fr-CA") == "fr-CA");
  CHECK(BestLanguage(languages, "FR-fr") == "fr-CA");
  CHECK(BestLanguage(languages, "es") == "es-MX");
  CHECK(BestLanguage(languages, "de-DE") == "en-US");
  CHECK(BestLanguage(languages, "") == "en-US");
  CHECK(BestLanguage({"fr-CA"}, "de-DE").empty());
}

TEST_CASE("without a name the sentence is another") {
  const std::vector<Phrase> greeting{Phrase::kMailboxOwner, Phrase::kIsNotAvailable, Phrase::kTone};
  const auto named = StepsOf(greeting, true);
  REQUIRE(named.size() == 3);
  CHECK(std::holds_alternative<OwnersName>(named[0]));
  CHECK(std::get<Sound>(named[1]) == Sound::kIsNotAvailable);
  const auto nameless = StepsOf(greeting, false);
  REQUIRE(nameless.size() == 2);
  CHECK(std::get<Sound>(nameless[0]) == Sound::kNobodyIsAvailable);
  CHECK(std::get<Sound>(nameless[1]) == Sound::kTone);
}

TEST_CASE("every phrase has a recording or words, but what users record themselves") {
  const auto own = StepsOf({Phrase::kOwnGreeting}, false);
  REQUIRE(own.size() == 1);
  CHECK(std::holds_alternative<OwnGreeting>(own[0]));
  for (int phrase = static_cast<int>(Phrase::kMailboxOwner);
       phrase <= static_cast<int>(Phrase::kGoodbye); ++phrase) {
    for (const Step& step : StepsOf({static_cast<Phrase>(phrase)}, false)) {
      const CatalogueEntry& entry = EntryOf(std::get<Sound>(step));
      CHECK(!(entry.file.empty() && entry.words.empty()));
    }
  }
}
