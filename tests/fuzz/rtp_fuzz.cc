// One datagram as it comes from the network, read as RTP, as RTCP and as a telephone event.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "mailbox/media/rtcp.h"
#include "mailbox/media/rtp_packet.h"
#include "mailbox/media/telephone_events.h"
#include "tests/fuzz/check.h"

namespace {

constexpr uint32_t kOurSsrc = 0x01020304;

void CheckRtp(std::span<const uint8_t> datagram) {
  const auto packet = um::media::ParseRtp(datagram);
  if (!packet) return;
  UM_FUZZ_CHECK(packet->payload.size() + um::media::kRtpHeader <= datagram.size());
  UM_FUZZ_CHECK(
      packet->payload.empty() ||
      (packet->payload.data() >= datagram.data() + um::media::kRtpHeader &&
       packet->payload.data() + packet->payload.size() <= datagram.data() + datagram.size()));
  // What was read is written as it was read.
  std::array<uint8_t, um::media::kRtpHeader> header{};
  um::media::WriteRtpHeader(*packet, header);
  UM_FUZZ_CHECK(std::equal(header.begin() + 1, header.end(), datagram.begin() + 1));

  um::media::TelephoneEvents events;
  events.Add(packet->timestamp, packet->marker, packet->payload);
  events.Add(packet->timestamp + 160, false, datagram);
  (void)events.Covers(packet->timestamp);
}

void CheckRtcp(std::span<const uint8_t> datagram) {
  const auto news = um::media::ParseRtcp(datagram, kOurSsrc);
  if (!news) return;
  UM_FUZZ_CHECK(datagram.size() >= 8 && datagram.size() % 4 == 0);
  if (news->about_us) UM_FUZZ_CHECK(news->about_us->ssrc == kOurSsrc);
  // RFC 5761 section 4: nothing is both.
  UM_FUZZ_CHECK(!um::media::ParseRtp(datagram));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckRtp({data, size});
  CheckRtcp({data, size});
  return 0;
}
