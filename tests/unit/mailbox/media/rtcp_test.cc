#include "mailbox/media/rtcp.h"

#include <array>
#include <random>
#include <vector>

#include "mailbox/media/rtcp_session.h"
#include "tests/support/catch.h"

using namespace um::media;
using namespace std::chrono_literals;
using um::async::Time;
using um::async::WallTime;

namespace {
using Bytes = std::vector<uint8_t>;
Bytes Written(const RtcpReport& report) {
  std::array<uint8_t, kMaxRtcpReport> out{};
  const size_t n = WriteRtcp(report, out);
  return {out.begin(), out.begin() + long(n)};
}
const ReportBlock kBlock{.ssrc = 7,
                         .fraction_lost = 3,
                         .cumulative_lost = -5,
                         .highest_sequence = 0x10002,
                         .jitter = 11,
                         .last_sr = 0xAABBCCDD,
                         .since_last_sr = 65536};
}  // namespace

TEST_CASE("a report says what it was given to say") {
  const Bytes bytes = Written(
      {.ssrc = 42,
       .sender =
           SenderInfo{.ntp = 0x0123456789ABCDEF, .rtp_timestamp = 1, .packets = 2, .octets = 3},
       .block = kBlock,
       .cname = "abcdefghijklmnop",
       .bye = true});
  CHECK(bytes.size() % 4 == 0);
  const auto news = ParseRtcp(bytes, 7);
  REQUIRE(news);
  CHECK(news->ssrc == 42);
  CHECK(news->ntp == 0x0123456789ABCDEFu);
  CHECK(news->bye);
  REQUIRE(news->about_us);
  CHECK(news->about_us->cumulative_lost == -5);
  CHECK(news->about_us->fraction_lost == 3);
  CHECK(news->about_us->highest_sequence == 0x10002);
  CHECK(news->about_us->last_sr == 0xAABBCCDD);
  // SDES, one chunk: SSRC, CNAME, at least one null.
  const size_t sdes = 28 + 24;
  CHECK(bytes[sdes] == 0x81);
  CHECK(bytes[sdes + 1] == 202);
  CHECK(bytes[sdes + 8] == 1);
  CHECK(bytes[sdes + 9] == 16);
  CHECK(bytes[sdes + 10 + 16] == 0);
}

TEST_CASE("who has sent nothing writes a receiver report, and a long name is cut") {
  const std::string name(300, 'x');
  const Bytes bytes = Written({.ssrc = 1, .block = kBlock, .cname = name, .bye = true});
  CHECK(bytes[1] == 201);
  REQUIRE(ParseRtcp(bytes, 7));
  CHECK_FALSE(ParseRtcp(bytes, 7)->ntp);
  CHECK_FALSE(ParseRtcp(bytes, 8)->about_us);
}

TEST_CASE("what is no compound packet is refused") {
  const Bytes good = Written({.ssrc = 1, .sender = SenderInfo{}, .block = kBlock, .cname = "a"});
  REQUIRE(ParseRtcp(good, 7));
  for (size_t n = 0; n < good.size(); ++n) {
    // Cut anywhere but between its packets.
    const bool whole = n == 52;
    CHECK(ParseRtcp(std::span(good).first(n), 7).has_value() == whole);
  }
  Bytes bad = good;
  bad[0] = 0x41;  // version 1
  CHECK_FALSE(ParseRtcp(bad, 7));
  bad = good;
  bad[0] = 0x9F;  // 31 blocks
  CHECK_FALSE(ParseRtcp(bad, 7));
  bad = good;
  bad[2] = 0xFF;  // 262 kB
  CHECK_FALSE(ParseRtcp(bad, 7));
  bad = good;
  bad[0] |= 0x20;  // padding in the first packet
  CHECK_FALSE(ParseRtcp(bad, 7));
  bad = good;
  bad[1] = 202;  // does not start with a report
  CHECK_FALSE(ParseRtcp(bad, 7));
}

TEST_CASE("random reports never make the parser read outside them") {
  std::mt19937 random(9);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes(random() % 120);
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random() % 4 == 0 ? random() : 0);
    if (bytes.size() > 3) {
      bytes[0] = static_cast<uint8_t>(0x80 | (random() & 0x1F));
      bytes[1] = static_cast<uint8_t>(200 + random() % 2);
      bytes[3] = static_cast<uint8_t>(random() % 32);
    }
    ParseRtcp(bytes, 0);
  }
  SUCCEED();
}

TEST_CASE("NTP time counts from 1900") {
  const WallTime unix_epoch{};
  CHECK(NtpTime(unix_epoch) >> 32 == 2208988800u);
  CHECK(static_cast<uint32_t>(NtpTime(unix_epoch + 500ms)) == 0x80000000u);
}

TEST_CASE("reports are due about every five seconds, the first earlier") {
  RtcpSession session("name", 4);
  Time now{};
  std::vector<Time> due;
  for (; now < Time(10min); now += 10ms) {
    if (session.Due(now)) due.push_back(now);
  }
  REQUIRE(due.size() > 90);
  CHECK(due.size() < 150);
  CHECK(due[0] >= Time(1250ms));
  CHECK(due[0] <= Time(3750ms));
  for (size_t i = 1; i < due.size(); ++i) {
    CHECK(due[i] - due[i - 1] >= 2500ms);
    CHECK(due[i] - due[i - 1] <= 7510ms);
  }
}

TEST_CASE("the round trip is measured by the times that come back") {
  RtcpSession us("us", 1);
  RtcpSession them("them", 2);
  const WallTime start{std::chrono::hours(500000)};
  std::array<uint8_t, kMaxRtcpReport> out{};
  // We report at 0; it takes 30 ms; they answer 2 s later; that takes 30 ms as well.
  size_t n = us.Write(1, SenderInfo{.ntp = NtpTime(start)}, std::nullopt, false, start, out);
  them.Read(*ParseRtcp(std::span(out).first(n), 2), start + 30ms);
  n = them.Write(2, std::nullopt, ReportBlock{.ssrc = 1, .fraction_lost = 64}, false,
                 start + 2030ms, out);
  us.Read(*ParseRtcp(std::span(out).first(n), 1), start + 2060ms);
  CHECK(us.round_trip_ms() == Approx(60).margin(0.1));
  CHECK(us.remote_loss() == Approx(0.25));
  // A lie about the delay does not make time run backwards.
  n = them.Write(2, std::nullopt, ReportBlock{.ssrc = 3}, false, start, out);
  RtcpNews lie;
  lie.about_us = ReportBlock{.last_sr = NtpMiddle(NtpTime(start)), .since_last_sr = 0x7FFFFFFF};
  us.Read(lie, start + 1s);
  CHECK(us.round_trip_ms() == Approx(60).margin(0.1));
}
