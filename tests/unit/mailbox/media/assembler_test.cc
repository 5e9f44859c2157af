#include "mailbox/media/assembler.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/catch.h"

using namespace um::media;
using namespace std::chrono_literals;
using um::async::Duration;
using um::async::Time;
using um::domain::Law;

namespace {
using Bytes = std::vector<uint8_t>;

struct Sink final : um::domain::AudioSink {
  void Append(std::span<const uint8_t> codes) noexcept override {
    got.insert(got.end(), codes.begin(), codes.end());
  }
  Bytes got;
};

/// A sender of random audio: packet `n` can be delivered whenever, and what should come out is
/// known.
struct Caller {
  explicit Caller(size_t packets, size_t size = 160, uint32_t timestamp = 0, int64_t first = 70000)
      : size_(size), timestamp_(timestamp), first_(first) {
    std::mt19937 random(42);
    audio.resize(packets * size);
    for (uint8_t& b : audio) b = static_cast<uint8_t>(random());
  }
  Assembler::Piece Packet(size_t n) const {
    return {first_ + int64_t(n), timestamp_ + static_cast<uint32_t>(n * size_),
            std::span(audio).subspan(n * size_, size_)};
  }
  Duration Length() const { return Duration(size_ * 125); }
  Bytes audio;

 private:
  size_t size_;
  uint32_t timestamp_;
  int64_t first_;
};

struct Rig {
  explicit Rig(Law law = Law::kMu, int64_t after = -1) : assembler(sink, law, after, Time{}) {}
  Sink sink;
  Assembler assembler;
  Time now{};
};
}  // namespace

TEST_CASE("audio in order goes straight through, whatever the packets' length, over every wrap") {
  for (const size_t size : {80u, 160u, 240u, 320u, 480u, 960u}) {
    Rig rig;
    const Caller caller(50, size, 0xFFFFF000);
    for (size_t n = 0; n < 50; ++n) {
      rig.assembler.Add(caller.Packet(n), rig.now += caller.Length());
      CHECK(rig.sink.got.size() == (n + 1) * size);
    }
    CHECK(rig.sink.got == caller.audio);
  }
}

TEST_CASE("reordered and repeated packets come out complete and in order") {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    Rig rig;
    const Caller caller(200);
    // Each packet is delayed by up to 90 ms and one in five arrives twice.
    std::vector<std::pair<int, size_t>> arrivals;
    for (size_t n = 0; n < 200; ++n) {
      // The first comes first: before it nobody knows that something is missing.
      arrivals.emplace_back(int(n) * 20 + (n == 0 ? 0 : int(random() % 90)), n);
      if (random() % 5 == 0) arrivals.emplace_back(int(n) * 20 + 30 + int(random() % 90), n);
    }
    std::sort(arrivals.begin(), arrivals.end());
    for (const auto& [ms, n] : arrivals) {
      rig.assembler.Advance(Time(ms * 1ms));
      rig.assembler.Add(caller.Packet(n), Time(ms * 1ms));
    }
    rig.assembler.Flush(Time(5s));
    CHECK(rig.sink.got == caller.audio);
  }
}

TEST_CASE("what is lost is replaced after a hundred milliseconds, the rest is untouched") {
  std::mt19937 random(11);
  Rig rig;
  const Caller caller(500);
  std::vector<bool> lost(500);
  for (size_t n = 1; n < 499; ++n) lost[n] = random() % 10 == 0;
  for (size_t n = 0; n < 500; ++n) {
    rig.now += 20ms;
    rig.assembler.Advance(rig.now);
    if (!lost[n]) rig.assembler.Add(caller.Packet(n), rig.now);
    // Never further behind than the patience and the packet under way.
    CHECK(rig.sink.got.size() + 160 * 8 >= n * 160);
  }
  rig.assembler.Flush(rig.now);
  REQUIRE(rig.sink.got.size() == caller.audio.size());
  for (size_t n = 0; n < 500; ++n) {
    if (lost[n]) continue;
    CHECK(std::equal(rig.sink.got.begin() + long(n * 160),
                     rig.sink.got.begin() + long(n * 160 + 160),
                     caller.audio.begin() + long(n * 160)));
  }
}

TEST_CASE("a packet whose place was filled is dropped and counted") {
  Rig rig;
  const Caller caller(10);
  rig.assembler.Add(caller.Packet(0), Time(20ms));
  rig.assembler.Add(caller.Packet(2), Time(60ms));
  rig.assembler.Advance(Time(159ms));
  CHECK(rig.sink.got.size() == 160);
  rig.assembler.Advance(Time(160ms));
  CHECK(rig.sink.got.size() == 480);
  rig.assembler.Add(caller.Packet(1), Time(170ms));
  CHECK(rig.sink.got.size() == 480);
  CHECK(rig.assembler.late() == 1);
}

TEST_CASE("more packets than there is room for end the wait early, and lose nothing") {
  Rig rig;
  const Caller caller(60, 80);
  rig.assembler.Add(caller.Packet(0), Time(1ms));
  for (size_t n = 59; n >= 2; --n) rig.assembler.Add(caller.Packet(n), Time(2ms));  // backwards
  rig.assembler.Flush(Time(3ms));
  CHECK(rig.sink.got.size() <= caller.audio.size());
  Rig other;
  other.assembler.Add(caller.Packet(0), Time(1ms));
  for (size_t n = 2; n < 60; ++n) other.assembler.Add(caller.Packet(n), Time(2ms));
  other.assembler.Flush(Time(3ms));
  REQUIRE(other.sink.got.size() == caller.audio.size());
  CHECK(std::equal(caller.audio.begin() + 160, caller.audio.end(), other.sink.got.begin() + 160));
}

TEST_CASE("silence suppression without noise and keys become silence of their length") {
  for (const Law law : {Law::kMu, Law::kA}) {
    Rig rig(law);
    const Caller caller(2);
    rig.assembler.Add(caller.Packet(0), Time(20ms));
    rig.assembler.Add({70001, 160, {}}, Time(40ms));     // a key
    rig.assembler.Add({70002, 8000, {}}, Time(1000ms));  // again, a second later
    rig.assembler.Add({70003, 16000, std::span(caller.audio).first(160)}, Time(2020ms));
    REQUIRE(rig.sink.got.size() == 16160);
    CHECK(std::count(rig.sink.got.begin() + 160, rig.sink.got.begin() + 16000,
                     um::domain::SilenceCode(law)) == 15840);
    // And without any word about it.
    rig.assembler.Add({70004, 24000, std::span(caller.audio).first(160)}, Time(3020ms));
    CHECK(rig.sink.got.size() == 24160);
  }
}

TEST_CASE("comfort noise is heard at its level, and never as loud as speech") {
  const auto level = [](int told) {
    Rig rig;
    const Caller caller(2);
    rig.assembler.Add(caller.Packet(0), Time(20ms));
    rig.assembler.Add({.sequence = 70001, .timestamp = 160, .codes = {}, .noise = told},
                      Time(40ms));
    rig.assembler.Add({70002, 8160, std::span(caller.audio).first(160)}, Time(1040ms));
    REQUIRE(rig.sink.got.size() == 8320);
    double sum = 0;
    for (size_t i = 160; i < 8160; ++i) {
      const double sample = um::domain::DecodeG711(Law::kMu, rig.sink.got[i]);
      sum += sample * sample;
    }
    return 20 * std::log10(std::sqrt(sum / 8000) / 32768);
  };
  CHECK(level(55) == Approx(-55).margin(1));
  CHECK(level(65) == Approx(-65).margin(1));
  CHECK(level(0) == Approx(-50).margin(1));
  CHECK(std::isinf(level(127)));
}

TEST_CASE("packets from before the recording are not recorded") {
  Rig rig(Law::kMu, 70003);
  const Caller caller(10);
  rig.assembler.Add(caller.Packet(2), Time(1ms));
  rig.assembler.Add(caller.Packet(3), Time(1ms));
  rig.assembler.Add(caller.Packet(4), Time(20ms));
  CHECK(rig.sink.got == Bytes(caller.audio.begin() + 640, caller.audio.begin() + 800));
}

TEST_CASE("hostile timestamps make no more audio than there was time") {
  Rig rig;
  const Bytes audio(160, 1);
  std::mt19937 random(2);
  uint32_t timestamp = 0;
  for (int n = 0; n < 1000; ++n) {
    timestamp += n % 3 == 0 ? random() : random() % 40000;
    rig.now += 20ms;
    rig.assembler.Add({n, timestamp, audio}, rig.now);
    CHECK(rig.sink.got.size() <= size_t(n + 1) * 160 + 16000);
  }
  CHECK(rig.sink.got.size() >= 160 * 100);
}

TEST_CASE("a flood of packets makes no more audio than there was time") {
  Rig rig;
  const Bytes audio(960, 1);
  for (int n = 0; n < 10000; ++n) rig.assembler.Add({n, uint32_t(n) * 960, audio}, Time(1s));
  CHECK(rig.sink.got.size() <= 24000);
}

TEST_CASE("another source goes on where the clock is") {
  Rig rig;
  const Caller caller(3);
  rig.assembler.Add(caller.Packet(0), Time(20ms));
  rig.assembler.Restart(Time(40ms));
  rig.assembler.Add({900000, 0x77777777, std::span(caller.audio).subspan(160, 160)}, Time(40ms));
  CHECK(rig.sink.got == Bytes(caller.audio.begin(), caller.audio.begin() + 320));
  rig.assembler.Restart(Time(1040ms));
  rig.assembler.Add({990000, 5, std::span(caller.audio).subspan(320, 160)}, Time(1040ms));
  CHECK(rig.sink.got.size() == 320 + 8000);
  CHECK(std::equal(caller.audio.begin() + 320, caller.audio.end(), rig.sink.got.end() - 160));
}
