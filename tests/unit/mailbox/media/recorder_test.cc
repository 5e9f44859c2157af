#include "mailbox/media/recorder.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/tones.h"

using namespace um::media;
using namespace std::chrono_literals;
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

/// 20 ms of something the meter takes for speech: it swells and ebbs.
Bytes Speech(int n, Law law = Law::kMu) {
  Bytes out;
  for (int i = 0; i < 160; ++i) {
    const double level = 12000 * std::abs(std::sin(n * 0.3));
    out.push_back(um::domain::EncodeG711(law, static_cast<int16_t>(level * std::sin(i * 0.3))));
  }
  return out;
}
const Bytes kSilence(160, 0xFF);

struct Rig {
  explicit Rig(RecordLimits limits, Law law = Law::kMu)
      : recorder(sink, limits, law, -1, nullptr, Time{}) {}
  Sink sink;
  Recorder recorder;
  Time now{};
  int n = 0;
  std::optional<RecordingStop> stopped;
  std::optional<RecordingStop> Packet(const Bytes& codes, Law law = Law::kMu, bool silent = false) {
    now += 20ms;
    recorder.AddAudio({n, uint32_t(n) * 160, codes}, law, silent, now);
    ++n;
    return stopped = recorder.Advance(now);
  }
};
}  // namespace

TEST_CASE("a recording ends at its maximum length to the sample") {
  Rig rig({.max = 1010ms, .idle_timeout = 5s});
  while (!rig.Packet(Speech(rig.n))) REQUIRE(rig.n < 60);
  CHECK(rig.stopped == RecordingStop::kLimit);
  CHECK(rig.sink.got.size() == 8080);
  rig.Packet(Speech(0));
  CHECK(rig.sink.got.size() == 8080);
}

TEST_CASE("silence after speech ends a recording after the idle timeout") {
  Rig rig({.max = 60s, .idle_timeout = 3s});
  for (int i = 0; i < 250; ++i) REQUIRE_FALSE(rig.Packet(Speech(i)));
  int silent = 0;
  while (!rig.Packet(kSilence)) REQUIRE(++silent < 200);
  CHECK(rig.stopped == RecordingStop::kSilence);
  CHECK(std::abs(silent - 149) <= 3);
}

TEST_CASE("a caller who says nothing is silent from the start, with packets or without") {
  Rig with({.max = 60s, .idle_timeout = 3s});
  while (!with.Packet(kSilence)) REQUIRE(with.n < 200);
  CHECK(with.now == Time(3s));
  Rig without({.max = 60s, .idle_timeout = 3s});
  CHECK_FALSE(without.recorder.Advance(Time(2990ms)));
  CHECK(without.recorder.Advance(Time(3s)) == RecordingStop::kSilence);
}

TEST_CASE("silence counts when the sender suppresses it") {
  Rig rig({.max = 60s, .idle_timeout = 3s});
  for (int i = 0; i < 100; ++i) rig.Packet(Speech(i));
  const Time spoken = rig.now;
  while (!(rig.stopped = rig.recorder.Advance(rig.now))) rig.now += 10ms;
  CHECK(rig.stopped == RecordingStop::kSilence);
  CHECK(rig.now - spoken <= 3s);
  CHECK(rig.now - spoken >= 2900ms);
}

TEST_CASE("neither silence nor time counts while the call is held") {
  Rig rig({.max = 60s, .idle_timeout = 3s});
  for (int i = 0; i < 100; ++i) rig.Packet(Speech(i));
  rig.recorder.SetHeld(true, rig.now);
  rig.Packet(Speech(1));
  const size_t before = rig.sink.got.size();
  CHECK(before == 16000);
  rig.now += 60s;
  CHECK_FALSE(rig.recorder.Advance(rig.now));
  rig.recorder.SetHeld(false, rig.now);
  CHECK_FALSE(rig.recorder.Advance(rig.now));
  rig.n += 3000;
  CHECK_FALSE(rig.Packet(kSilence));
  CHECK(rig.sink.got.size() == before + 160);
  int silent = 1;
  while (!rig.Packet(kSilence)) REQUIRE(++silent < 200);
  CHECK(std::abs(silent - 149) <= 1);
}

TEST_CASE("another law on the wire is transcoded to the recording's") {
  Rig rig({.max = 60s, .idle_timeout = 3s}, Law::kMu);
  rig.Packet(Speech(3));
  rig.Packet(Speech(3, Law::kA), Law::kA);
  REQUIRE(rig.sink.got.size() == 320);
  for (size_t i = 0; i < 160; ++i) {
    const int a = um::domain::DecodeG711(Law::kMu, rig.sink.got[i]);
    const int b = um::domain::DecodeG711(Law::kMu, rig.sink.got[160 + i]);
    CHECK(std::abs(a - b) <= 40 + std::abs(a) / 8);
  }
}

TEST_CASE("audio under a held key is silence of the same length") {
  Rig rig({.max = 60s, .idle_timeout = 3s}, Law::kA);
  rig.Packet(Speech(3), Law::kMu, true);
  CHECK(rig.sink.got == Bytes(160, 0xD5));
}

namespace {

/// What a recording keeps of `said`, which comes in packets; `keys` are what it heard.
Bytes Recorded(const Bytes& said, std::string& keys, Law law = Law::kMu) {
  ToneKeys tones([&](char key) { keys += key; });
  Sink sink;
  Recorder recorder(sink, {.max = 60s, .idle_timeout = 10s}, law, -1, &tones, Time{});
  Time now{};
  for (size_t at = 0; at < said.size(); at += 160) {
    now += 20ms;
    const auto sequence = static_cast<int64_t>(at / 160);
    const std::span codes(said.data() + at, std::min<size_t>(160, said.size() - at));
    recorder.AddAudio({sequence, static_cast<uint32_t>(at), codes}, law, false, now);
    recorder.Advance(now);
  }
  recorder.Flush(now);
  return sink.got;
}

Bytes Talk(int packets, Law law) {
  Bytes out;
  for (int i = 0; i < packets; ++i) {
    const Bytes packet = Speech(i, law);
    out.insert(out.end(), packet.begin(), packet.end());
  }
  return out;
}

}  // namespace

TEST_CASE("no part of a key's tone stays in the recording, and all that is no tone does") {
  for (const Law law : {Law::kMu, Law::kA}) {
    for (size_t shift = 0; shift < 160; shift += 13) {
      const Bytes talk = Talk(50, law);
      Bytes said(talk.begin(), talk.end() - static_cast<long>(shift));
      const size_t began = said.size();
      const Bytes tone = um::tests::Encoded(um::tests::ToneOf('#', {.ms = 100}), law);
      said.insert(said.end(), tone.begin(), tone.end());
      const size_t over = said.size();
      said.insert(said.end(), talk.begin(), talk.end());
      std::string keys;
      const Bytes kept = Recorded(said, keys, law);
      INFO(shift);
      CHECK(keys == "#");
      REQUIRE(kept.size() == said.size());  // silence in its place
      const uint8_t silence = um::domain::SilenceCode(law);
      for (size_t i = began; i < over; ++i) REQUIRE(kept[i] == silence);
      const size_t lost = 60 * 8;  // [samples] at most, on either side
      CHECK(std::equal(said.begin(), said.begin() + long(began - lost), kept.begin()));
      CHECK(std::equal(said.begin() + long(over + lost), said.end(),
                       kept.begin() + long(over + lost)));
    }
  }
}

TEST_CASE("a recording without keys is bit for bit what was said, listened to or not") {
  const Bytes said = Talk(100, Law::kMu);
  std::string keys;
  CHECK((Recorded(said, keys) == said));
  CHECK(keys.empty());
}

TEST_CASE("a key that is pressed when the recording is cut off leaves no tone at its end") {
  Bytes said = Talk(50, Law::kMu);
  const size_t began = said.size();
  const Bytes tone = um::tests::Encoded(um::tests::ToneOf('#', {.ms = 60}));
  said.insert(said.end(), tone.begin(), tone.end());
  std::string keys;
  const Bytes kept = Recorded(said, keys);
  CHECK(keys == "#");
  CHECK(std::all_of(kept.begin() + long(began), kept.end(), [](uint8_t c) { return c == 0xFF; }));
}
