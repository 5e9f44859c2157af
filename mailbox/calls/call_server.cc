#include "mailbox/calls/call_server.h"

#include <fmt/format.h>

#include <utility>

#include "common/async/race.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "common/sip/text.h"
#include "mailbox/calls/early_call.h"
#include "mailbox/dialogs/answer.h"

namespace um::calls {
namespace {

/// How long a call waits to be answered because the store does not say what the caller's name is.
constexpr async::Duration kStorePatience = std::chrono::milliseconds(500);

/// A refusal as SIP says it: Reason and ms-diagnostics tell the gateway's administrator why.
ua::Refuse ToSip(const domain::Refusal& refusal) {
  std::string headers = fmt::format("ms-diagnostics: {};source=\"um-mailbox\";reason={}\r\n",
                                    refusal.diagnostics_id, sip::Quote(refusal.explanation));
  if (refusal.retry_after > 0) headers += fmt::format("Retry-After: {}\r\n", refusal.retry_after);
  return {refusal.status, refusal.phrase, headers};
}

domain::Refusal Busy(std::string explanation, int id) {
  return {503, "Service Unavailable", id, std::move(explanation), 5};
}

}  // namespace

CallServer::CallServer(const Services& services, domain::Spool& spool, domain::Quotas& quotas,
                       domain::Greetings& greetings, const handover::TicketKeys& keys,
                       std::shared_ptr<const domain::RoutingCopy> routing, int max_calls)
    : services_(services),
      spool_(spool),
      quotas_(quotas),
      greetings_(greetings),
      keys_(keys),
      routing_(std::move(routing)),
      max_calls_(max_calls),
      scripts_(services.loop, [](std::exception_ptr) { log::Error("call.aborted"); }) {}

CallServer::~CallServer() { StopAll(); }

void CallServer::Drain(std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  if (calls_ == 0) drained_();
}

void CallServer::StopAll() {
  draining_ = true;
  scripts_.CancelAll();
}

bool CallServer::IsKnownPeer(const net::Flow& flow) {
  return routing_->GatewayOf(flow.peer.ip) != nullptr;
}

int CallServer::OnOptions() { return serving() ? 200 : 503; }

std::optional<std::string> CallServer::CheckTicket(const sip::InviteFacts& facts,
                                                   const domain::CallRoute& route) {
  const domain::WallTime now = services_.loop.WallNow();
  const handover::TicketClaim claim{route.organisation, route.gateway.name, route.mailbox.id, ""};
  const char* problem = nullptr;
  switch (handover::Check(keys_, facts.ticket, claim, now)) {
    case handover::TicketCheck::kGood:
      if (!used_tickets_.Use(facts.ticket, facts.call_id + "\n" + facts.from_tag, now)) {
        problem = "used";
      }
      break;
    case handover::TicketCheck::kMalformed:
      problem = facts.ticket.empty() ? "absent" : "malformed";
      break;
    case handover::TicketCheck::kForged:
      problem = "forged";
      break;
    case handover::TicketCheck::kExpired:
      problem = "expired";
      break;
  }
  if (!problem) return handover::TraceOf(facts.ticket);
  const bool required = route.gateway.ticket == domain::TicketRule::kRequired;
  if (log_budget_.Allow(services_.loop.Now())) {
    log::Write(required ? log::Level::kWarning : log::Level::kInfo, "ticket.not-usable",
               {{"why", problem},
                {"gateway", route.gateway.name},
                {"call_id", facts.call_id},
                {"refused", required},
                {"not_logged_before", log_budget_.TakeSuppressed()}});
  }
  if (required) return std::nullopt;
  return "";
}

std::optional<CallServer::Admitted> CallServer::Admit(ua::Session& session,
                                                      const sip::InviteFacts& facts) {
  auto decided = routing_->Route(session.flow().peer.ip, facts);
  std::optional<domain::Refusal> refusal;
  if (draining_) {
    refusal = Busy("this node takes no more calls", 15610);
  } else if (calls_ >= max_calls_) {
    refusal = Busy(fmt::format("{} calls are in progress, the limit", calls()), 15611);
  } else if (!spool_.Healthy()) {
    refusal = Busy("recordings cannot be kept safely at the moment", 15612);
  } else if (auto* refused = std::get_if<domain::Refusal>(&decided)) {
    refusal = std::move(*refused);
  } else {
    auto& route = std::get<domain::CallRoute>(decided);
    if (auto trace = CheckTicket(facts, route)) {
      if (trace->empty()) trace = Hex(RandomBytes(16));
      return Admitted{std::move(route), *std::move(trace), {{"invite", services_.loop.WallNow()}}};
    }
    refusal = {403, "Forbidden", 15613, "the gateway requires a hand-over ticket", 0};
  }
  Refuse(session, facts, *refusal, "");
  return std::nullopt;
}

void CallServer::Refuse(ua::Session& session, const sip::InviteFacts& facts,
                        const domain::Refusal& refusal, const std::string& trace_id) {
  if (log_budget_.Allow(services_.loop.Now())) {
    log::Warning("call.refused", {{"call_id", facts.call_id},
                                  {"peer", session.flow().peer.ToString()},
                                  {"status", refusal.status},
                                  {"why", refusal.explanation},
                                  {"not_logged_before", log_budget_.TakeSuppressed()}});
  }
  OnRefused(session.flow().peer.ip, facts, refusal, trace_id);
  session.Reject(ToSip(refusal));
}

void CallServer::OnRefused(const net::IpAddress& peer, const sip::InviteFacts& facts,
                           const domain::Refusal& refusal, const std::string& trace_id) {
  const auto [routes, gateway] = routing_->Find(peer);
  // Strangers belong to no organisation, and a flood of calls is not worth a record each.
  if (!gateway || !services_.record || !record_budget_.Allow(services_.loop.Now())) return;
  const domain::WallTime now = services_.loop.WallNow();
  domain::CallRecord record =
      domain::RecordOf(refusal, facts, routes->organisation().id, gateway->name, now);
  record.id = NewUlid(now);
  record.trace_id = trace_id;
  services_.record(std::move(record));
}

void CallServer::Record(const PhoneCall& call, const domain::CallFacts& facts, async::Time start) {
  if (!services_.record) return;
  const media::Statistics rtp = call.statistics();
  domain::CallRecord record = domain::RecordOf(facts);
  record.duration = std::chrono::duration_cast<domain::Milliseconds>(services_.loop.Now() - start);
  record.offer = call.answered() ? domain::OfferResult::kAnswer : domain::OfferResult::kFailed;
  record.drop_reason = std::string(call.why_ended());
  record.codec = domain::FormOf(call.codec()).encoding;
  const domain::Reception reception{.lasted = record.duration,
                                    .received = rtp.packets_received,
                                    .lost = rtp.packets_lost,
                                    .late = rtp.packets_late};
  record.quality = domain::QualityOf(reception, call.codec());
  record.packets_received = rtp.packets_received;
  record.jitter_ms = rtp.jitter_ms;
  record.loss_percent = domain::LossPercent(reception);
  record.round_trip_ms = rtp.round_trip_ms;
  record.parent_call = call.parent();
  record.dialled = call.dialled();
  record.bursts = rtp.bursts;
  record.steps = call.steps();
  services_.record(std::move(record));
}

std::vector<domain::CallFacts> CallServer::Active() const {
  const std::lock_guard lock(active_mutex_);
  std::vector<domain::CallFacts> calls;
  for (const auto& [_, facts] : active_) calls.push_back(facts);
  return calls;
}

domain::CallerKeys CallServer::NameCaller(const sip::InviteFacts& facts,
                                          domain::CallRoute& route) const {
  if (route.caller_is_known) return {};
  if (route.dial_plan.search_directory && services_.people) {
    const domain::PeoplePtr people = services_.people(route.organisation);
    if (people && domain::NameByDirectory(*people, route.dial_plan, facts, route.caller)) return {};
  }
  return services_.contacts ? domain::CallerKeysOf(route.dial_plan, facts) : domain::CallerKeys();
}

async::Task<domain::ContactName> CallServer::AskContacts(const domain::CallFacts& facts,
                                                         domain::CallerKeys keys) {
  using Answer = async::Channel<domain::ContactName>;
  const auto answer = std::make_shared<Answer>(services_.loop);
  services_.contacts->Ask(facts, std::move(keys),
                          [answer](domain::ContactName name) { answer->Push(std::move(name)); });
  std::optional<domain::ContactName> name =
      co_await async::NextWithin(services_.loop, answer, kStorePatience);
  co_return std::move(name).value_or(domain::ContactName());
}

domain::CallFacts CallServer::FactsFor(const domain::CallRoute& route,
                                       const sip::InviteFacts& facts, const std::string& trace_id,
                                       domain::Law law) const {
  const domain::WallTime now = services_.loop.WallNow();
  return {.message_id = NewUlid(now),
          .trace_id = trace_id,
          .organisation = route.organisation,
          .mailbox_id = route.mailbox.id,
          .mailbox_name = route.mailbox.name,
          .extension = route.mailbox.extension,
          .email = route.mailbox.email,
          .called = route.called,
          .caller = route.caller,
          .reason = route.reason,
          .sip_call_id = facts.call_id,
          .gateway = route.gateway.name,
          .dial_plan = route.dial_plan.name,
          .language =
              route.mailbox.language.empty() ? route.dial_plan.language : route.mailbox.language,
          .started = now,
          .law = law,
          .min_speech = route.dial_plan.min_speech,
          .marks = {.is_private = route.mailbox.privacy == domain::Privacy::kAll},
          .audio_format = route.mailbox.audio_format,
          .time_zone = route.mailbox.time_zone,
          .missed_call_notice = route.mailbox.missed_call_notice,
          .mail_text = route.mailbox.mail_text ? *route.mailbox.mail_text : ""};
}

void CallServer::OnInvite(std::unique_ptr<ua::Session> session) {
  const absl::StatusOr<sip::InviteFacts> facts = sip::FactsOf(session->invite());
  if (!facts.ok()) {
    session->Reject({416, "Unsupported URI Scheme", ""});
    return;
  }
  std::optional<Admitted> admitted = Admit(*session, *facts);
  if (!admitted) return;
  if (!admitted->route.parties_to_come) {
    return Take(std::move(session), *facts, *std::move(admitted));
  }
  scripts_.Spawn(AwaitParties(std::move(session), *facts, *std::move(admitted)));
}

async::Task<> CallServer::AwaitParties(std::unique_ptr<ua::Session> session, sip::InviteFacts facts,
                                       Admitted admitted) {
  struct Counted {
    CallServer& server;
    explicit Counted(CallServer& of) : server(of) { ++server.calls_; }
    ~Counted() { server.Left(); }
  } counted(*this);
  log::Info("call.unnamed", {{"trace", admitted.trace_id},
                             {"call_id", facts.call_id},
                             {"gateway", admitted.route.gateway.name}});
  const async::Duration patience = admitted.route.gateway.parties_wait;
  {
    EarlyCall early(services_.loop, *session, facts);
    const auto first = co_await async::AnyOf(services_.loop, early.Named(),
                                             async::After(services_.loop, patience));
    if (first.first == false) {
      OnRefused(session->flow().peer.ip, facts,
                {.status = 487,
                 .phrase = "Request Terminated",
                 .explanation = "the caller gave up before the gateway named whom the call is for",
                 .dial_plan = admitted.route.dial_plan.name},
                admitted.trace_id);
      co_return;
    }
    if (first.first) admitted.steps.push_back({"parties named", services_.loop.WallNow()});
  }
  auto decided = routing_->Route(session->flow().peer.ip, facts, domain::Naming::kComplete);
  if (auto* refusal = std::get_if<domain::Refusal>(&decided)) {
    Refuse(*session, facts, *refusal, admitted.trace_id);
  } else {
    admitted.route = std::get<domain::CallRoute>(std::move(decided));
    Take(std::move(session), facts, std::move(admitted));
  }
}

void CallServer::Take(std::unique_ptr<ua::Session> session, const sip::InviteFacts& facts,
                      Admitted admitted) {
  domain::CallerKeys keys = NameCaller(facts, admitted.route);
  const net::IpAddress peer = session->flow().peer.ip;
  const auto& [route, trace_id, steps] = admitted;
  auto call = std::make_unique<PhoneCall>(services_, std::move(session), route, trace_id, steps);
  if (std::optional<domain::Refusal> refusal = call->Negotiate()) {
    if (log_budget_.Allow(services_.loop.Now())) {
      log::Warning("call.refused", {{"trace", trace_id},
                                    {"call_id", facts.call_id},
                                    {"why", refusal->explanation},
                                    {"not_logged_before", log_budget_.TakeSuppressed()}});
    }
    refusal->dial_plan = route.dial_plan.name;
    OnRefused(peer, facts, *refusal, trace_id);
    return;
  }
  domain::CallFacts call_facts = FactsFor(route, facts, trace_id, call->law());
  log::Info("call.taken", {{"trace", trace_id},
                           {"message", call_facts.message_id},
                           {"call_id", facts.call_id},
                           {"gateway", route.gateway.name},
                           {"mailbox", route.mailbox.extension},
                           {"caller", route.caller.number},
                           {"reason", domain::ToString(route.reason)}});
  ++calls_;
  {
    const std::lock_guard lock(active_mutex_);
    active_[call_facts.message_id] = call_facts;
  }
  scripts_.Spawn(
      Run(std::move(call), std::move(admitted.route), std::move(call_facts), std::move(keys)));
}

async::Task<> CallServer::Run(std::unique_ptr<PhoneCall> call, domain::CallRoute route,
                              domain::CallFacts facts, domain::CallerKeys keys) {
  const async::Time start = services_.loop.Now();
  // Whatever ends the script, the process' end too.
  struct Counted {
    CallServer& server;
    PhoneCall& call;
    const domain::CallFacts& facts;
    const async::Time start;
    ~Counted() {
      server.Record(call, facts, start);
      server.Ended(facts.message_id);
    }
  } counted{*this, *call, facts, start};
  dialogs::Asked asked = Ask(route, facts);
  if (!keys.empty()) {
    domain::ContactName name = co_await AskContacts(facts, std::move(keys));
    if (!name.name.empty()) {
      facts.caller.name = route.caller.name = name.name;
      facts.caller.email = route.caller.email = name.email;
      const std::lock_guard lock(active_mutex_);
      active_[facts.message_id] = facts;
    }
  }
  std::unique_ptr<domain::SpooledCall> spooled = spool_.Begin(facts);
  co_await dialogs::AnswerCall(*call, std::move(route), std::move(spooled), std::move(asked));
  const media::Statistics rtp = call->statistics();
  const auto lasted =
      std::chrono::duration_cast<std::chrono::milliseconds>(services_.loop.Now() - start);
  log::Info("call.ended", {{"trace", facts.trace_id},
                           {"cause", call->why_ended()},
                           {"ms", lasted.count()},
                           {"rtp_received", rtp.packets_received},
                           {"rtp_lost", rtp.packets_lost},
                           {"rtp_refused", rtp.packets_refused}});
}

dialogs::Asked CallServer::Ask(const domain::CallRoute& route, const domain::CallFacts& facts) {
  dialogs::Asked asked{.full = std::make_shared<async::Channel<bool>>(services_.loop),
                       .own = std::make_shared<async::Channel<domain::OwnWords>>(services_.loop)};
  quotas_.AskFull(facts, route.mailbox.quota,
                  [full = asked.full](bool is_full) { full->Push(is_full); });
  // The name is synthesised, if it is needed and never was, while the call is being set up.
  const auto synthesise = [&prompts = services_.prompts, name = route.mailbox.name,
                           language = route.dial_plan.language] {
    prompts.Prepare({{dialogs::Phrase::kMailboxOwner}, name}, language,
                    [](std::vector<domain::ClipPtr>) {});
  };
  greetings_.Ask(facts, [own = asked.own, synthesise](domain::OwnWords words) {
    if (!words.greeting && !words.name) synthesise();
    own->Push(std::move(words));
  });
  return asked;
}

void CallServer::Ended(const std::string& message_id) {
  {
    const std::lock_guard lock(active_mutex_);
    active_.erase(message_id);
  }
  Left();
}

void CallServer::Left() {
  if (--calls_ == 0 && draining_ && drained_) services_.loop.Post(std::exchange(drained_, nullptr));
}

}  // namespace um::calls
