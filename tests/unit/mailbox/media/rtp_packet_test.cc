#include "mailbox/media/rtp_packet.h"

#include <array>
#include <random>
#include <vector>

#include "tests/support/catch.h"

using namespace um::media;

namespace {
using Bytes = std::vector<uint8_t>;
Bytes Packet(Bytes payload, uint8_t first = 0x80, uint8_t second = 0) {
  Bytes out{first, second, 0x12, 0x34, 0, 0, 0, 160, 0xDE, 0xAD, 0xBE, 0xEF};
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}
}  // namespace

TEST_CASE("an RTP packet is read as RFC 3550 lays it out") {
  const Bytes bytes = Packet({1, 2, 3}, 0x80, 0x80 | 101);
  const auto packet = ParseRtp(bytes);
  REQUIRE(packet);
  CHECK(packet->payload_type == 101);
  CHECK(packet->marker);
  CHECK(packet->sequence == 0x1234);
  CHECK(packet->timestamp == 160);
  CHECK(packet->ssrc == 0xDEADBEEF);
  CHECK(Bytes(packet->payload.begin(), packet->payload.end()) == Bytes{1, 2, 3});
}

TEST_CASE("contributing sources, extension and padding are not payload") {
  const Bytes bytes = Packet({1,    1,    1, 1, 2, 2, 2, 2,  // two contributing sources
                              0xBE, 0xDE, 0, 1, 9, 9, 9, 9,  // an extension of one word
                              7,    8,    0, 0, 3},          // padding counts itself
                             0x80 | 0x20 | 0x10 | 2);
  const auto packet = ParseRtp(bytes);
  REQUIRE(packet);
  CHECK(Bytes(packet->payload.begin(), packet->payload.end()) == Bytes{7, 8});
}

TEST_CASE("an RTP packet without payload is one") {
  const auto packet = ParseRtp(Packet({}));
  REQUIRE(packet);
  CHECK(packet->payload.empty());
}

TEST_CASE("what is no RTP packet is refused") {
  CHECK_FALSE(ParseRtp({}));
  CHECK_FALSE(ParseRtp(Bytes(11, 0x80)));
  CHECK_FALSE(ParseRtp(Packet({1}, 0x40)));                             // version 1
  CHECK_FALSE(ParseRtp(Packet({1}, 0x00)));                             // STUN and the like
  CHECK_FALSE(ParseRtp(Packet({1}, 0x8F)));                             // fifteen sources, one byte
  CHECK_FALSE(ParseRtp(Packet({1, 2, 3}, 0x90)));                       // half an extension
  CHECK_FALSE(ParseRtp(Packet({0, 0, 0xFF, 0xFF, 1, 2, 3, 4}, 0x90)));  // 262140 bytes of extension
  CHECK_FALSE(ParseRtp(Packet({1, 0}, 0xA0)));                          // padding of nothing
  CHECK_FALSE(ParseRtp(Packet({1, 3}, 0xA0)));                          // more padding than payload
  CHECK_FALSE(ParseRtp(Packet({}, 0xA0)).has_value());
  for (const int type : {200, 201, 202, 203, 204}) {  // RTCP
    CHECK_FALSE(ParseRtp(Packet({1}, 0x80, static_cast<uint8_t>(type))));
  }
}

TEST_CASE("random bytes never make the parser read outside them") {
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes(random() % 60);
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
    if (!bytes.empty()) bytes[0] = static_cast<uint8_t>(0x80 | (bytes[0] & 0x3F));
    const auto packet = ParseRtp(bytes);
    if (packet) CHECK(packet->payload.size() <= bytes.size() - kRtpHeader);
  }
}

TEST_CASE("a header that was written reads the same") {
  const RtpPacket sent{
      .payload_type = 8, .marker = true, .sequence = 65535, .timestamp = 0xFFFFFFFF, .ssrc = 1};
  std::array<uint8_t, kRtpHeader> bytes;
  WriteRtpHeader(sent, bytes);
  const auto read = ParseRtp(bytes);
  REQUIRE(read);
  CHECK(read->payload_type == 8);
  CHECK(read->marker);
  CHECK(read->sequence == 65535);
  CHECK(read->timestamp == 0xFFFFFFFF);
  CHECK(read->ssrc == 1);
}
