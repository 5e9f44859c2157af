#include "mailbox/prompts/library.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "common/async/epoll_loop.h"
#include "mailbox/prompts/shaping.h"
#include "tests/support/catch.h"

using namespace um::prompts;
using namespace std::chrono_literals;
using um::async::EpollLoop;
using um::async::WorkerPool;
using um::dialogs::Announcement;
using um::dialogs::Phrase;
using um::domain::ClipPtr;
using Clips = std::vector<ClipPtr>;

namespace {
struct Rig {
  EpollLoop loop;
  std::unique_ptr<WorkerPool> workers = std::make_unique<WorkerPool>(2);
  std::unique_ptr<Library> library = [this] {
    auto loaded = LoadLibrary(loop, *workers, {});
    REQUIRE(loaded.ok());
    return *std::move(loaded);
  }();
  Clips Prepared(const Announcement& announcement, const std::string& language = "en-US") {
    std::optional<Clips> clips;
    library->Prepare(announcement, language, [&](Clips ready) { clips = std::move(ready); });
    const auto end = loop.Now() + 20s;
    while (!clips && loop.Now() < end) loop.Step(10ms);
    REQUIRE(clips);
    return *clips;
  }
};
const std::vector<Phrase> kGreeting{Phrase::kMailboxOwner, Phrase::kIsNotAvailable,
                                    Phrase::kLeaveMessageAfterTone, Phrase::kTone};

/// Zero samples at the beginning, or the end, of a clip.
template <class It>
long Zeros(It begin, It end) {
  return std::find_if(begin, end, [](int16_t x) { return x != 0; }) - begin;
}
}  // namespace

TEST_CASE(
    "a greeting is one voice at one loudness, without clipping, with pauses of natural length") {
  Rig rig;
  for (const char* name : {"Ann Archer", "Zoë Łukasik", "Bo"}) {
    const Clips clips = rig.Prepared({kGreeting, name});
    REQUIRE(clips.size() == 4);
    for (const ClipPtr& clip : clips) {
      CHECK(ActiveLevel(clip->samples()) == Approx(kSpeechLevel).margin(1.0));
      for (const int16_t x : clip->samples())
        REQUIRE(std::abs(int{x}) <= 32768 * std::pow(10, kPeakLevel / 20) + 1);
      CHECK(clip->codes(um::domain::Law::kA).size() == clip->samples().size());
    }
    for (size_t i = 1; i < clips.size(); ++i) {
      const auto& a = clips[i - 1]->samples();
      const auto& b = clips[i]->samples();
      const long gap = (Zeros(a.rbegin(), a.rend()) + Zeros(b.begin(), b.end())) / 8;
      INFO("between " << i - 1 << " and " << i);
      CHECK(gap >= 80);
      CHECK(gap <= 200);
    }
  }
}

TEST_CASE("what the user has recorded is played as it is, and its name is not synthesised") {
  Rig rig;
  const auto greeting = std::make_shared<um::domain::Clip>(std::vector<int16_t>(800, 1000));
  const auto name = std::make_shared<um::domain::Clip>(std::vector<int16_t>(400, 1000));
  const Clips own = rig.Prepared(
      {{Phrase::kOwnGreeting, Phrase::kLeaveMessageAfterTone}, "Ann Archer", {greeting, name}});
  REQUIRE(own.size() == 2);
  CHECK(own[0] == greeting);
  // Also if the name is one that cannot be synthesised; at once, since nothing is.
  for (const char* spelled : {"Ann Archer", "李小龍"}) {
    Clips clips;
    rig.library->Prepare({kGreeting, spelled, {nullptr, name}}, "en",
                         [&](Clips ready) { clips = std::move(ready); });
    REQUIRE(clips.size() == 4);
    CHECK(clips[0] == name);
  }
}

TEST_CASE("every phrase is there in English") {
  Rig rig;
  for (int phrase = static_cast<int>(Phrase::kMailboxOwner);
       phrase <= static_cast<int>(Phrase::kGoodbye); ++phrase) {
    const Clips clips = rig.Prepared({{static_cast<Phrase>(phrase)}, "Ann"});
    REQUIRE(clips.size() == 1);
    CHECK(clips[0]->length() > 150ms);
    CHECK(clips[0]->length() < 10s);
  }
}

TEST_CASE("recordings alone are ready at once, and an unknown language is English") {
  Rig rig;
  int ready = 0;
  rig.library->Prepare({{Phrase::kGoodbye}, ""}, "xx-XX",
                       [&](Clips clips) { ready = int(clips.size()); });
  CHECK(ready == 1);
}

TEST_CASE("a name is synthesised once, also when two calls want it at the same time") {
  Rig rig;
  const Announcement announcement{{Phrase::kMailboxOwner}, "Carla Carter"};
  Clips first, second;
  rig.library->Prepare(announcement, "en", [&](Clips c) { first = std::move(c); });
  rig.library->Prepare(announcement, "en", [&](Clips c) { second = std::move(c); });
  while (second.empty()) rig.loop.Step(10ms);
  REQUIRE(first.size() == 1);
  CHECK(first[0] == second[0]);
  Clips third;
  rig.library->Prepare(announcement, "en", [&](Clips c) { third = std::move(c); });
  CHECK(third == first);
}

TEST_CASE("without a name nobody is available") {
  Rig rig;
  CHECK(rig.Prepared({kGreeting, ""}).size() == 3);
  CHECK(rig.Prepared({kGreeting, "李小龍"}).size() == 3);
}

TEST_CASE("a library that is gone answers nobody") {
  Rig rig;
  bool ready = false;
  rig.library->Prepare({{Phrase::kMailboxOwner}, "Dora Dean"}, "en", [&](Clips) { ready = true; });
  rig.library.reset();
  rig.workers.reset();  // its job has run
  rig.loop.Step(0ms);
  CHECK_FALSE(ready);
}

TEST_CASE("the missing package is named") {
  EpollLoop loop;
  WorkerPool workers(1);
  const auto library = LoadLibrary(loop, workers, {.sounds = "/nonexistent"});
  REQUIRE_FALSE(library.ok());
  CHECK(library.status().code() == absl::StatusCode::kFailedPrecondition);
  const std::string message(library.status().message().data(), library.status().message().size());
  CHECK(message.find("asterisk-core-sounds-en-wav") != std::string::npos);
}
