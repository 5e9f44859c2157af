#include "tests/unit/mailbox/dialogs/transcripts.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/support/catch.h"

TEST_CASE("the committed transcripts are what callers hear") {
  const char* source = std::getenv("UM_SOURCE_DIR");
  REQUIRE(source);
  std::ifstream file(std::string(source) + "/deploy/reference/call-answering.md");
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  INFO("stale; make it: build/dev/bin/um_transcripts > deploy/reference/call-answering.md");
  CHECK((committed == um::tests::Transcripts()));
}
