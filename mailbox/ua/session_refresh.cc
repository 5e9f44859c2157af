// Session timers of a running session (RFC 4028): refreshing it, or ending it when the peer does
// not.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "mailbox/ua/invite_session.h"

namespace um::ua {
namespace {

// Section 14.1 of RFC 3261: who did not make the Call-ID waits 0 to 2 s in steps of 10 ms.
async::Duration GlareDelay() {
  const std::string random = RandomBytes(2);
  const unsigned value =
      static_cast<unsigned char>(random[0]) << 8 | static_cast<unsigned char>(random[1]);
  return std::chrono::milliseconds(value % 201 * 10);
}

// While something of ours is unanswered, and before another attempt: no peer makes us busy by
// refusing.
constexpr async::Duration kBusyDelay = std::chrono::seconds(1);

}  // namespace

void InviteSession::ArmTimer(const SessionTimer& timer) {
  timer_ = timer;
  refresh_due_.Stop();
  expiry_.Stop();
  if (timer_.interval == std::chrono::seconds(0) || ended()) return;
  if (timer_.we_refresh) {
    refresh_due_.Start(timer_.refresh_after());
    expiry_.Start(timer_.interval);
  } else {
    expiry_.Start(timer_.expire_after());
  }
}

void InviteSession::OnExpired() {
  const auto self = shared_from_this();
  SendBye();
  End(EndCause::kSessionExpired);
}

void InviteSession::OnRefreshDue() {
  const auto self = shared_from_this();
  if (ended()) return;
  if (unacknowledged_ || refresh_) return refresh_due_.Start(kBusyDelay);
  const std::string method = peer_allows_update_ ? "UPDATE" : "INVITE";
  OutgoingRequest request = dialog_.MakeRequest(method);
  request.headers = fmt::format(
      "Contact: {}\r\nAllow: {}\r\nSupported: {}\r\nSession-Expires: "
      "{};refresher=uac\r\nUser-Agent: {}\r\n",
      context_.responder.Contact(*invite_, flow_), kAllow, kSupported, timer_.interval.count(),
      context_.responder.product());
  if (peer_min_se_ > std::chrono::seconds(0)) {
    request.headers += fmt::format("Min-SE: {}\r\n", peer_min_se_.count());
  }
  if (method == "INVITE") {
    if (listener_ == nullptr) return;
    request.body = listener_->OnOfferWanted();
    if (ended()) return;
  }
  refresh_ = Refresh{method, request.cseq};
  ClientCallbacks callbacks;
  callbacks.on_response = [self](const sip::Message& response) {
    self->OnRefreshResponse(response);
  };
  callbacks.on_failure = [self](TransactionFailure failure) { self->OnRefreshFailed(failure); };
  if (context_.transactions.SendRequest(flow_, request, callbacks)) return;
  // The stream is gone: a new one, once.
  if (Reconnect(dialog_.NextHop()) &&
      context_.transactions.SendRequest(flow_, std::move(request), std::move(callbacks))) {
    return;
  }
  refresh_.reset();
  End(EndCause::kConnectionLost);
}

void InviteSession::OnRefreshResponse(const sip::Message& response) {
  const auto self = shared_from_this();
  if (detached_ || response.status() < 200) return;
  const bool invite = response.cseq().method == "INVITE";
  if (invite && response.status() < 300) {
    // Each 2xx wants its ACK, repeated ones too (RFC 3261 section 13.2.2.4).
    context_.transactions.SendAck(flow_, dialog_.MakeAck(response.cseq().number));
  }
  if (!refresh_ || refresh_->cseq != response.cseq().number || ended()) return;
  const std::string method = std::exchange(refresh_, std::nullopt)->method;
  switch (response.status()) {
    case 422:  // too short for somebody on the way (RFC 4028 section 7.4)
      if (const auto min = ParseSessionExpires(response.Header("Min-SE"))) {
        peer_min_se_ = std::max(peer_min_se_, min->interval);
        if (timer_.interval < peer_min_se_) {
          timer_.interval = peer_min_se_;
          return refresh_due_.Start(kBusyDelay);
        }
      }
      return;
    case 491:
      return refresh_due_.Start(GlareDelay());
    case 405:
    case 501:
      if (method == "UPDATE") {
        peer_allows_update_ = false;
        refresh_due_.Start(kBusyDelay);
      }
      return;
    case 408:
    case 481:  // the peer knows no such call any more (RFC 3261 section 12.2.1.2)
      SendBye();
      return End(EndCause::kSessionExpired);
    default:
      // Other refusals leave the session as it is; it ends when it expires.
      if (response.status() < 300) OnRefreshed(response);
  }
}

void InviteSession::OnRefreshed(const sip::Message& response) {
  dialog_.RefreshTarget(response);
  SessionTimer timer = timer_;
  // No Session-Expires: the peer knows no timers, and we go on refreshing (RFC 4028 section 7.2).
  if (const auto agreed = ParseSessionExpires(response.Header("Session-Expires"))) {
    timer.interval = std::max(agreed->interval, std::chrono::seconds(90));
    timer.we_refresh = agreed->refresher != "uas";
  }
  ArmTimer(timer);
  if (response.cseq().method != "INVITE" || listener_ == nullptr) return;
  const std::string sdp = AnswerIn(response);
  const bool taken = !sdp.empty() && listener_->OnAnswer(sdp).ok();
  if (taken || ended()) return;
  SendBye();
  End(EndCause::kProtocolError);
}

void InviteSession::OnRefreshFailed(TransactionFailure failure) {
  const auto self = shared_from_this();
  if (detached_ || ended() || !std::exchange(refresh_, std::nullopt)) return;
  if (failure == TransactionFailure::kTransport && Reconnect(dialog_.NextHop())) {
    return refresh_due_.Start(kBusyDelay);
  }
  // RFC 4028 section 7.4: a refresh without response ends the session like a 408.
  SendBye();
  End(failure == TransactionFailure::kTransport ? EndCause::kConnectionLost
                                                : EndCause::kSessionExpired);
}

}  // namespace um::ua
