#include "mailbox/ua/dialog.h"

#include <utility>

#include "common/base/status.h"
#include "common/sip/address.h"

namespace um::ua {
namespace {

constexpr size_t kMaxUri = 1024;

// The addr-spec of a name-addr or addr-spec, as written: what is in angle brackets, or all before
// the first parameter.
std::string_view AddrSpec(std::string_view value) {
  bool quoted = false;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && quoted) {
      ++i;
    } else if (value[i] == '"') {
      quoted = !quoted;
    } else if (value[i] == '<' && !quoted) {
      value.remove_prefix(i + 1);
      return value.substr(0, value.find('>'));
    }
  }
  return value.substr(0, value.find_first_of("; \t"));
}

}  // namespace

DialogId DialogId::Of(const sip::Message& request) {
  return {request.call_id(), request.to_tag(), request.from_tag()};
}

std::optional<std::string> ContactUri(const sip::Message& message) {
  const std::string contact = message.Header("Contact");
  std::string_view uri = AddrSpec(contact);
  // Headers are not for a Request-URI; a user part may have a '?' of its own.
  const size_t at = uri.find('@');
  uri = uri.substr(0, uri.find('?', at == std::string_view::npos ? 0 : at));
  const auto parsed = sip::Uri::Parse(uri);
  const bool sip = parsed && (parsed->scheme == "sip" || parsed->scheme == "sips");
  if (!sip || parsed->host.empty() || uri.size() > kMaxUri) return std::nullopt;
  if (uri.find_first_of(" \t<>\"") != std::string_view::npos) return std::nullopt;
  return std::string(uri);
}

absl::StatusOr<Dialog> Dialog::FromInvite(const sip::Message& invite, const net::Flow& flow,
                                          const std::string& local_tag) {
  Dialog dialog;
  auto target = ContactUri(invite);
  if (!target || invite.Headers("Contact").size() != 1) {
    return absl::InvalidArgumentError("INVITE needs one Contact with a SIP URI");
  }
  dialog.target_ = *std::move(target);
  dialog.id_ = {invite.call_id(), local_tag, invite.from_tag()};
  dialog.local_ = invite.Header("To") + ";tag=" + local_tag;
  dialog.remote_ = invite.Header("From");
  dialog.routes_ = invite.Headers("Record-Route");  // the callee keeps their order (section 12.1.1)
  dialog.remote_cseq_ = invite.cseq().number;
  dialog.default_port_ = flow.protocol == net::Protocol::kTls ? 5061 : 5060;
  dialog.via_hop_ = net::ReplyFlow(invite, flow).peer;
  if (net::IsReliable(flow.protocol)) {
    // The stream's own port was the peer's for that one connection; it listens where its Via says
    // (section 18.2.2).
    const uint16_t port = invite.top_via().port;
    dialog.via_hop_.port = port != 0 ? port : dialog.default_port_;
  }
  return dialog;
}

bool Dialog::TakeCSeq(uint32_t cseq) {
  if (cseq < remote_cseq_) return false;
  remote_cseq_ = cseq;
  return true;
}

void Dialog::RefreshTarget(const sip::Message& message) {
  if (auto target = ContactUri(message)) target_ = *std::move(target);
}

OutgoingRequest Dialog::Skeleton() const {
  OutgoingRequest request;
  request.from = local_;
  request.to = remote_;
  request.call_id = id_.call_id;
  request.uri = target_;
  request.routes = routes_;
  if (routes_.empty()) return request;
  const auto first = sip::NameAddr::Parse(routes_.front());
  if (first && first->uri.Parameter("lr")) return request;
  // A strict router: it is the Request-URI, and the target comes last (section 12.2.1.1).
  request.uri = std::string(AddrSpec(routes_.front()));
  request.routes.erase(request.routes.begin());
  request.routes.push_back("<" + target_ + ">");
  return request;
}

OutgoingRequest Dialog::MakeRequest(const std::string& method) {
  OutgoingRequest request = Skeleton();
  request.method = method;
  request.cseq = ++local_cseq_;
  return request;
}

OutgoingRequest Dialog::MakeAck(uint32_t cseq) const {
  OutgoingRequest request = Skeleton();
  request.method = "ACK";
  request.cseq = cseq;
  return request;
}

std::string Dialog::UriOfPeer(const std::string& user) const {
  const auto target =
      routes_.empty() ? sip::Uri::Parse(target_) : sip::Uri::Parse(AddrSpec(routes_.back()));
  if (!target) return "";
  sip::Uri there;
  there.scheme = target->scheme;
  there.user = user;
  there.host = target->host;
  there.port = target->port;
  if (const auto transport = target->Parameter("transport")) {
    there.parameters = {{"transport", *transport}};
  }
  return there.ToString();
}

std::string Dialog::LocalUri() const { return std::string(AddrSpec(local_)); }

net::Endpoint Dialog::NextHop() const {
  const auto uri =
      routes_.empty() ? sip::Uri::Parse(target_) : sip::Uri::Parse(AddrSpec(routes_.front()));
  if (!uri) return via_hop_;
  const auto ip = net::IpAddress::Parse(uri->host);
  if (!ip || ip->is_unspecified()) return via_hop_;
  return {*ip, uri->port != 0 ? uri->port : default_port_};
}

}  // namespace um::ua
