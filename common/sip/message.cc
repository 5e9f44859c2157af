#include "common/sip/message.h"

#include <fmt/format.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_uniqueid.h>

#include <algorithm>
#include <array>

#include "common/sip/text.h"

namespace um::sip {
namespace {

constexpr size_t kMaxHeader = size_t{64} * 1024;

struct MessageDeleter {
  void operator()(msg_t* message) const { msg_destroy(message); }
};
using MessagePtr = std::unique_ptr<msg_t, MessageDeleter>;

// When the process exits, sofia's library deletes the thread-local key of its random numbers, even
// if it has never made it: that is key 0 then, somebody else's. It was abseil's, and gRPC's
// threads, which go on until the process is gone, aborted in their locks. One random number makes
// the key.
const uint32_t kSofiaHasItsKey = su_random();

// sofia's table of header classes: built once, then only read.
const msg_mclass_t* HeaderClasses() {
  static const msg_mclass_t* const classes = [] {
    su_init();
    return sip_default_mclass();
  }();
  return classes;
}

template <class SofiaHeader>
const msg_header_t* Generic(const SofiaHeader* header) {
  return reinterpret_cast<const msg_header_t*>(
      header);  // sofia's headers share their first members
}

std::string OrEmpty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

// A header's value in canonical form: unfolded, one blank after each separator.
std::string Encode(const msg_header_t* header) {
  std::array<char, 512> small;
  ssize_t length = msg_header_field_e(small.data(), small.size(), header, 0);
  if (length <= 0) return {};
  if (static_cast<size_t>(length) < small.size())
    return {small.data(), static_cast<size_t>(length)};
  std::string large(std::min(static_cast<size_t>(length) + 1, kMaxHeader), '\0');
  length = msg_header_field_e(large.data(), large.size(), header, 0);
  large.resize(std::clamp<ssize_t>(length, 0, static_cast<ssize_t>(large.size()) - 1));
  return large;
}

// Headers that sofia does not know and whose values are comma lists.
bool IsUnknownList(std::string_view name) {
  constexpr std::string_view kLists[] = {
      "Diversion",           "History-Info",         "Alert-Info",
      "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID"};
  return std::ranges::any_of(kLists,
                             [&](std::string_view list) { return EqualsIgnoreCase(list, name); });
}

// "A UAS SHOULD ignore any malformed header fields that are not necessary for processing requests"
// (RFC 3261 section 8.2.2): these are necessary, here or for the call.
bool IsNecessary(std::string_view name) {
  constexpr std::string_view kNecessary[] = {"From",         "To",
                                             "Via",          "Call-ID",
                                             "CSeq",         "Max-Forwards",
                                             "Contact",      "Route",
                                             "Record-Route", "Require",
                                             "RAck",         "Content-Encoding",
                                             "Content-Type", "Supported",
                                             "Replaces",     "Session-Expires",
                                             "Min-SE",       "Content-Disposition"};
  return std::ranges::any_of(
      kNecessary, [&](std::string_view necessary) { return EqualsIgnoreCase(necessary, name); });
}

// The name of a header that sofia refused: broken ones are msg_error_t, repeated ones are of their
// own class.
std::string NameOfError(const msg_error_t* error) {
  const char* class_name = error->er_common->h_class->hc_name;
  if (class_name != nullptr && *class_name != '\0') return class_name;
  return OrEmpty(error->er_name);
}

std::optional<Message::Defect> DefectInHeaders(const sip_t& sip) {
  bool length_repeated = false;
  for (auto* error = reinterpret_cast<const msg_error_t*>(sip.sip_error); error != nullptr;
       error = error->er_next) {
    const std::string name = NameOfError(error);
    if (name.empty()) return Message::Defect{400, "Bad Header Line"};
    if (IsNecessary(name)) return Message::Defect{400, fmt::format("Bad {} Header", name)};
    // The framer lets Content-Lengths pass that agree; sofia counts the second as an error of the
    // whole message.
    if (EqualsIgnoreCase(name, "Content-Length")) length_repeated = true;
  }
  if ((sip.sip_flags & (MSG_FLG_TRUNC | MSG_FLG_TOOLARGE | MSG_FLG_TIMEOUT)) != 0) {
    return Message::Defect{400, "Message Is Cut"};
  }
  if ((sip.sip_flags & MSG_FLG_ERROR) != 0 && !length_repeated)
    return Message::Defect{400, "Bad Request"};
  return std::nullopt;
}

bool HasCSeq(const sip_t& sip) {
  return sip.sip_cseq != nullptr && !OrEmpty(sip.sip_cseq->cs_method_name).empty();
}

// RFC 3261 section 20.42: three tokens. sofia takes "SIP/2.0/UDP[::1]" for one, too.
bool HasProtocols(const sip_via_t* via) {
  for (; via != nullptr; via = via->v_next) {
    const std::string protocols = OrEmpty(via->v_protocol);
    std::string_view left = protocols;
    for (int part = 0; part < 3; ++part) {
      const std::string_view token = TakeUntil(left, '/');
      if (token.empty() || !std::ranges::all_of(token, IsToken)) return false;
    }
    if (!left.empty()) return false;
  }
  return true;
}

std::optional<Message::Defect> DefectIn(const sip_t& sip, const std::string& request_uri) {
  const char* version = sip.sip_request ? sip.sip_request->rq_version : sip.sip_status->st_version;
  if (!EqualsIgnoreCase(OrEmpty(version), "SIP/2.0"))
    return Message::Defect{505, "Version Not Supported"};
  if (auto defect = DefectInHeaders(sip)) return defect;
  if (!HasProtocols(sip.sip_via)) return Message::Defect{400, "Bad Via Header"};
  // RFC 3261 section 8.1.1.5. sofia compares the methods but not the bound.
  if (!HasCSeq(sip) || sip.sip_cseq->cs_seq >= 0x80000000U)
    return Message::Defect{400, "Bad CSeq Header"};
  if (sip.sip_request != nullptr) {
    const int type = sip.sip_request->rq_url->url_type;
    if (type == url_invalid) return Message::Defect{400, "Bad Request-URI"};
    // RFC 3261 section 8.2.2.1
    if (type != url_sip && type != url_sips && type != url_tel) {
      return Message::Defect{416, "Unsupported URI Scheme"};
    }
    if (!Uri::Parse(request_uri)) return Message::Defect{400, "Bad Request-URI"};
    if (sip_sanity_check(&sip) != 0) return Message::Defect{400, "Bad Request"};
  }
  return std::nullopt;
}

std::string_view StartLineIn(std::string_view bytes) {
  const std::string_view line =
      bytes.substr(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  return line.substr(0, line.find_first_of("\r\n"));
}

// The second word of the start line: sofia's own copy of the URI is rewritten by its parser.
std::string RequestUriIn(std::string_view bytes) {
  std::string_view line = StartLineIn(bytes);
  line.remove_prefix(std::min(line.find_first_of(" \t"), line.size()));
  line = Trim(line);
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

// nullptr unless sofia finds a start line and all headers.
MessagePtr ReadBySofia(std::string_view bytes) {
  MessagePtr message(
      msg_make(HeaderClasses(), 0, bytes.data(), static_cast<ssize_t>(bytes.size())));
  const sip_t* sip = message ? sip_object(message.get()) : nullptr;
  if (sip == nullptr || (sip->sip_flags & MSG_FLG_COMPLETE) == 0) return nullptr;
  return sip->sip_request == nullptr && sip->sip_status == nullptr ? nullptr : std::move(message);
}

// A request with another Request-URI, for one whose own sofia refuses together with all headers;
// "" if it is no request.
std::string WithPlainUri(std::string_view bytes) {
  const std::string_view line = StartLineIn(bytes);
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == 0 || first == std::string_view::npos || first == last) return "";
  const std::string_view method = line.substr(0, first);
  if (!std::ranges::all_of(method, IsToken)) return "";
  if (!EqualsIgnoreCase(line.substr(last + 1), "SIP/2.0")) return "";
  const char* rest = line.data() + line.size();
  return fmt::format("{} sip:unread.invalid SIP/2.0{}", method,
                     bytes.substr(static_cast<size_t>(rest - bytes.data())));
}

// The name-addr of From or To. Its tag must survive a URI that we cannot read.
NameAddr AddressIn(const msg_header_t* header, const char* tag) {
  if (auto address = NameAddr::Parse(Encode(header))) return *std::move(address);
  NameAddr address;
  if (tag != nullptr) address.parameters.emplace_back("tag", tag);
  return address;
}

bool IsParameter(std::string_view parameter, std::string_view name) {
  return EqualsIgnoreCase(TakeUntil(parameter, '='), name);
}

void AppendHeader(std::string& text, std::string_view name, std::string_view value) {
  const size_t begin = text.size();
  fmt::format_to(std::back_inserter(text), "{}: {}", name, value);
  // Whatever a value is made of, it stays one line. Else it is the peer's and goes back as it came.
  const auto ends_line = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  std::replace_if(text.begin() + static_cast<ssize_t>(begin), text.end(), ends_line, ' ');
  text += "\r\n";
}

// RFC 3261 section 18.2.1 and RFC 3581 section 4: the peer's real address stands in the top Via of
// the response.
void AppendTopVia(std::string& text, const sip_via_t& via, std::string_view peer_ip,
                  uint16_t peer_port) {
  std::string value = fmt::format("{} {}", via.v_protocol, via.v_host);
  if (via.v_port != nullptr) value += fmt::format(":{}", via.v_port);
  bool rport = false;
  for (auto* parameter = via.v_params; parameter != nullptr && *parameter != nullptr; ++parameter) {
    const bool is_rport = IsParameter(*parameter, "rport");
    rport = rport || is_rport;
    if (!is_rport && !IsParameter(*parameter, "received")) value += fmt::format(";{}", *parameter);
  }
  const std::string host = OrEmpty(via.v_host);
  const bool same_host = host == peer_ip || host == fmt::format("[{}]", peer_ip);
  if (rport || !same_host) value += fmt::format(";received={}", peer_ip);
  if (rport) value += fmt::format(";rport={}", peer_port);
  AppendHeader(text, "Via", value);
}

}  // namespace

struct Message::Impl {
  MessagePtr message;
  const sip_t* sip = nullptr;  // owned by `message`
  std::optional<Defect> defect;
  std::string method;
  std::string request_uri;
  std::string phrase;
  Via top_via;
  NameAddr from;
  NameAddr to;
  std::string call_id;
  CSeq cseq;
  std::string body;

  void Read(std::string_view bytes);
  void ReadTopVia();
};

void Message::Impl::ReadTopVia() {
  sip_via_t* via = sip->sip_via;
  // sofia misses a valueless rport before a comma until it is asked again.
  msg_header_update_params(via->v_common, 0);
  const std::string protocol = OrEmpty(via->v_protocol);
  top_via.protocol = protocol.substr(protocol.rfind('/') + 1);
  top_via.host = OrEmpty(via->v_host);
  top_via.port = static_cast<uint16_t>(std::min(Number(OrEmpty(via->v_port)).value_or(0), 65535U));
  top_via.branch = OrEmpty(via->v_branch);
  top_via.rport = via->v_rport != nullptr;
}

void Message::Impl::Read(std::string_view bytes) {
  if (sip->sip_request != nullptr) {
    method = OrEmpty(sip->sip_request->rq_method_name);
    request_uri = RequestUriIn(bytes);
  } else {
    phrase = OrEmpty(sip->sip_status->st_phrase);
  }
  ReadTopVia();
  from = AddressIn(Generic(sip->sip_from), sip->sip_from->a_tag);
  to = AddressIn(Generic(sip->sip_to), sip->sip_to->a_tag);
  call_id = OrEmpty(sip->sip_call_id->i_id);
  cseq = HasCSeq(*sip) ? CSeq{sip->sip_cseq->cs_seq, OrEmpty(sip->sip_cseq->cs_method_name)}
                       : CSeq{0, method};
  if (const sip_payload_t* payload = sip->sip_payload)
    body.assign(payload->pl_data, payload->pl_len);
  defect = DefectIn(*sip, request_uri);
}

absl::StatusOr<Message> Message::Parse(std::string_view bytes) {
  auto impl = std::make_unique<Impl>();
  impl->message = ReadBySofia(bytes);
  const bool bad_uri = impl->message == nullptr;
  if (bad_uri) impl->message = ReadBySofia(WithPlainUri(bytes));
  if (impl->message == nullptr) return absl::InvalidArgumentError("not a SIP message");
  const sip_t* sip = impl->sip = sip_object(impl->message.get());
  if (sip->sip_via == nullptr || OrEmpty(sip->sip_via->v_host).empty()) {
    return absl::InvalidArgumentError("no usable Via");
  }
  if (sip->sip_from == nullptr || sip->sip_to == nullptr) {
    return absl::InvalidArgumentError("no usable From or To");
  }
  if (sip->sip_call_id == nullptr || OrEmpty(sip->sip_call_id->i_id).empty()) {
    return absl::InvalidArgumentError("no usable Call-ID");
  }
  if (sip->sip_request == nullptr && !HasCSeq(*sip)) {
    return absl::InvalidArgumentError("a response without a usable CSeq");
  }
  impl->Read(bytes);
  if (bad_uri) impl->defect = Defect{400, "Bad Request-URI"};
  return Message(std::move(impl));
}

Message::Message(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Message::Message(Message&&) noexcept = default;
Message& Message::operator=(Message&&) noexcept = default;
Message::~Message() = default;

bool Message::is_request() const { return impl_->sip->sip_request != nullptr; }
const std::optional<Message::Defect>& Message::defect() const { return impl_->defect; }
const std::string& Message::method() const { return impl_->method; }
const std::string& Message::request_uri() const { return impl_->request_uri; }
int Message::status() const { return is_request() ? 0 : impl_->sip->sip_status->st_status; }
const std::string& Message::phrase() const { return impl_->phrase; }
const Via& Message::top_via() const { return impl_->top_via; }
const NameAddr& Message::from() const { return impl_->from; }
const NameAddr& Message::to() const { return impl_->to; }
std::string Message::from_tag() const { return OrEmpty(impl_->sip->sip_from->a_tag); }
std::string Message::to_tag() const { return OrEmpty(impl_->sip->sip_to->a_tag); }
const std::string& Message::call_id() const { return impl_->call_id; }
const CSeq& Message::cseq() const { return impl_->cseq; }
const std::string& Message::body() const { return impl_->body; }

size_t Message::via_count() const {
  size_t count = 0;
  for (const sip_via_t* via = impl_->sip->sip_via; via != nullptr; via = via->v_next) ++count;
  return count;
}

int Message::max_forwards() const {
  const sip_max_forwards_t* header = impl_->sip->sip_max_forwards;
  return header == nullptr ? 70 : static_cast<int>(std::min(header->mf_count, 255UL));
}

std::vector<std::string> Message::Headers(std::string_view name) const {
  std::vector<std::string> values;
  const auto add = [&](std::string_view written, bool is_list) {
    std::string value =
        Unfold(written);  // sofia leaves the folds of headers that it does not take apart
    if (!is_list) return values.push_back(std::move(value));
    for (const std::string_view element : SplitList(value, kMaxHeader))
      values.emplace_back(element);
  };
  const msg_mclass_t* classes = HeaderClasses();
  const msg_href_t* known = msg_find_hclass(classes, std::string(name).c_str(), nullptr);
  if (known == nullptr || known == classes->mc_unknown) {
    for (const sip_unknown_t* h = impl_->sip->sip_unknown; h != nullptr; h = h->un_next) {
      if (EqualsIgnoreCase(h->un_name, name))
        add(h->un_value == nullptr ? "" : h->un_value, IsUnknownList(name));
    }
    return values;
  }
  auto* pub = reinterpret_cast<const msg_pub_t*>(impl_->sip);
  const msg_header_t* header = msg_header_access(pub, known->hr_class);
  for (; header != nullptr; header = header->sh_next) {
    add(Encode(header), known->hr_class->hc_kind == msg_kind_list);
  }
  return values;
}

std::string Message::Header(std::string_view name) const {
  const auto values = Headers(name);
  return values.empty() ? std::string() : values.front();
}

bool Message::HasOption(std::string_view name, std::string_view option_tag) const {
  return std::ranges::any_of(
      Headers(name), [&](const std::string& value) { return EqualsIgnoreCase(value, option_tag); });
}

ResponseBuilder::ResponseBuilder(const Message& request, std::string_view peer_ip,
                                 uint16_t peer_port, int status, std::string_view phrase,
                                 std::string_view to_tag) {
  const sip_t& sip = *request.impl_->sip;
  text_.reserve(1024);
  text_ = fmt::format("SIP/2.0 {} {}", status, phrase);
  std::ranges::replace_if(text_, IsControl, ' ');
  text_ += "\r\n";
  AppendTopVia(text_, *sip.sip_via, peer_ip, peer_port);
  for (const sip_via_t* via = sip.sip_via->v_next; via != nullptr; via = via->v_next) {
    AppendHeader(text_, "Via", Encode(Generic(via)));
  }
  // RFC 3261 section 12.1.1: what may make a dialog shows its route.
  if (status > 100 && status < 300 && request.method() == "INVITE") {
    for (const sip_record_route_t* route = sip.sip_record_route; route != nullptr;
         route = route->r_next) {
      AppendHeader(text_, "Record-Route", Encode(Generic(route)));
    }
  }
  AppendHeader(text_, "From", Encode(Generic(sip.sip_from)));
  std::string to = Encode(Generic(sip.sip_to));
  if (sip.sip_to->a_tag == nullptr && status > 100 && !to_tag.empty())
    to += fmt::format(";tag={}", to_tag);
  AppendHeader(text_, "To", to);
  AppendHeader(text_, "Call-ID", request.call_id());
  AppendHeader(text_, "CSeq", fmt::format("{} {}", request.cseq().number, request.cseq().method));
  // RFC 3261 section 8.2.6.1
  if (status == 100 && sip.sip_timestamp != nullptr) {
    AppendHeader(text_, "Timestamp", Encode(Generic(sip.sip_timestamp)));
  }
}

ResponseBuilder& ResponseBuilder::Add(std::string_view name, std::string_view value) {
  AppendHeader(text_, name, value);
  return *this;
}

std::string ResponseBuilder::Finish(std::string_view content_type, std::string_view body) {
  if (!body.empty()) AppendHeader(text_, "Content-Type", content_type);
  text_ += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  text_ += body;
  return std::move(text_);
}

std::string_view ReasonPhrase(int status) {
  const char* phrase = sip_status_phrase(status);
  return phrase == nullptr || *phrase == '\0' ? "Unknown" : phrase;
}

}  // namespace um::sip
