#include "common/sip/sdp.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/su_alloc.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace um::sip {
namespace {

// What one description may make the parser allocate.
constexpr size_t kMaxBytes = 16 * 1024;
constexpr size_t kMaxLines = 512;
constexpr size_t kMaxMedia = 16;
constexpr size_t kMaxFormats = 32;

struct StaticType {
  int payload_type;
  const char* encoding;
  int clock_rate;
  int channels;
};
// RFC 3551 section 6, tables 4 and 5 (G722's clock of 8000 Hz is a known erratum that became the
// rule).
constexpr StaticType kStaticTypes[] = {
    {0, "PCMU", 8000, 1},   {3, "GSM", 8000, 1},    {4, "G723", 8000, 1},   {5, "DVI4", 8000, 1},
    {6, "DVI4", 16000, 1},  {7, "LPC", 8000, 1},    {8, "PCMA", 8000, 1},   {9, "G722", 8000, 1},
    {10, "L16", 44100, 2},  {11, "L16", 44100, 1},  {12, "QCELP", 8000, 1}, {13, "CN", 8000, 1},
    {14, "MPA", 90000, 1},  {15, "G728", 8000, 1},  {16, "DVI4", 11025, 1}, {17, "DVI4", 22050, 1},
    {18, "G729", 8000, 1},  {25, "CELB", 90000, 1}, {26, "JPEG", 90000, 1}, {28, "NV", 90000, 1},
    {31, "H261", 90000, 1}, {32, "MPV", 90000, 1},  {33, "MP2T", 90000, 1}, {34, "H263", 90000, 1},
};

std::string Upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

int Number(const char* text, int lowest, int highest) {
  if (text == nullptr) return 0;
  int value = 0;
  const std::string_view view(text);
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  return error == std::errc() && value >= lowest && value <= highest ? value : 0;
}

bool IsIpLiteral(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

absl::Status Refused(std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("SDP: {}", why));
}

// RFC 8866 section 9: what media types, protocols and formats are made of.
bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`{|}~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// Cuts the text up to `separator` off the front of `rest`.
std::string_view Next(std::string_view& rest, char separator) {
  const std::string_view front = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), front.size() + 1));
  return front;
}

// "audio 5004/2 RTP/AVP 0 8". sofia loops for ever, allocating, over a format that is no token.
absl::Status CheckMedia(std::string_view rest) {
  if (!IsToken(Next(rest, ' '))) return Refused("bad media type");
  const std::string_view port = Next(rest, ' ');
  if (port.empty() || port.find_first_not_of("0123456789/") != std::string_view::npos) {
    return Refused("bad port");
  }
  std::string_view protocol = Next(rest, ' ');
  if (protocol.empty() || protocol.back() == '/') return Refused("bad protocol");
  while (!protocol.empty()) {
    if (!IsToken(Next(protocol, '/'))) return Refused("bad protocol");
  }
  size_t formats = 0;
  while (!rest.empty()) {
    if (++formats > kMaxFormats) return Refused("too many formats");
    if (!IsToken(Next(rest, ' '))) return Refused("bad format");
  }
  return formats == 0 ? Refused("m= line without formats") : absl::OkStatus();
}

bool IsWanted(std::string_view line) {
  if (line.starts_with("v=") || line.starts_with("o=") || line.starts_with("c=")) return true;
  if (!line.starts_with("a=")) return false;
  line.remove_prefix(2);
  const std::string_view name = line.substr(0, line.find(':'));
  constexpr std::string_view kWanted[] = {"rtpmap",   "fmtp",     "ptime",    "maxptime",
                                          "sendrecv", "sendonly", "recvonly", "inactive"};
  return std::find(std::begin(kWanted), std::end(kWanted), name) != std::end(kWanted);
}

// The lines that we use, within limits, and no others: sofia's parser has no limits of its own and
// more kinds of lines than anybody has tested against hostile peers.
absl::StatusOr<std::string> Reduce(std::string_view text) {
  if (text.size() > kMaxBytes) return Refused("longer than 16 kB");
  if (text.find('\0') != std::string_view::npos) return Refused("holds a NUL");
  std::string out;
  size_t lines = 0;
  size_t media = 0;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (++lines > kMaxLines) return Refused("too many lines");
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    if (line.starts_with("m=")) {
      if (++media > kMaxMedia) return Refused("too many m= lines");
      if (absl::Status status = CheckMedia(line.substr(2)); !status.ok()) return status;
    } else if (line.starts_with("s=")) {
      line = "s=-";
    } else if (line.starts_with("t=")) {
      line = "t=0 0";
    } else if (!IsWanted(line)) {
      continue;
    }
    out += line;
    out += "\r\n";
  }
  return out;
}

struct ParserDeleter {
  void operator()(sdp_parser_t* parser) const { sdp_parser_free(parser); }
};

RtpMap ToRtpMap(const sdp_rtpmap_t& map) {
  RtpMap out;
  out.payload_type = static_cast<int>(map.rm_pt);
  out.fmtp = map.rm_fmtp == nullptr ? "" : map.rm_fmtp;
  if (!map.rm_predef && map.rm_encoding != nullptr && *map.rm_encoding != '\0') {
    out.encoding = Upper(map.rm_encoding);
    out.clock_rate = static_cast<int>(std::min(map.rm_rate, 1'000'000ul));
    out.channels = std::max(1, Number(map.rm_params, 1, 255));
    return out;
  }
  for (const StaticType& type : kStaticTypes) {
    if (type.payload_type != out.payload_type) continue;
    out.encoding = type.encoding;
    out.clock_rate = type.clock_rate;
    out.channels = type.channels;
  }
  return out;
}

Direction ToDirection(unsigned mode) {
  switch (mode) {
    case sdp_inactive:
      return Direction::kInactive;
    case sdp_sendonly:
      return Direction::kSendOnly;
    case sdp_recvonly:
      return Direction::kRecvOnly;
    default:
      return Direction::kSendRecv;
  }
}

absl::StatusOr<std::string> AddressOf(const sdp_connection_t* connection) {
  if (connection == nullptr || connection->c_address == nullptr) return std::string();
  std::string address = connection->c_address;
  // A name would make every offer a DNS query of the peer's choice.
  if (!IsIpLiteral(address)) return Refused("connection address is no IP literal");
  return address;
}

absl::StatusOr<MediaDescription> ToMedia(const sdp_media_t& media,
                                         const std::string& session_address) {
  MediaDescription out;
  out.type = media.m_type_name == nullptr ? "" : media.m_type_name;
  out.protocol = media.m_proto_name == nullptr ? "" : media.m_proto_name;
  if (out.type.empty() || out.protocol.empty()) return Refused("m= line without type or protocol");
  if (media.m_port > 65535) return Refused("impossible port");
  out.port = static_cast<uint16_t>(media.m_port);
  auto address = AddressOf(media.m_connections);
  if (!address.ok()) return std::move(address).status();
  out.address = address->empty() ? session_address : *std::move(address);
  if (out.address.empty() && out.port != 0) return Refused("media without connection address");
  for (const auto* map = media.m_rtpmaps; map != nullptr; map = map->rm_next) {
    out.formats.push_back(ToRtpMap(*map));
  }
  for (const auto* format = media.m_format; format != nullptr; format = format->l_next) {
    if (format->l_text != nullptr) out.formats.push_back({-1, format->l_text, 0, 1, ""});
  }
  if (out.formats.empty()) return Refused("m= line without formats");
  out.direction = ToDirection(media.m_mode);
  if (const auto* a = sdp_attribute_find(media.m_attributes, "ptime")) {
    out.ptime = Number(a->a_value, 1, 1000);
  }
  if (const auto* a = sdp_attribute_find(media.m_attributes, "maxptime")) {
    out.maxptime = Number(a->a_value, 1, 1000);
  }
  return out;
}

std::string ConnectionLine(const std::string& address) {
  return fmt::format("c=IN {} {}\r\n", address.find(':') == std::string::npos ? "IP4" : "IP6",
                     address);
}

std::string_view ToAttribute(Direction direction) {
  switch (direction) {
    case Direction::kSendRecv:
      return "sendrecv";
    case Direction::kSendOnly:
      return "sendonly";
    case Direction::kRecvOnly:
      return "recvonly";
    case Direction::kInactive:
      return "inactive";
  }
  return "";
}

// Names are the same in any case (RFC 8866 section 6.6); not every peer knows that.
std::string_view AsRegistered(std::string_view encoding) {
  if (encoding == "TELEPHONE-EVENT") return "telephone-event";
  return encoding == "OPUS" ? "opus" : encoding;
}

void Write(std::string& out, const MediaDescription& media, const std::string& session_address) {
  out += fmt::format("m={} {} {}", media.type, media.port, media.protocol);
  for (const RtpMap& format : media.formats) {
    out += ' ';
    out += format.payload_type < 0 ? format.encoding : std::to_string(format.payload_type);
  }
  out += "\r\n";
  if (media.port == 0) return;  // refused: nothing more to say (RFC 3264 section 6)
  if (!media.address.empty() && media.address != session_address)
    out += ConnectionLine(media.address);
  for (const RtpMap& format : media.formats) {
    if (format.payload_type < 0 || format.encoding.empty()) continue;
    out += fmt::format("a=rtpmap:{} {}/{}", format.payload_type, AsRegistered(format.encoding),
                       format.clock_rate);
    if (format.channels > 1) out += fmt::format("/{}", format.channels);
    out += "\r\n";
    if (!format.fmtp.empty()) {
      out += fmt::format("a=fmtp:{} {}\r\n", format.payload_type, format.fmtp);
    }
  }
  if (media.ptime > 0) out += fmt::format("a=ptime:{}\r\n", media.ptime);
  if (media.maxptime > 0) out += fmt::format("a=maxptime:{}\r\n", media.maxptime);
  out += fmt::format("a={}\r\n", ToAttribute(media.direction));
}

}  // namespace

absl::StatusOr<SessionDescription> SessionDescription::Parse(std::string_view text) {
  auto reduced = Reduce(text);
  if (!reduced.ok()) return std::move(reduced).status();
  // No sdp_f_mode_0000: what 0.0.0.0 means is decided by offer/answer, not by the parser.
  const std::unique_ptr<sdp_parser_t, ParserDeleter> parser(
      sdp_parse(nullptr, reduced->data(), static_cast<issize_t>(reduced->size()), sdp_f_c_missing));
  if (parser == nullptr) return absl::ResourceExhaustedError("SDP: out of memory");
  const sdp_session_t* sdp = sdp_session(parser.get());
  if (sdp == nullptr) {
    const char* why = sdp_parsing_error(parser.get());
    return Refused(why == nullptr ? "unreadable" : why);
  }
  if (sdp->sdp_origin == nullptr || sdp->sdp_media == nullptr)
    return Refused("no o= or no m= line");
  SessionDescription out;
  if (const char* user = sdp->sdp_origin->o_username) out.origin_user = user;
  out.session_id = sdp->sdp_origin->o_id;
  out.version = sdp->sdp_origin->o_version;
  auto address = AddressOf(sdp->sdp_connection);
  if (!address.ok()) return std::move(address).status();
  out.address = *std::move(address);
  for (const auto* media = sdp->sdp_media; media != nullptr; media = media->m_next) {
    auto one = ToMedia(*media, out.address);
    if (!one.ok()) return std::move(one).status();
    out.media.push_back(*std::move(one));
  }
  return out;
}

std::string SessionDescription::ToString() const {
  // The origin has an address even where only the media have one.
  std::string origin = address;
  for (const MediaDescription& one : media) {
    if (origin.empty()) origin = one.address;
  }
  if (origin.empty()) origin = "0.0.0.0";  // nothing but refused media
  std::string out =
      fmt::format("v=0\r\no={} {} {} IN {} {}\r\ns=-\r\n", origin_user, session_id, version,
                  origin.find(':') == std::string::npos ? "IP4" : "IP6", origin);
  if (!address.empty()) out += ConnectionLine(address);
  out += "t=0 0\r\n";
  for (const MediaDescription& one : media) Write(out, one, address);
  return out;
}

}  // namespace um::sip
