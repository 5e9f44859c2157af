#include "mailbox/media/rtcp.h"

#include <algorithm>
#include <cstring>

#include "mailbox/media/wire.h"

namespace um::media {
namespace {
constexpr uint8_t kSr = 200, kRr = 201, kSdes = 202, kBye = 203;
constexpr uint8_t kCname = 1;
constexpr size_t kHeader = 8;  // with the sender's SSRC
constexpr size_t kSenderInfo = 20;
constexpr size_t kBlock = 24;
constexpr size_t kMaxCname = 64;
constexpr uint64_t kNtpEpoch = 2'208'988'800;  // seconds from 1900 to 1970

/// Appends whole packets; the length field is filled in at the end of each.
class Writer {
 public:
  explicit Writer(std::span<uint8_t> out) : out_(out) {}
  void Begin(uint8_t type, uint8_t count) {
    begin_ = size_;
    out_[size_] = static_cast<uint8_t>(2 << 6 | count);
    out_[size_ + 1] = type;
    size_ += 4;
  }
  void Add32(uint32_t value) {
    Put32(&out_[size_], value);
    size_ += 4;
  }
  void Add8(uint8_t value) { out_[size_++] = value; }
  void AddText(std::string_view text) {
    std::memcpy(&out_[size_], text.data(), text.size());
    size_ += text.size();
  }
  void End() {
    while ((size_ - begin_) % 4 != 0) out_[size_++] = 0;
    Put16(&out_[begin_ + 2], static_cast<uint32_t>((size_ - begin_) / 4 - 1));
  }
  size_t size() const { return size_; }

 private:
  std::span<uint8_t> out_;
  size_t begin_ = 0;
  size_t size_ = 0;
};

ReportBlock ParseBlock(const uint8_t* p) {
  ReportBlock block;
  block.ssrc = Get32(p);
  block.fraction_lost = p[4];
  block.cumulative_lost = static_cast<int32_t>(Get32(p + 4) << 8) >> 8;
  block.highest_sequence = Get32(p + 8);
  block.jitter = Get32(p + 12);
  block.last_sr = Get32(p + 16);
  block.since_last_sr = Get32(p + 20);
  return block;
}

/// One SR or RR, its length already checked against the datagram.
bool ParseReport(std::span<const uint8_t> packet, uint32_t our_ssrc, RtcpNews& news) {
  const bool sender = packet[1] == kSr;
  size_t at = kHeader + (sender ? kSenderInfo : 0);
  const size_t count = packet[0] & 0x1F;
  if (packet.size() < at + count * kBlock) return false;
  news.ssrc = Get32(&packet[4]);
  if (sender) news.ntp = uint64_t{Get32(&packet[8])} << 32 | Get32(&packet[12]);
  for (size_t i = 0; i < count; ++i, at += kBlock) {
    if (Get32(&packet[at]) == our_ssrc) news.about_us = ParseBlock(&packet[at]);
  }
  return true;
}

}  // namespace

size_t WriteRtcp(const RtcpReport& report, std::span<uint8_t, kMaxRtcpReport> out) {
  Writer writer(out);
  writer.Begin(report.sender ? kSr : kRr, report.block ? 1 : 0);
  writer.Add32(report.ssrc);
  if (const auto& sender = report.sender) {
    writer.Add32(static_cast<uint32_t>(sender->ntp >> 32));
    writer.Add32(static_cast<uint32_t>(sender->ntp));
    writer.Add32(sender->rtp_timestamp);
    writer.Add32(sender->packets);
    writer.Add32(sender->octets);
  }
  if (const auto& block = report.block) {
    writer.Add32(block->ssrc);
    writer.Add32(uint32_t{block->fraction_lost} << 24 |
                 (static_cast<uint32_t>(block->cumulative_lost) & 0xFFFFFF));
    writer.Add32(block->highest_sequence);
    writer.Add32(block->jitter);
    writer.Add32(block->last_sr);
    writer.Add32(block->since_last_sr);
  }
  writer.End();
  // Section 6.1: every compound packet carries an SDES with the CNAME.
  const std::string_view cname = report.cname.substr(0, kMaxCname);
  writer.Begin(kSdes, 1);
  writer.Add32(report.ssrc);
  writer.Add8(kCname);
  writer.Add8(static_cast<uint8_t>(cname.size()));
  writer.AddText(cname);
  writer.Add8(0);  // section 6.5: the list of items ends with at least one null
  writer.End();
  if (report.bye) {
    writer.Begin(kBye, 1);
    writer.Add32(report.ssrc);
    writer.End();
  }
  return writer.size();
}

std::optional<RtcpNews> ParseRtcp(std::span<const uint8_t> datagram, uint32_t our_ssrc) {
  RtcpNews news;
  // Appendix A.2: version 2, a report first, no padding but in the last packet, lengths that add
  // up.
  if (datagram.size() < kHeader || (datagram[1] != kSr && datagram[1] != kRr)) return std::nullopt;
  while (!datagram.empty()) {
    if (datagram.size() < 4 || datagram[0] >> 6 != 2) return std::nullopt;
    const size_t size = 4 * (size_t{Get16(&datagram[2])} + 1);
    if (size > datagram.size()) return std::nullopt;
    if ((datagram[0] & 0x20) != 0 && size != datagram.size()) return std::nullopt;
    const auto packet = datagram.first(size);
    datagram = datagram.subspan(size);
    if (packet[1] == kSr || packet[1] == kRr) {
      if (size < kHeader || !ParseReport(packet, our_ssrc, news)) return std::nullopt;
    } else if (packet[1] == kBye) {
      news.bye = true;
    }
  }
  return news;
}

uint64_t NtpTime(async::WallTime time) {
  const auto since = static_cast<uint64_t>(time.time_since_epoch().count());  // microseconds
  const uint64_t seconds = since / 1'000'000 + kNtpEpoch;
  return seconds << 32 | (since % 1'000'000 << 32) / 1'000'000;
}

}  // namespace um::media
