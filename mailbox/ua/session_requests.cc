// Requests inside a dialog: BYE, re-INVITE, UPDATE, INFO, OPTIONS.
#include <utility>

#include "mailbox/ua/info_key.h"
#include "mailbox/ua/invite_session.h"

namespace um::ua {

void InviteSession::OnRequest(const std::shared_ptr<ServerTransaction>& transaction) {
  const auto self = shared_from_this();
  const sip::Message& request = transaction->request();
  // RFC 3261 section 12.2.2. The Retry-After tells a peer whose requests crossed to try once more.
  if (!dialog_.TakeCSeq(request.cseq().number)) {
    return Refused(*transaction, {500, "CSeq Out Of Order", RetryAfterSoon()});
  }
  const std::string& method = request.method();
  if (method == "BYE") return OnBye(transaction);
  if (ended()) return Refused(*transaction, {481, "", ""});
  if (transaction->flow().peer.ip == first_flow_.peer.ip) {
    flow_ = net::ReplyFlow(request, transaction->flow());
  }
  if (const auto refuse = CheckRequire(request)) return Refused(*transaction, *refuse);
  if (method == "INVITE") return OnReinvite(transaction);
  if (method == "UPDATE") return OnUpdate(transaction);
  OnOther(transaction);
}

void InviteSession::Refused(ServerTransaction& transaction, const Refuse& refuse) {
  context_.responder.Send(transaction, refuse);
}

void InviteSession::OnBye(const std::shared_ptr<ServerTransaction>& transaction) {
  // Crossing BYEs are both answered 200: the dialog stands until ours has its response
  // (section 15.1.2).
  context_.responder.Send(*transaction, 200);
  if (state_ == State::kIncoming) context_.responder.Send(*transaction_, 487);
  retransmit_.Stop();
  give_up_.Stop();
  unacknowledged_.reset();
  bye_owed_ = false;
  // A peer that has taken our REFER and goes has gone there.
  if (transfer_ && transfer_->accepted) EndTransfer(true);
  End(EndCause::kHungUp);
  ForgetIfOver();
}

// Whether an offer, or the wish for one, comes at the wrong time (RFC 3261 section 14.2, RFC 3311
// section 5.2).
std::optional<Refuse> InviteSession::CheckOfferTiming() const {
  if (state_ == State::kIncoming) return Refuse{500, "INVITE Pending", RetryAfterSoon()};
  const bool we_offer = (unacknowledged_ && unacknowledged_->wants_answer) ||
                        (refresh_ && refresh_->method == "INVITE");
  if (we_offer) return Refuse{491, "", ""};
  return std::nullopt;
}

// RFC 4028: what the refresh by the peer agrees on.
std::optional<Refuse> InviteSession::TakeTimer(const sip::Message& request,
                                               SessionTimer& timer) const {
  const auto answer = AnswerTimer(request, TimerWishes::Of(context_.options));
  if (std::holds_alternative<IntervalTooSmall>(answer)) {
    return Refuse{422, "", TimerWishes::Of(context_.options).MinSeHeader()};
  }
  timer = std::get<SessionTimer>(answer);
  return std::nullopt;
}

void InviteSession::OnReinvite(const std::shared_ptr<ServerTransaction>& transaction) {
  const sip::Message& request = transaction->request();
  if (const auto refuse = CheckOfferTiming()) return Refused(*transaction, *refuse);
  SessionTimer timer;
  if (const auto refuse = TakeTimer(request, timer)) return Refused(*transaction, *refuse);
  const auto body = SessionDescriptionIn(request);
  if (const auto* refuse = std::get_if<Refuse>(&body)) return Refused(*transaction, *refuse);
  if (const auto refuse = CheckAccept(request)) return Refused(*transaction, *refuse);
  // The peer sends no second INVITE before it has our answer to the first (section 14.1), so its
  // ACK is only late or lost.
  if (unacknowledged_) OnAcknowledged(nullptr);
  if (ended() || listener_ == nullptr) return Refused(*transaction, {481, "", ""});

  const auto& offer = std::get<std::optional<std::string>>(body);
  std::string sdp;
  if (offer) {
    auto answer = listener_->OnOffer(*offer);
    if (const auto* refuse = std::get_if<Refuse>(&answer)) return Refused(*transaction, *refuse);
    sdp = std::get<std::string>(std::move(answer));
  } else {
    sdp = listener_->OnOfferWanted();
    if (sdp.empty()) return Refused(*transaction, {488, "", ""});
  }
  if (ended()) return Refused(*transaction, {487, "", ""});  // the owner hung up meanwhile
  dialog_.RefreshTarget(request);
  timer_ = timer;
  SendOk(transaction, sdp, !offer.has_value());
  ArmTimer(timer);
}

void InviteSession::OnUpdate(const std::shared_ptr<ServerTransaction>& transaction) {
  const sip::Message& request = transaction->request();
  const auto body = SessionDescriptionIn(request);
  if (const auto* refuse = std::get_if<Refuse>(&body)) return Refused(*transaction, *refuse);
  const auto& offer = std::get<std::optional<std::string>>(body);
  if (offer) {
    if (const auto refuse = CheckOfferTiming()) return Refused(*transaction, *refuse);
    if (const auto refuse = CheckAccept(request)) return Refused(*transaction, *refuse);
  }
  SessionTimer timer;
  if (const auto refuse = TakeTimer(request, timer)) return Refused(*transaction, *refuse);
  Answer answer;
  if (offer) {
    if (listener_ == nullptr) return Refused(*transaction, {481, "", ""});
    auto taken = listener_->OnOffer(*offer);
    if (const auto* refuse = std::get_if<Refuse>(&taken)) return Refused(*transaction, *refuse);
    answer.sdp = std::get<std::string>(std::move(taken));
  }
  if (ended()) return Refused(*transaction, {481, "", ""});
  dialog_.RefreshTarget(request);
  answer.headers = TimerHeaders(timer, request.HasOption("Supported", "timer"));
  context_.responder.Send(*transaction, 200, answer);
  if (state_ == State::kIncoming) {
    timer_ = timer;  // counts from our 200 to the INVITE
    if (listener_ != nullptr) listener_->OnEarlyRequest(request);
  } else {
    ArmTimer(timer);
  }
}

void InviteSession::OnInfo(const std::shared_ptr<ServerTransaction>& transaction) {
  const auto key = KeyIn(transaction->request());
  if (const auto* refuse = std::get_if<Refuse>(&key)) return Refused(*transaction, *refuse);
  context_.responder.Send(*transaction, 200);
  if (state_ == State::kIncoming && listener_ != nullptr) {
    listener_->OnEarlyRequest(transaction->request());
  }
  const char pressed = std::get<char>(key);
  if (pressed != 0 && listener_ != nullptr) listener_->OnInfoKey(pressed);
}

void InviteSession::OnOther(const std::shared_ptr<ServerTransaction>& transaction) {
  const std::string& method = transaction->request().method();
  if (method == "OPTIONS") {
    context_.responder.Send(*transaction, 200);
  } else if (method == "INFO") {
    OnInfo(transaction);
  } else if (method == "NOTIFY") {
    OnNotify(transaction);
  } else if (method == "PRACK") {
    Refused(*transaction,
            {481, "", ""});  // nothing of ours for it to be about (RFC 3262 section 3)
  } else if (method == "REFER" || method == "SUBSCRIBE" || method == "REGISTER" ||
             method == "PUBLISH" || method == "MESSAGE") {
    Refused(*transaction, {405, "", ""});
  } else {
    Refused(*transaction, {501, "", ""});
  }
}

}  // namespace um::ua
