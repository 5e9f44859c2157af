#include "mailbox/ua/user_agent.h"

#include <map>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/net/log_limiter.h"
#include "mailbox/ua/invite_session.h"
#include "mailbox/ua/notification.h"
#include "mailbox/ua/subscriptions.h"

namespace um::ua {
namespace {

constexpr std::string_view kBusyHeaders = "Retry-After: 10\r\n";

// What the owner of a call holds. The session itself lives on until the network is owed nothing.
class SessionHandle final : public Session {
 public:
  explicit SessionHandle(std::shared_ptr<InviteSession> session) : session_(std::move(session)) {}
  ~SessionHandle() override { session_->Abandon(); }
  const sip::Message& invite() const override { return session_->invite(); }
  const net::Flow& flow() const override { return session_->first_flow(); }
  const std::optional<std::string>& offer() const override { return session_->offer(); }
  void SetListener(SessionListener* listener) override { session_->SetListener(listener); }
  void Progress(int status) override { session_->Progress(status); }
  void Accept(const std::string& sdp) override { session_->Accept(sdp); }
  void Reject(const Refuse& refuse) override { session_->Reject(refuse); }
  void HangUp() override { session_->HangUp(); }
  void Refer(const std::string& user, const std::string& trace_id) override {
    session_->Refer(user, trace_id);
  }

 private:
  const std::shared_ptr<InviteSession> session_;
};

class Agent final : public UserAgent {
 public:
  Agent(async::Loop& loop, net::Transport& transport, Handler& handler,
        const UserAgentOptions& options)
      : loop_(loop),
        transport_(transport),
        handler_(handler),
        options_(options),
        responder_(transport, options.product),
        transactions_(loop, transport),
        subscriptions_(loop, transport, transactions_, responder_) {}
  ~Agent() override {
    for (const auto& [id, session] : sessions_) session->Detach();
  }

  void OnMessage(const net::Flow& flow, std::string_view bytes) override;
  void OnClosed(const net::Flow& flow) override { transactions_.OnClosed(flow); }
  void Notify(const Notification& notification,
              std::function<void(const NotifyAnswer&)> done) override {
    SendNotification({loop_, transport_, transactions_, responder_}, notification, std::move(done));
  }
  void SetPublisher(Publisher* publisher) override { subscriptions_.SetPublisher(publisher); }
  void Publish(const std::string& topic, const std::string& body) override {
    subscriptions_.Publish(topic, body);
  }
  void End(const std::string& topic, const std::string& body, const std::string& reason) override {
    subscriptions_.End(topic, body, reason);
  }
  std::set<std::string> Topics() const override { return subscriptions_.Topics(); }
  size_t sessions() const override { return sessions_.size(); }

 private:
  using TransactionPtr = std::shared_ptr<ServerTransaction>;
  void OnStranger(const net::Flow& flow, const sip::Message& request);
  void OnRequest(const TransactionPtr& transaction, bool merged);
  void OnCancel(const TransactionPtr& transaction);
  void OnOutsideDialog(const TransactionPtr& transaction);
  void OnInvite(const TransactionPtr& transaction);
  std::optional<Refuse> CheckInvite(const sip::Message& invite);
  void Respond(ServerTransaction& transaction, const Refuse& refuse) {
    responder_.Send(transaction, refuse);
  }
  // Without a transaction: for what must not make state.
  void RespondStateless(const net::Flow& flow, const sip::Message& request, int status,
                        std::string_view headers);
  std::shared_ptr<InviteSession> Find(const DialogId& id) const;
  bool IsOfCall(const sip::Message& request) const;
  // What a peer can make us write: a line in ten seconds.
  void LogPeer(std::string_view event, const net::Flow& flow, std::string_view why);

  async::Loop& loop_;
  net::Transport& transport_;
  Handler& handler_;
  const UserAgentOptions options_;
  const Responder responder_;
  Transactions transactions_;
  Subscriptions subscriptions_;
  net::LogLimiter log_limiter_;
  std::map<DialogId, std::shared_ptr<InviteSession>> sessions_;
};

std::shared_ptr<InviteSession> Agent::Find(const DialogId& id) const {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : it->second;
}

bool Agent::IsOfCall(const sip::Message& request) const {
  if (request.method() == "CANCEL") return transactions_.FindCancelled(request) != nullptr;
  return !request.to_tag().empty() && Find(DialogId::Of(request)) != nullptr;
}

void Agent::OnMessage(const net::Flow& flow, std::string_view bytes) {
  const bool response = bytes.starts_with("SIP/2.0 ");
  const bool known = handler_.IsKnownPeer(flow);
  // No parsing of strangers' datagrams, nor of responses that nobody waits for. One that is waited
  // for may come from an address of the peer's that is not in the configuration: its branch admits
  // it.
  if (response ? !transactions_.expects_response() : !known && !net::IsReliable(flow.protocol))
    return;
  auto parsed = sip::Message::Parse(bytes);
  if (!parsed.ok()) {
    LogPeer("message.discarded", flow, Message(parsed.status()));
    if (!known) transport_.Close(flow);
    return;
  }
  if (!parsed->is_request()) {
    if (!parsed->defect()) transactions_.OnResponse(*parsed);
    return;
  }
  if (!known) return OnStranger(flow, *parsed);
  const auto request = std::make_shared<const sip::Message>(*std::move(parsed));
  const auto received = transactions_.OnRequest(flow, request, IsOfCall(*request));
  switch (received.kind) {
    case Transactions::Kind::kConsumed:
      return;
    case Transactions::Kind::kAck:
      if (const auto session = Find(DialogId::Of(*request)); session && !request->defect()) {
        session->OnAck(*request, flow);
      }
      return;
    case Transactions::Kind::kOverLimit:
      LogPeer("transaction.refused", flow, "too many transactions");
      return RespondStateless(flow, *request, 503, kBusyHeaders);
    case Transactions::Kind::kNew:
      return OnRequest(received.transaction, false);
    case Transactions::Kind::kMerged:
      return OnRequest(received.transaction, true);
  }
}

void Agent::LogPeer(std::string_view event, const net::Flow& flow, std::string_view why) {
  const auto suppressed = log_limiter_.Allow(flow.peer.ip, loop_.Now());
  if (!suppressed) return;
  log::Info(event, {{"peer", flow.peer.ToString()}, {"why", why}, {"suppressed", *suppressed}});
}

void Agent::OnStranger(const net::Flow& flow, const sip::Message& request) {
  LogPeer("peer.refused", flow, request.method());
  if (request.method() != "ACK") RespondStateless(flow, request, 403, "");
  transport_.Close(flow);
}

void Agent::RespondStateless(const net::Flow& flow, const sip::Message& request, int status,
                             std::string_view headers) {
  // RFC 3261 section 8.2.7: the same tag for the same request.
  const std::string tag =
      Base64Url(HmacSha256(request.call_id(), request.from_tag() + request.top_via().branch))
          .substr(0, 16);
  transport_.Send(net::ReplyFlow(request, flow),
                  responder_.Text(request, flow, tag, status, {"", std::string(headers), ""}));
}

void Agent::OnRequest(const TransactionPtr& transaction, bool merged) {
  const sip::Message& request = transaction->request();
  if (const auto& defect = request.defect()) {
    return Respond(*transaction, {defect->code, defect->phrase, ""});
  }
  if (request.method() == "CANCEL") return OnCancel(transaction);
  if (merged) return Respond(*transaction, {482, "Merged Request", ""});
  if (request.to_tag().empty()) return OnOutsideDialog(transaction);
  if (const auto session = Find(DialogId::Of(request))) return session->OnRequest(transaction);
  if (subscriptions_.OnRequest(transaction)) return;
  Respond(*transaction, {481, "", ""});
}

// RFC 3261 section 9.2.
void Agent::OnCancel(const TransactionPtr& transaction) {
  const auto cancelled = transactions_.FindCancelled(transaction->request());
  if (cancelled == nullptr) return Respond(*transaction, {481, "", ""});
  // The 200 has the To tag of the INVITE's responses.
  const sip::Message& cancel = transaction->request();
  transaction->Respond(200,
                       responder_.Text(cancel, transaction->flow(), cancelled->to_tag(), 200, {}));
  const sip::Message& invite = cancelled->request();
  if (!invite.to_tag().empty())
    return;  // re-INVITEs are answered at once: nothing is left to cancel
  if (const auto session = Find({invite.call_id(), cancelled->to_tag(), invite.from_tag()}))
    session->OnCancel();
}

void Agent::OnOutsideDialog(const TransactionPtr& transaction) {
  const std::string& method = transaction->request().method();
  if (method == "INVITE") return OnInvite(transaction);
  if (method == "OPTIONS") {
    if (const auto refuse = CheckRequire(transaction->request()))
      return Respond(*transaction, *refuse);
    const int status = handler_.OnOptions();
    responder_.Send(*transaction, status, {"", status == 503 ? std::string(kBusyHeaders) : "", ""});
    return;
  }
  if (method == "SUBSCRIBE") return subscriptions_.OnSubscribe(transaction);
  // What only makes sense inside a dialog, or for a subscription that we never made.
  for (const std::string_view known : {"BYE", "UPDATE", "INFO", "PRACK", "NOTIFY"}) {
    if (method == known) return Respond(*transaction, {481, "", ""});
  }
  Respond(*transaction, {405, "", ""});
}

std::optional<Refuse> Agent::CheckInvite(const sip::Message& invite) {
  if (auto refuse = CheckRequire(invite)) return refuse;
  auto body = SessionDescriptionIn(invite);
  if (auto* refuse = std::get_if<Refuse>(&body)) return std::move(*refuse);
  if (auto refuse = CheckAccept(invite)) return refuse;
  const auto timer = AnswerTimer(invite, TimerWishes::Of(options_));
  if (std::holds_alternative<IntervalTooSmall>(timer)) {
    return Refuse{422, "", TimerWishes::Of(options_).MinSeHeader()};
  }
  if (sessions_.size() >= static_cast<size_t>(options_.max_sessions)) {
    return Refuse{503, "", std::string(kBusyHeaders)};
  }
  return std::nullopt;
}

void Agent::OnInvite(const TransactionPtr& transaction) {
  const sip::Message& invite = transaction->request();
  if (const auto refuse = CheckInvite(invite)) {
    LogPeer("session.refused", transaction->flow(), std::to_string(refuse->status));
    return Respond(*transaction, *refuse);
  }
  auto dialog = Dialog::FromInvite(invite, transaction->flow(), transaction->to_tag());
  if (!dialog.ok()) return Respond(*transaction, {400, "Contact Missing Or Unusable", ""});
  responder_.Send(*transaction, 100);
  const SessionContext context{
      loop_,      transport_, transactions_,
      responder_, options_,   [this](const DialogId& id) { sessions_.erase(DialogId(id)); }};
  auto offer = std::get<std::optional<std::string>>(SessionDescriptionIn(invite));
  const auto timer = std::get<SessionTimer>(AnswerTimer(invite, TimerWishes::Of(options_)));
  auto session = std::make_shared<InviteSession>(context, transaction, *std::move(dialog),
                                                 std::move(offer), timer);
  sessions_[session->id()] = session;
  session->Begin();
  handler_.OnInvite(std::make_unique<SessionHandle>(std::move(session)));
}

}  // namespace

std::string_view ToString(EndCause cause) {
  switch (cause) {
    case EndCause::kCancelled:
      return "cancelled";
    case EndCause::kRejected:
      return "rejected";
    case EndCause::kHungUp:
      return "hung-up";
    case EndCause::kWeHungUp:
      return "we-hung-up";
    case EndCause::kNoAck:
      return "no-ack";
    case EndCause::kSessionExpired:
      return "session-expired";
    case EndCause::kConnectionLost:
      return "connection-lost";
    case EndCause::kProtocolError:
      return "protocol-error";
  }
  return "";
}

std::unique_ptr<UserAgent> UserAgent::Create(async::Loop& loop, net::Transport& transport,
                                             Handler& handler, const UserAgentOptions& options) {
  return std::make_unique<Agent>(loop, transport, handler, options);
}

}  // namespace um::ua
