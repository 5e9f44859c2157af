// Handing a call on (RFC 3515): the peer is asked to call somebody else in our place, and says in
// NOTIFYs how that goes.
#include <fmt/format.h>

#include <utility>

#include "common/base/bytes.h"
#include "common/log/log.h"
#include "common/sip/multipart.h"
#include "common/sip/text.h"
#include "mailbox/ua/invite_session.h"

namespace um::ua {
namespace {

// From the REFER to word that somebody has answered, or that nobody does: longer than telephones
// ring.
constexpr async::Duration kTransferPatience = std::chrono::seconds(60);

constexpr std::string_view kSipVersion = "SIP/2.0 ";

// The status in a message/sipfrag (RFC 3420) that says how the peer's own call goes; 0: none.
int StatusIn(const sip::Message& notify) {
  std::string_view fragment = sip::Trim(notify.body());
  if (sip::MediaType(notify.Header("Content-Type")) != "message/sipfrag" ||
      !fragment.starts_with(kSipVersion)) {
    return 0;
  }
  fragment.remove_prefix(kSipVersion.size());
  const auto status = sip::Number(fragment.substr(0, 3));
  return status && *status >= 100 && *status < 700 ? static_cast<int>(*status) : 0;
}

// The id among an Event's parameters.
std::optional<uint32_t> IdAmong(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = sip::TakeUntil(parameters, ';');
    const std::string_view name = sip::Trim(sip::TakeUntil(value, '='));
    if (sip::EqualsIgnoreCase(name, "id")) return sip::Number(sip::Trim(value));
  }
  return std::nullopt;
}

// Of the URI in Referred-By.
constexpr std::string_view kTraceParameter = "um-trace";

}  // namespace

std::string ParentOf(const sip::Message& invite) {
  const auto referrer = sip::NameAddr::Parse(invite.Header("Referred-By"));
  if (!referrer) return "";
  const std::string trace = referrer->uri.Parameter(kTraceParameter).value_or("");
  const bool is_trace = trace.size() == 32 && FromHex(trace).has_value();
  return is_trace ? trace : "";
}

bool InviteSession::IsTransfer(uint32_t cseq) const { return transfer_ && transfer_->cseq == cseq; }

void InviteSession::Refer(const std::string& user, const std::string& trace_id) {
  const auto self = shared_from_this();
  const bool possible = state_ == State::kEstablished && !transfer_;
  const std::string there = dialog_.UriOfPeer(user);
  if (!possible || there.empty()) return TellTransfer(false);
  OutgoingRequest refer = dialog_.MakeRequest("REFER");
  refer.headers = fmt::format(
      "Contact: {}\r\nRefer-To: <{}>\r\nReferred-By: <{};{}={}>\r\nAllow: {}\r\nSupported: {}\r\n"
      "User-Agent: {}\r\n",
      context_.responder.Contact(*invite_, flow_), there, dialog_.LocalUri(), kTraceParameter,
      trace_id, kAllow, kSupported, context_.responder.product());
  const uint32_t cseq = refer.cseq;
  transfer_ = Transfer{.cseq = cseq};
  transfer_end_.Start(kTransferPatience);
  ClientCallbacks callbacks;
  callbacks.on_response = [self, cseq](const sip::Message& response) {
    if (!self->IsTransfer(cseq) || response.status() < 200) return;
    if (response.status() >= 300) return self->EndTransfer(false);
    self->transfer_->accepted = true;
  };
  callbacks.on_failure = [self, cseq](TransactionFailure) {
    if (self->IsTransfer(cseq)) self->EndTransfer(false);
  };
  if (context_.transactions.SendRequest(flow_, refer, callbacks)) return;
  // The stream is gone: a new one, once.
  if (Reconnect(dialog_.NextHop()) &&
      context_.transactions.SendRequest(flow_, std::move(refer), std::move(callbacks))) {
    return;
  }
  EndTransfer(false);
}

// RFC 3515 section 2.4.4. The subscription is the REFER's, and ends with the transfer: what comes
// after it is answered 481, which ends it at the peer's too.
void InviteSession::OnNotify(const std::shared_ptr<ServerTransaction>& transaction) {
  const sip::Message& notify = transaction->request();
  if (!transfer_) return Refused(*transaction, {481, "", ""});
  const std::string header = notify.Header("Event");
  std::string_view parameters = header;
  const std::string_view event = sip::Trim(sip::TakeUntil(parameters, ';'));
  if (!sip::EqualsIgnoreCase(event, "refer")) {
    return Refused(*transaction, {489, "Bad Event", "Allow-Events: refer\r\n"});
  }
  // Section 2.4.6: of several REFERs each has its CSeq as the id.
  const auto id = IdAmong(parameters);
  if (id && *id != transfer_->cseq) return Refused(*transaction, {481, "", ""});
  context_.responder.Send(*transaction, 200);
  transfer_->accepted = true;  // it may overtake the 202
  const int status = StatusIn(notify);
  // A subscription that ends without a final status says nothing: the BYE or our patience does.
  if (status >= 200) EndTransfer(status < 300);
}

void InviteSession::EndTransfer(bool done) {
  if (!std::exchange(transfer_, std::nullopt)) return;
  transfer_end_.Stop();
  TellTransfer(done);
}

// From the loop, because Refer() is a member of Session.
void InviteSession::TellTransfer(bool done) {
  log::Info("session.transfer", {{"call_id", id().call_id}, {"done", done}});
  context_.loop.Post([self = shared_from_this(), done] {
    if (self->listener_ != nullptr) self->listener_->OnTransferred(done);
  });
}

}  // namespace um::ua
