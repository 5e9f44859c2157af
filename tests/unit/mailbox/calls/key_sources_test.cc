#include "mailbox/calls/key_sources.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace um::calls;
using namespace std::chrono_literals;
using um::async::Time;

namespace {

struct Heard {
  um::async::Duration at;
  KeySource source;
  char key;
};
constexpr auto kTone = KeySource::kTone;
constexpr auto kInfo = KeySource::kInfo;
constexpr auto kEvent = KeySource::kEvent;

std::string Counted(const std::vector<Heard>& heard) {
  KeySources sources;
  std::string keys;
  for (const Heard& h : heard) {
    if (sources.Counts(h.source, h.key, Time(h.at))) keys += h.key;
  }
  return keys;
}

}  // namespace

TEST_CASE("keys that come one way count, each of them") {
  for (const KeySource source : {kTone, kInfo, kEvent}) {
    CHECK(Counted({{0ms, source, '1'}, {100ms, source, '1'}, {200ms, source, '#'}}) == "11#");
  }
}

TEST_CASE("a press that comes two ways counts once, whichever comes first") {
  const KeySource pairs[][2] = {{kTone, kInfo}, {kTone, kEvent}, {kInfo, kEvent}};
  for (const auto& [lesser, surer] : pairs) {
    CHECK(Counted({{0ms, lesser, '1'}, {300ms, surer, '1'}}) == "1");
    CHECK(Counted({{0ms, surer, '1'}, {300ms, lesser, '1'}}) == "1");
    // Fast, and the surer way is late for all of them.
    CHECK(Counted({{0ms, lesser, '1'},
                   {200ms, lesser, '1'},
                   {400ms, lesser, '2'},
                   {450ms, surer, '1'},
                   {650ms, surer, '1'},
                   {850ms, surer, '2'},
                   {1050ms, surer, '2'}}) == "1122");
  }
}

TEST_CASE("three ways at once are still one press each") {
  CHECK(Counted({{0ms, kTone, '5'},
                 {30ms, kEvent, '5'},
                 {200ms, kInfo, '5'},
                 {1000ms, kEvent, '5'},
                 {1040ms, kTone, '5'},
                 {1200ms, kInfo, '5'}}) == "55");
}

TEST_CASE("what the less sure way heard alone counts, until a surer one has been used") {
  CHECK(Counted({{0ms, kTone, '1'}, {5s, kTone, '2'}, {10s, kInfo, '3'}, {15s, kTone, '4'}}) ==
        "123");
}

TEST_CASE("the same key two seconds later is another press") {
  CHECK(Counted({{0ms, kTone, '1'}, {2001ms, kInfo, '1'}}) == "11");
}

TEST_CASE("whichever ways a gateway uses, and however late each is, presses count once each") {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    // Each way is late by so much, and is either used for all presses or for none.
    const um::async::Duration late[3] = {std::chrono::milliseconds(random() % 60),
                                         std::chrono::milliseconds(random() % 700),
                                         std::chrono::milliseconds(random() % 60)};
    const unsigned ways = 1 + random() % 7;
    std::vector<Heard> heard;
    std::string pressed;
    um::async::Duration at{0};
    for (int i = 0; i < 8; ++i) {
      const char key = "0123456789*#"[random() % 12];
      pressed += key;
      at += std::chrono::milliseconds(150 + random() % 1000);
      for (unsigned way = 0; way < 3; ++way) {
        if (ways & 1U << way) heard.push_back({at + late[way], KeySource(way), key});
      }
    }
    std::sort(heard.begin(), heard.end(), [](const Heard& a, const Heard& b) {
      return std::pair(a.at, a.source) < std::pair(b.at, b.source);
    });
    INFO("round " << round << " ways " << ways);
    REQUIRE(Counted(heard) == pressed);
  }
}
