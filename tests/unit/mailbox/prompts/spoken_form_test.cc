#include "mailbox/prompts/spoken_form.h"

#include <random>

#include "tests/support/catch.h"

using um::prompts::SpokenForm;

TEST_CASE("names are spoken without accents and without what is no name") {
  CHECK(SpokenForm("Ann Archer") == "Ann Archer");
  CHECK(SpokenForm("Zoë Łukasik") == "Zoe Lukasik");
  CHECK(SpokenForm("Jürgen Groß") == "Juergen Gross");
  CHECK(SpokenForm("Žižka, Šárka") == "Zizka, Sarka");
  CHECK(SpokenForm("O'Neill-Smith Jr.") == "O'Neill-Smith Jr.");
  CHECK(SpokenForm("  Ann \t <b>Archer</b>\n") == "Ann b Archer b");
}

TEST_CASE("what cannot be spoken is empty") {
  CHECK(SpokenForm("").empty());
  CHECK(SpokenForm("李小龍").empty());
  CHECK(SpokenForm("Иван").empty());
  CHECK(SpokenForm("4711").empty());
  CHECK(SpokenForm("...").empty());
}

TEST_CASE("long and broken names are harmless") {
  CHECK(SpokenForm(std::string(10000, 'a')).size() == 100);
  CHECK(SpokenForm("\xC3").empty());
  CHECK(SpokenForm("\xC3(").empty());
  CHECK(SpokenForm("\xC3\x80") == "A");
  CHECK(SpokenForm("\xC5\xBF") == "s");
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string name(random() % 150, 0);
    for (char& c : name) c = static_cast<char>(random());
    const std::string spoken = SpokenForm(name);
    CHECK(spoken.size() <= 102);
    for (const char c : spoken) CHECK((c >= ' ' && c < 127));
  }
}
