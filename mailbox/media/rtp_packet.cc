#include "mailbox/media/rtp_packet.h"

#include "mailbox/media/wire.h"

namespace um::media {

std::optional<RtpPacket> ParseRtp(std::span<const uint8_t> datagram) {
  if (datagram.size() < kRtpHeader || datagram[0] >> 6 != 2) return std::nullopt;
  // RFC 5761 section 4: 192 to 223 in the second byte is RTCP.
  if (datagram[1] >= 192 && datagram[1] <= 223) return std::nullopt;
  RtpPacket packet;
  packet.marker = (datagram[1] & 0x80) != 0;
  packet.payload_type = datagram[1] & 0x7F;
  packet.sequence = Get16(&datagram[2]);
  packet.timestamp = Get32(&datagram[4]);
  packet.ssrc = Get32(&datagram[8]);

  size_t begin = kRtpHeader + size_t{4} * (datagram[0] & 0x0F);  // contributing sources
  if ((datagram[0] & 0x10) != 0) {                               // section 5.3.1: extension
    if (begin + 4 > datagram.size()) return std::nullopt;
    begin += 4 + size_t{4} * Get16(&datagram[begin + 2]);
  }
  if (begin > datagram.size()) return std::nullopt;
  size_t padding = 0;
  if ((datagram[0] & 0x20) != 0) {
    padding = datagram.back();  // counts itself
    if (padding == 0 || padding > datagram.size() - begin) return std::nullopt;
  }
  packet.payload = datagram.subspan(begin, datagram.size() - begin - padding);
  return packet;
}

void WriteRtpHeader(const RtpPacket& packet, std::span<uint8_t, kRtpHeader> out) {
  out[0] = 2 << 6;
  out[1] = static_cast<uint8_t>((packet.marker ? 0x80 : 0) | packet.payload_type);
  Put16(&out[2], packet.sequence);
  Put32(&out[4], packet.timestamp);
  Put32(&out[8], packet.ssrc);
}

}  // namespace um::media
