#include "mailbox/media/engine.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

#include "common/async/epoll_loop.h"
#include "mailbox/domain/comfort_noise.h"
#include "mailbox/media/rtcp.h"
#include "tests/integration/media/rtp_peer.h"
#include "tests/support/catch.h"
#include "tests/support/tones.h"

using namespace um::media;
using namespace std::chrono_literals;
using um::async::Duration;
using um::async::EpollLoop;
using um::domain::Law;
using um::tests::Bytes;
using um::tests::RtpWriter;
using um::tests::UdpPeer;

namespace {
const um::net::IpAddress kLocal = *um::net::IpAddress::Parse("127.0.0.1");

struct Sink final : um::domain::AudioSink {
  void Append(std::span<const uint8_t> codes) noexcept override {
    const std::lock_guard lock(mutex);
    got.insert(got.end(), codes.begin(), codes.end());
  }
  Bytes Got() {
    const std::lock_guard lock(mutex);
    return got;
  }
  std::mutex mutex;
  Bytes got;
};

struct Events final : Session::Listener {
  void OnKey(char key) override { keys += key; }
  void OnToneKey(char key) override { tones += key; }
  void OnPlayed() override { ++played; }
  void OnRecordingStopped(RecordingStop why) override { stopped.push_back(why); }
  void OnMediaLost() override { ++lost; }
  std::string keys;
  std::string tones;
  int played = 0;
  std::vector<RecordingStop> stopped;
  int lost = 0;
};

Bytes Random(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  Bytes out(size);
  for (uint8_t& b : out) b = static_cast<uint8_t>(random());
  return out;
}

/// An engine, one call and its peer.
struct Call {
  explicit Call(Duration rtp_timeout = 0s, int threads = 1)
      : engine(StartEngine(
            loop,
            {.threads = threads, .first_port = 20001, .last_port = 29999, .real_time = false})),
        session(*engine->Open(kLocal, events, rtp_timeout)) {
    parameters.remote = peer.address();
    parameters.event_payload_type = 101;
  }
  void Configure() { session->Configure(parameters); }
  /// Turns the loop until `done`, at most 10 s.
  template <class Done>
  bool Until(Done done, Duration limit = 10s) {
    const auto end = loop.Now() + limit;
    while (!done()) {
      if (loop.Now() >= end) return false;
      loop.Step(5ms);
    }
    return true;
  }
  void Speak(std::span<const uint8_t> audio, size_t size = 160, uint8_t type = 0) {
    for (size_t at = 0; at + size <= audio.size(); at += size) {
      peer.SendTo(session->port(), writer.Audio(audio.subspan(at, size), type));
    }
  }
  bool Received(uint64_t packets) {
    return Until([&] { return session->statistics().packets_received >= packets; });
  }

  EpollLoop loop;
  Events events;
  UdpPeer peer;
  RtpWriter writer;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Session> session;
  StreamParameters parameters;
};
}  // namespace

TEST_CASE("a session has an even port and its report port is its own") {
  Call call;
  CHECK(call.session->port() % 2 == 0);
  UdpPeer rtp("127.0.0.1", call.session->port());
  UdpPeer rtcp("127.0.0.1", static_cast<uint16_t>(call.session->port() + 1));
  CHECK_FALSE(rtp.bound());
  CHECK_FALSE(rtcp.bound());
}

TEST_CASE("keys are heard as tones where no events were agreed on, and leave no tone behind") {
  for (const bool events : {false, true}) {
    Call call;
    call.parameters.event_payload_type = events ? 101 : -1;
    call.Configure();
    um::tests::Samples pressed = um::tests::Quiet(60);
    um::tests::Append(pressed, um::tests::ToneOf('5', {.ms = 100}));
    um::tests::Append(pressed, um::tests::Quiet(60));
    const Bytes before = um::tests::Encoded(pressed);
    call.Speak(before);
    REQUIRE(call.Received(before.size() / 160));
    Sink sink;
    call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
    call.Speak(before);
    call.session->StopRecording();
    REQUIRE(call.Until([&] { return call.events.tones.size() == (events ? 0 : 2); }));
    CHECK(call.events.tones == (events ? "" : "55"));
    CHECK(call.events.keys.empty());
    const Bytes silence(before.size(), 0xFF);
    CHECK((sink.Got() == (events ? before : silence)));
  }
}

TEST_CASE("what is recorded is bit for bit what was sent") {
  for (const size_t size : {80u, 160u, 240u, 480u}) {
    Call call;
    call.Configure();
    Sink sink;
    call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
    const Bytes audio = Random(8000 / size * size, uint32_t(size));
    call.Speak(audio, size);
    call.session->StopRecording();  // no wait: what the socket holds belongs to the recording
    CHECK((sink.Got() == audio));
    const size_t before = sink.Got().size();
    call.Speak(audio, size);
    REQUIRE(call.Received(2 * audio.size() / size));
    CHECK(sink.Got().size() == before);
  }
}

TEST_CASE("what arrived before the recording is not in it") {
  Call call;
  call.Configure();
  const Bytes early = Random(1600, 1);
  const Bytes audio = Random(1600, 2);
  call.Speak(early);
  Sink sink;
  call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
  call.Speak(audio);
  call.session->StopRecording();
  CHECK((sink.Got() == audio));
}

TEST_CASE("shuffled, repeated packets are recorded in order") {
  Call call;
  call.Configure();
  const Bytes audio = Random(16000, 3);
  std::vector<Bytes> packets;
  for (size_t at = 0; at < audio.size(); at += 160) {
    packets.push_back(call.writer.Audio(std::span(audio).subspan(at, 160)));
  }
  std::mt19937 random(4);
  for (size_t i = 1; i + 4 <= packets.size(); i += 4) {
    std::shuffle(packets.begin() + long(i), packets.begin() + long(i) + 4, random);
  }
  Sink sink;
  call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
  for (size_t i = 0; i < packets.size(); ++i) {
    call.peer.SendTo(call.session->port(), packets[i]);
    if (i % 7 == 0) call.peer.SendTo(call.session->port(), packets[i]);
  }
  call.session->StopRecording();
  CHECK((sink.Got() == audio));
  CHECK(call.session->statistics().packets_duplicate == 15);
}

TEST_CASE("lost packets keep their place") {
  Call call;
  call.Configure();
  const Bytes audio = Random(16000, 5);
  Sink sink;
  call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
  for (size_t n = 0; n < 100; ++n) {
    const Bytes packet = call.writer.Audio(std::span(audio).subspan(n * 160, 160));
    if (n % 10 != 5) call.peer.SendTo(call.session->port(), packet);
  }
  call.session->StopRecording();
  const Bytes got = sink.Got();
  REQUIRE(got.size() == audio.size());
  for (size_t n = 0; n < 100; ++n) {
    if (n % 10 != 5)
      CHECK(std::equal(got.begin() + long(n) * 160, got.begin() + long(n) * 160 + 160,
                       audio.begin() + long(n) * 160));
  }
  CHECK(call.session->statistics().packets_lost == 10);
}

TEST_CASE("strict refuses a stranger, and so does learn once it has learnt") {
  for (const bool strict : {true, false}) {
    Call call;
    call.parameters.strict_source = strict;
    call.Configure();
    UdpPeer stranger("127.0.0.2");
    Sink sink;
    call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
    const Bytes audio = Random(3200, 6);
    RtpWriter noise{.sequence = 1, .timestamp = 1, .ssrc = 9};
    for (size_t at = 0; at < audio.size(); at += 160) {
      call.Speak(std::span(audio).subspan(at, 160));
      stranger.SendTo(call.session->port(), noise.Audio(Random(160, 7)));
    }
    call.session->StopRecording();
    CHECK((sink.Got() == audio));
    CHECK(call.session->statistics().packets_refused == 20);
  }
}

TEST_CASE("learn takes the gateway's other address, strict does not") {
  for (const bool strict : {true, false}) {
    Call call;
    call.parameters.strict_source = strict;
    call.Configure();
    UdpPeer elsewhere("127.0.0.2");
    Sink sink;
    call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
    const Bytes audio = Random(160, 8);
    elsewhere.SendTo(call.session->port(), call.writer.Audio(audio));
    call.session->StopRecording();
    CHECK((sink.Got() == (strict ? Bytes{} : audio)));
  }
}

TEST_CASE("hostile datagrams are counted and harm nothing") {
  Call call;
  call.Configure();
  Sink sink;
  call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
  const Bytes audio = Random(8000, 9);
  std::mt19937 random(10);
  for (size_t at = 0; at < audio.size(); at += 160) {
    call.Speak(std::span(audio).subspan(at, 160));
    Bytes junk = Random(random() % 1900, uint32_t(at));
    if (!junk.empty()) junk[0] &= 0x7F;  // any version but ours
    call.peer.SendTo(call.session->port(), junk);
    call.peer.SendTo(call.session->port(),
                     call.writer.Packet(Random(1000, 1), 0));  // too long for a packet
    --call.writer.sequence;
    call.peer.SendTo(call.session->port(), call.writer.Packet(Random(160, 1), 77));  // unknown type
    --call.writer.sequence;
    call.peer.SendTo(static_cast<uint16_t>(call.session->port() + 1), junk);
    if (at % 1600 == 0) REQUIRE(call.Received(at / 160 + 1));
  }
  call.session->StopRecording();
  CHECK((sink.Got() == audio));
  CHECK(call.session->statistics().packets_refused == 150);
}

TEST_CASE("keys are heard once and their time is silence in the recording") {
  Call call;
  call.Configure();
  Sink sink;
  call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
  const Bytes audio = Random(320, 11);
  call.Speak(std::span(audio).first(160));
  for (const uint8_t event : {uint8_t{5}, uint8_t{11}}) {
    for (int i = 1; i <= 6; ++i) {  // 60 ms; the end three times
      const uint16_t duration = static_cast<uint16_t>(std::min(i, 3) * 160);
      const Bytes payload{event, static_cast<uint8_t>(i >= 4 ? 0x8A : 0x0A),
                          static_cast<uint8_t>(duration >> 8), static_cast<uint8_t>(duration)};
      call.peer.SendTo(call.session->port(), call.writer.Packet(payload, 101, i == 1));
    }
    call.writer.timestamp += 800;
  }
  call.Speak(std::span(audio).last(160));
  REQUIRE(call.Until([&] { return call.events.keys.size() == 2; }));
  call.session->StopRecording();
  CHECK(call.events.keys == "5#");
  Bytes expected(audio.begin(), audio.begin() + 160);
  expected.resize(160 + 1600, 0xFF);
  expected.insert(expected.end(), audio.begin() + 160, audio.end());
  CHECK((sink.Got() == expected));
}

TEST_CASE("clips are played bit for bit, steadily, in one unbroken source") {
  Call call;
  std::vector<int16_t> samples(4000);
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<int16_t>(i * 37);
  const auto clip = std::make_shared<um::domain::Clip>(samples);
  call.session->Play({clip, clip});
  call.Configure();
  const auto start = call.loop.Now();
  Bytes heard;
  std::optional<RtpPacket> last;
  for (int n = 0; n < 60; ++n) {
    const Bytes bytes = call.peer.Receive(2000ms);
    const auto packet = ParseRtp(bytes);
    REQUIRE(packet);
    CHECK(packet->marker == (n == 0));
    CHECK(packet->payload.size() == 160);
    CHECK(packet->payload_type == 0);
    if (last) {
      CHECK(packet->sequence == static_cast<uint16_t>(last->sequence + 1));
      CHECK(packet->timestamp == last->timestamp + 160);
      CHECK(packet->ssrc == last->ssrc);
    }
    last = packet;
    heard.insert(heard.end(), packet->payload.begin(), packet->payload.end());
  }
  const auto took = call.loop.Now() - start;
  CHECK(took > 1100ms);  // not faster than time
  Bytes expected = clip->codes(Law::kMu);
  expected.insert(expected.end(), clip->codes(Law::kMu).begin(), clip->codes(Law::kMu).end());
  const Bytes& quiet = um::domain::QuietLine().codes(Law::kMu);
  expected.insert(expected.end(), quiet.begin(), quiet.begin() + 1600);
  CHECK((heard == expected));
  REQUIRE(call.Until([&] { return call.events.played > 0; }));
  CHECK(call.events.played == 1);
}

TEST_CASE("playing can be stopped and replaced without word of an end") {
  Call call;
  call.Configure();
  const auto clip = std::make_shared<um::domain::Clip>(std::vector<int16_t>(800, 1000));
  call.session->Play({clip});
  call.session->StopPlaying();
  call.session->Play({clip});
  call.session->Play({clip});
  REQUIRE(call.Until([&] { return call.events.played > 0; }));
  call.session->Play({});
  REQUIRE(call.Until([&] { return call.events.played == 2; }));
  call.Until([] { return false; }, 200ms);
  CHECK(call.events.played == 2);
}

TEST_CASE("a new answer changes law and packet length, not the source") {
  Call call;
  call.parameters.packet_ms = 30;
  call.Configure();
  const auto first = ParseRtp(call.peer.Receive(2000ms));
  REQUIRE(first);
  CHECK(first->payload.size() == 240);
  call.parameters.codec = um::domain::Codec::kPcma;
  call.parameters.payload_type = call.parameters.receive_payload_type = 8;
  call.parameters.packet_ms = 10;
  call.Configure();
  uint32_t timestamp = first->timestamp + 240;
  uint16_t sequence = first->sequence;
  for (int n = 0; n < 10; ++n) {
    const Bytes bytes = call.peer.Receive(2000ms);
    const auto packet = ParseRtp(bytes);
    REQUIRE(packet);
    CHECK(packet->ssrc == first->ssrc);
    CHECK(packet->sequence == ++sequence);
    CHECK(packet->timestamp == timestamp);
    timestamp += static_cast<uint32_t>(packet->payload.size());
    if (n >= 2) {
      CHECK(packet->payload.size() == 80);
      // A quiet line, which it would not be in the other law.
      for (const uint8_t code : packet->payload) {
        CHECK(std::abs(um::domain::DecodeG711(Law::kA, code)) < 200);
      }
      CHECK(packet->payload_type == 8);
    }
  }
}

TEST_CASE("a recording keeps the law it began with") {
  Call call;
  call.Configure();
  Sink sink;
  call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 10s});
  const Bytes mu(160, 0x90);
  call.Speak(mu);
  call.parameters.codec = um::domain::Codec::kPcma;
  call.parameters.payload_type = call.parameters.receive_payload_type = 8;
  call.Configure();
  const int16_t value = um::domain::DecodeG711(Law::kMu, 0x90);
  call.Speak(Bytes(160, um::domain::EncodeG711(Law::kA, value)), 160, 8);
  call.session->StopRecording();
  const Bytes got = sink.Got();
  REQUIRE(got.size() == 320);
  CHECK(got[0] == 0x90);
  CHECK(std::abs(um::domain::DecodeG711(Law::kMu, got[319]) - value) < value / 16);
}

TEST_CASE("while held nothing is sent or recorded, and the clip goes on afterwards") {
  Call call;
  call.parameters.send = call.parameters.receive = false;
  call.session->Play({std::make_shared<um::domain::Clip>(std::vector<int16_t>(160, 5000))});
  call.Configure();
  Sink sink;
  call.session->StartRecording(sink, {.max = 60s, .idle_timeout = 100ms});
  call.Speak(Random(160, 1));
  REQUIRE(call.Received(1));
  CHECK(call.peer.Receive(300ms).empty());
  call.Until([] { return false; }, 50ms);
  CHECK(call.events.played == 0);
  CHECK(call.events.stopped.empty());
  CHECK(sink.Got().empty());
  call.parameters.send = call.parameters.receive = true;
  call.Configure();
  const auto packet = ParseRtp(call.peer.Receive(2000ms));
  REQUIRE(packet);
  CHECK(packet->marker);
  REQUIRE(call.Until([&] { return call.events.played == 1; }));
  REQUIRE(call.Until([&] { return call.events.stopped.size() == 1; }));
  CHECK(call.events.stopped[0] == RecordingStop::kSilence);
}

TEST_CASE("a recording ends at its limit, and is not touched any more") {
  Call call;
  call.Configure();
  Sink sink;
  call.session->StartRecording(sink, {.max = 100ms, .idle_timeout = 10s});
  call.Speak(Random(1600, 2));
  REQUIRE(call.Until([&] { return !call.events.stopped.empty(); }));
  CHECK(call.events.stopped == std::vector{RecordingStop::kLimit});
  CHECK(sink.Got().size() == 800);
}

TEST_CASE("media that stops is reported once, and again when it stopped again") {
  Call call(200ms);
  call.Configure();
  REQUIRE(call.Until([&] { return call.events.lost == 1; }));
  call.Until([] { return false; }, 300ms);
  CHECK(call.events.lost == 1);
  call.Speak(Random(160, 2));
  REQUIRE(call.Until([&] { return call.events.lost == 2; }));
  // Not while the peer need not send.
  call.parameters.receive = false;
  call.Configure();
  call.Until([] { return false; }, 300ms);
  CHECK(call.events.lost == 2);
}

TEST_CASE("reports are sent, understood, and end with a goodbye") {
  Call call;
  UdpPeer report_peer("127.0.0.1", static_cast<uint16_t>(call.peer.address().port + 1));
  if (!report_peer.bound()) return;  // somebody else has that port
  call.Configure();
  const Bytes audio = Random(160 * 20, 3);
  call.Speak(audio);
  REQUIRE(call.Received(20));
  const Bytes bytes = report_peer.Receive(8000ms);
  const auto news = ParseRtcp(bytes, call.writer.ssrc);
  REQUIRE(news);
  CHECK(news->ntp);
  REQUIRE(news->about_us);
  CHECK(news->about_us->cumulative_lost == 0);
  CHECK_FALSE(news->bye);
  // Answer as if half of it had been lost.
  std::array<uint8_t, kMaxRtcpReport> out;
  const size_t n = WriteRtcp({.ssrc = call.writer.ssrc,
                              .block = ReportBlock{.ssrc = news->ssrc,
                                                   .fraction_lost = 128,
                                                   .last_sr = NtpMiddle(*news->ntp),
                                                   .since_last_sr = 0},
                              .cname = "peer"},
                             out);
  report_peer.SendTo(static_cast<uint16_t>(call.session->port() + 1), std::span(out).first(n));
  REQUIRE(call.Until([&] { return call.session->statistics().remote_loss > 0; }));
  CHECK(call.session->statistics().remote_loss == Approx(0.5));
  CHECK(call.session->statistics().round_trip_ms < 2000);
  call.session.reset();
  for (;;) {
    const Bytes last = report_peer.Receive(2000ms);
    REQUIRE(!last.empty());
    const auto goodbye = ParseRtcp(last, 0);
    REQUIRE(goodbye);
    if (goodbye->bye) break;
  }
}

TEST_CASE("ports run out and come back") {
  EpollLoop loop;
  Events events;
  const uint16_t first = 31000;
  const auto engine =
      StartEngine(loop, {.first_port = first, .last_port = first + 7, .real_time = false});
  std::vector<std::unique_ptr<Session>> sessions;
  for (;;) {
    auto session = engine->Open(kLocal, events, 0s);
    if (!session.ok()) {
      CHECK(session.status().code() == absl::StatusCode::kResourceExhausted);
      break;
    }
    REQUIRE(sessions.size() < 4);
    sessions.push_back(*std::move(session));
  }
  REQUIRE(!sessions.empty());
  sessions.pop_back();
  CHECK(engine->Open(kLocal, events, 0s).ok());
  CHECK_FALSE(engine->Open(*um::net::IpAddress::Parse("192.0.2.1"), events, 0s).ok());
}

TEST_CASE("sessions can end at any moment of play and recording") {
  Call call(0s, 2);
  const auto clip = std::make_shared<um::domain::Clip>(std::vector<int16_t>(300, 1000));
  Sink sink;
  Events events;
  std::mt19937 random(12);
  for (int round = 0; round < 200; ++round) {
    auto session = *call.engine->Open(kLocal, events, 10ms);
    session->Configure(call.parameters);
    session->Play({clip});
    session->StartRecording(sink, {.max = 1s, .idle_timeout = 10ms});
    call.peer.SendTo(session->port(), call.writer.Audio(Random(160, 1)));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 15000));
    if (round % 3 == 0) session->StopRecording();
    if (round % 5 == 0) call.loop.Step(0ms);
    const int played = events.played;
    session.reset();
    call.Until([] { return false; }, 1ms);
    CHECK(events.played == played);  // nothing comes after its end
  }
}

TEST_CASE("a hundred sessions at once are served by two threads, none mixed up") {
  constexpr int kCalls = 100;
  EpollLoop loop;
  const auto engine = StartEngine(
      loop, {.threads = 2, .first_port = 40000, .last_port = 49999, .real_time = false});
  struct One {
    Events events;
    Sink sink;
    UdpPeer peer;
    RtpWriter writer;
    Bytes audio;
    std::unique_ptr<Session> session;
  };
  std::vector<std::unique_ptr<One>> calls;
  for (int i = 0; i < kCalls; ++i) {
    auto& one = *calls.emplace_back(std::make_unique<One>());
    one.audio = Random(16000, static_cast<uint32_t>(i));
    one.session = *engine->Open(kLocal, one.events, 0s);
    StreamParameters parameters;
    parameters.remote = one.peer.address();
    one.session->Configure(parameters);
    one.session->Play({std::make_shared<um::domain::Clip>(
        std::vector<int16_t>(8000, static_cast<int16_t>(i * 100)))});
    one.session->StartRecording(one.sink, {.max = 60s, .idle_timeout = 60s});
  }
  for (size_t n = 0; n < 100; ++n) {
    const auto next = std::chrono::steady_clock::now() + 20ms;
    for (const auto& one : calls) {
      one->peer.SendTo(one->session->port(),
                       one->writer.Audio(std::span(one->audio).subspan(n * 160, 160)));
    }
    loop.Step(0ms);
    std::this_thread::sleep_until(next);
  }
  for (const auto& one : calls) {
    one->session->StopRecording();
    CHECK((one->sink.Got() == one->audio));
    CHECK(one->events.played == 1);
    CHECK(one->session->statistics().packets_sent >= 60);
  }
}
