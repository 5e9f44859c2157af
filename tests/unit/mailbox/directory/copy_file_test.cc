#include "mailbox/directory/copy_file.h"

#include "tests/support/catch.h"
#include "tests/support/fake_files.h"

namespace um::directory {
namespace {

constexpr const char* kPath = "/data/directory/example.people";

Copy Example(int people) {
  std::vector<domain::PersonPtr> all;
  for (int i = 0; i < people; ++i) {
    all.push_back(
        std::make_shared<const domain::Person>(domain::Person{.id = "id-" + std::to_string(i),
                                                              .alias = "ann",
                                                              .display_name = "Ann Archer",
                                                              .email = "ann@example.com",
                                                              .other_emails = {"a@example.com"},
                                                              .telephones = {"1001", "1002"},
                                                              .mobiles = {"+15550100"},
                                                              .disabled = i == 1}));
  }
  return {.source = "s",
          .people = std::make_shared<const domain::People>(all),
          .changed = 1,
          .read = 2,
          .read_everybody = 3};
}

}  // namespace

TEST_CASE("a copy is read as it was written, and replaces the one before") {
  tests::FakeFiles files;
  CHECK(absl::IsNotFound(LoadCopy(files, kPath).status()));
  REQUIRE(SaveCopy(files, kPath, Example(1)).ok());
  REQUIRE(SaveCopy(files, kPath, Example(2)).ok());
  files.PowerLoss(tests::Kept::kNothing);
  const auto copy = LoadCopy(files, kPath);
  REQUIRE(copy.ok());
  CHECK(copy->source == "s");
  CHECK(copy->changed == 1);
  CHECK(copy->read == 2);
  CHECK(copy->read_everybody == 3);
  REQUIRE(copy->people->size() == 2);
  CHECK(*copy->people->Find("id-1") == *Example(2).people->Find("id-1"));
}

TEST_CASE("power loss at any moment leaves the old copy or the new one") {
  for (int n = 0; n < 20; ++n) {
    for (const auto kept : {tests::Kept::kNothing, tests::Kept::kRandom, tests::Kept::kAll}) {
      tests::FakeFiles files;
      REQUIRE(SaveCopy(files, kPath, Example(1)).ok());
      files.CrashAfter(n);
      const bool saved = SaveCopy(files, kPath, Example(2)).ok();
      files.PowerLoss(kept, static_cast<uint32_t>(n));
      CAPTURE(n, static_cast<int>(kept));
      const auto copy = LoadCopy(files, kPath);
      REQUIRE(copy.ok());
      CHECK((copy->people->size() == 1 || copy->people->size() == 2));
      if (saved) CHECK(copy->people->size() == 2);
      CHECK(SaveCopy(files, kPath, Example(3)).ok());
      CHECK(LoadCopy(files, kPath)->people->size() == 3);
    }
  }
}

TEST_CASE("a damaged copy is none, whatever bit of it has changed") {
  tests::FakeFiles files;
  REQUIRE(SaveCopy(files, kPath, Example(1)).ok());
  const std::string good = files.Read(kPath).value();
  for (size_t i = 0; i < good.size(); ++i) {
    files.Rot(kPath, i);
    CAPTURE(i);
    CHECK(absl::IsDataLoss(LoadCopy(files, kPath).status()));
    files.Put(kPath, good);
  }
  files.Put(kPath, good.substr(0, good.size() - 1));
  CHECK(absl::IsDataLoss(LoadCopy(files, kPath).status()));
  files.Put(kPath, "");
  CHECK(absl::IsDataLoss(LoadCopy(files, kPath).status()));
}

}  // namespace um::directory
