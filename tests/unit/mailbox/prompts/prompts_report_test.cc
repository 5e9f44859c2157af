#include "tests/unit/mailbox/prompts/prompts_report.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "mailbox/prompts/shaping.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/prompts/measures.h"

using namespace um::tests;

namespace {
const PromptsMeasured& Measured() {
  static const PromptsMeasured measured = MeasurePrompts();
  return measured;
}
}  // namespace

TEST_CASE("every phrase has one loudness, is not clipped, and begins and ends soon and softly") {
  REQUIRE(Measured().clips.size() > 25);
  for (const MeasuredClip& clip : Measured().clips) {
    INFO(clip.words);
    CHECK(clip.level == Approx(um::prompts::kSpeechLevel).margin(kLevelMargin));
    CHECK(clip.peak <= um::prompts::kPeakLevel + 0.01);
    CHECK(clip.flat <= kMostFlat);
    CHECK(clip.before <= kMostBefore);
    CHECK(clip.after <= kMostAfter);
    CHECK(clip.step <= kMostStep);
  }
}

TEST_CASE("what calls join has pauses of natural length, and no click") {
  REQUIRE(Measured().joined.size() > 10);
  for (const MeasuredJoins& joins : Measured().joined) {
    INFO(joins.words);
    for (const double gap : joins.gaps) {
      CHECK(gap >= kLeastGap);
      CHECK(gap <= kMostGap);
    }
    CHECK(joins.step <= kMostStep);
  }
}

TEST_CASE("the committed measurements are those of the prompts") {
  const char* source = std::getenv("UM_SOURCE_DIR");
  REQUIRE(source);
  std::ifstream file(std::string(source) + "/deploy/reference/prompts.md");
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  INFO("stale; make it: build/dev/bin/um_prompts_report > deploy/reference/prompts.md");
  CHECK((committed == PromptsReport(Measured())));
}
