#include "mailbox/lamps/teller.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::lamps {
namespace {

using namespace std::chrono_literals;
using domain::WallTime;
using Kind = store::LampOutcome::Kind;

// A NOTIFY has its answer, or none, after 32 s (RFC 3261 timer F). One is begun only while its
// lease holds for longer than that: when another node gets the lamp, ours is over.
constexpr async::Duration kLease = 90s;
constexpr async::Duration kLongestTry = 40s;

constexpr async::Duration kMinTurn = 50ms;  // between two conversations with the store
constexpr async::Duration kStoreRetry = 5s;
constexpr size_t kSweptAtOnce = 1000;  // rows of one transaction: messages have the store between
constexpr async::Duration kLongestPause = 64s;
// A node that has not seen a new mailbox yet leaves its lamp to the others for so long.
constexpr async::Duration kUnknownRetry = 30s;
constexpr async::Duration kUnknownGone = 5min;

std::string HealthKey(const std::string& organisation, const std::string& gateway) {
  return organisation + "\n" + gateway;
}

/// 480: the gateway knows the user, whose telephone is away. Told, as far as it can be: no other
/// gateway knows better, and the next refresh tells it again.
bool IsTaken(int status) { return status / 100 == 2 || status == 480; }

/// nullptr: there is none.
const domain::Organisation* Find(const domain::RoutingCopy* routing, const std::string& id) {
  if (!routing) return nullptr;
  for (const auto& routes : routing->organisations()) {
    if (routes->organisation().id == id) return &routes->organisation();
  }
  return nullptr;
}

store::LampOutcome OutcomeOf(const store::LeasedLamp& lamp, Kind kind) {
  store::LampOutcome outcome;
  outcome.mailbox = lamp.mailbox;
  outcome.kind = kind;
  outcome.revision = lamp.revision;
  outcome.count = lamp.count;
  return outcome;
}

}  // namespace

Teller::Teller(async::Loop& loop, Offload offload, store::LampStore& store, std::string owner,
               Send send, const TellerOptions& options)
    : loop_(loop),
      offload_(std::move(offload)),
      store_(store),
      owner_(std::move(owner)),
      send_(std::move(send)),
      options_(options),
      refilled_(loop.Now()),
      last_turn_(loop.Now() - kMinTurn),
      timer_(loop, [this] { Begin(); }) {}

Teller::~Teller() {
  *alive_ = false;
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return !working_; });
  const absl::Status ended = store_.End(owner_, outcomes_);  // so that others need not wait
  if (!ended.ok()) log::Warning("lamps.delayed", {{"error", Message(ended)}});
}

void Teller::SetRouting(std::shared_ptr<const domain::RoutingCopy> routing) {
  routing_ = std::move(routing);
  Nudge();
}

void Teller::Nudge() {
  more_ = true;
  if (!turning_) Schedule(last_turn_ + kMinTurn - loop_.Now());
}

void Teller::Schedule(async::Duration wait) { timer_.Start(std::max(wait, async::Duration(0))); }

// -- the store's turn ----------------------------------------------------------------------------

int Teller::Room() {
  const double elapsed = std::chrono::duration<double>(loop_.Now() - refilled_).count();
  refilled_ = loop_.Now();
  tokens_ = std::min<double>(options_.at_once, tokens_ + elapsed * options_.per_second);
  return std::min(options_.at_once - under_way_, static_cast<int>(tokens_));
}

void Teller::Begin() {
  if (turning_ || !routing_) return;
  turning_ = true;
  more_ = false;
  last_turn_ = loop_.Now();
  const auto turn = std::make_shared<Turn>();
  turn->now = loop_.WallNow();
  turn->outcomes = std::exchange(outcomes_, {});
  turn->returned = std::exchange(returned_, {});
  turn->room = Room();
  if (swept_ != routing_) turn->sweep = routing_;
  turn->before = std::exchange(swept_, routing_);
  {
    const std::lock_guard lock(mutex_);
    working_ = true;
  }
  offload_([this, turn, alive = alive_] {
    turn->status = Work(*turn);
    const std::lock_guard lock(mutex_);
    working_ = false;
    loop_.Post([this, turn, alive] {
      if (*alive) OnTurn(*turn);
    });
    idle_.notify_all();  // under the lock: the destructor waits for it
  });
}

/// Thread: worker.
absl::Status Teller::Work(Turn& turn) {
  UM_RETURN_IF_ERROR(store_.End(owner_, turn.outcomes));
  turn.outcomes.clear();
  if (turn.sweep) UM_RETURN_IF_ERROR(Sweep(turn));
  turn.sweep.reset();
  turn.before.reset();  // perhaps its end: not to be the loop's work
  while (!turn.returned.empty()) {
    const Returned& back = turn.returned.back();
    UM_RETURN_IF_ERROR(
        store_.RefreshGateway(back.organisation, back.gateway, turn.now, back.silent_since));
    turn.returned.pop_back();
  }
  if (turn.room > 0) {
    UM_ASSIGN_OR_RETURN(turn.leased, store_.Lease(owner_, turn.now, turn.now + kLease, turn.room));
  }
  UM_ASSIGN_OR_RETURN(turn.next_due, store_.NextDue());
  return absl::OkStatus();
}

/// Every mailbox that may have a lamp has a row, and those that are new here are due.
absl::Status Teller::Sweep(const Turn& turn) {
  for (const auto& routes : turn.sweep->organisations()) {
    const domain::Organisation& organisation = routes->organisation();
    const domain::Organisation* before = Find(turn.before.get(), organisation.id);
    std::vector<std::string> ids;
    organisation.mailboxes.FindIf([&](const domain::Mailbox& mailbox) {
      const domain::Mailbox* was = before ? before->mailboxes.Find(mailbox.id) : nullptr;
      const bool is_new = !was || !was->lamp_allowed;
      if (mailbox.lamp_allowed && is_new) ids.push_back(mailbox.id);
      return false;
    });
    for (size_t from = 0; from < ids.size(); from += kSweptAtOnce) {
      const auto begin = ids.begin() + static_cast<ptrdiff_t>(from);
      const auto end =
          ids.begin() + static_cast<ptrdiff_t>(std::min(from + kSweptAtOnce, ids.size()));
      UM_RETURN_IF_ERROR(
          store_.Refresh(organisation.id, {begin, end}, turn.now, turn.now - options_.fresh));
    }
  }
  return absl::OkStatus();
}

void Teller::OnTurn(Turn& turn) {
  turning_ = false;
  tokens_ -= static_cast<double>(turn.leased.size());
  for (const store::LeasedLamp& lamp : turn.leased) Tell(lamp);
  if (!turn.status.ok()) {
    log::Warning("lamps.delayed", {{"error", Message(turn.status)}});
    outcomes_.insert(outcomes_.end(), turn.outcomes.begin(), turn.outcomes.end());
    returned_.insert(returned_.end(), turn.returned.begin(), turn.returned.end());
    if (turn.sweep) swept_ = turn.before;
    return Schedule(kStoreRetry);
  }
  // As many as were asked for: there may be more of them.
  const bool full = static_cast<int>(turn.leased.size()) == turn.room;
  if (more_ || (full && under_way_ < options_.at_once)) return Schedule(kMinTurn);
  const async::Duration due = turn.next_due ? *turn.next_due - turn.now : options_.poll;
  Schedule(std::clamp(due, kMinTurn, options_.poll));
}

// -- one lamp ------------------------------------------------------------------------------------

void Teller::Tell(const store::LeasedLamp& lamp) {
  ++under_way_;
  const WallTime now = loop_.WallNow();
  if (now + kLongestTry > lamp.leased_until) return Hold(lamp, 0s, "");
  const domain::Organisation* organisation = Find(routing_.get(), lamp.mailbox.organisation);
  const domain::Mailbox* mailbox =
      organisation ? organisation->mailboxes.Find(lamp.mailbox.mailbox_id) : nullptr;
  if (!mailbox) {
    if (now - lamp.since < kUnknownGone) return Hold(lamp, kUnknownRetry, "no such mailbox");
    return End(OutcomeOf(lamp, Kind::kGone));
  }
  const domain::LampPaths paths = domain::LampPathsOf(*organisation, *mailbox);
  if (!paths.paths.empty()) {
    const size_t gateways = paths.paths.size();
    return TellBy(lamp, paths.paths[static_cast<size_t>(lamp.attempts) % gateways], gateways);
  }
  store::LampOutcome outcome = OutcomeOf(lamp, Kind::kBlocked);
  outcome.error = paths.blocked;
  outcome.next = NextRefresh();
  End(std::move(outcome));
}

void Teller::TellBy(const store::LeasedLamp& lamp, const domain::LampPath& path, size_t gateways) {
  const WallTime now = loop_.WallNow();
  if (!health_.MayTry(HealthKey(lamp.mailbox.organisation, path.gateway))) {
    return Retry(lamp, gateways, path.gateway + ": does not answer");
  }
  const bool udp = path.transport == domain::SipTransport::kUdp;
  const ua::Notification notification{.protocol = udp ? net::Protocol::kUdp : net::Protocol::kTcp,
                                      .peer = path.at,
                                      .uri = path.uri,
                                      .event = "message-summary",
                                      .content_type = domain::kSummaryType,
                                      .body = domain::SummaryOf(lamp.count, path.uri)};
  send_(notification, [this, alive = alive_, lamp, gateway = path.gateway, gateways,
                       now](const ua::NotifyAnswer& answer) {
    if (*alive) OnAnswer(lamp, gateway, gateways, now, answer);
  });
}

void Teller::OnAnswer(const store::LeasedLamp& lamp, const std::string& gateway, size_t gateways,
                      WallTime sent, const ua::NotifyAnswer& answer) {
  const std::string& organisation = lamp.mailbox.organisation;
  if (answer.status == 0) {
    if (health_.Silent(HealthKey(organisation, gateway), sent)) {
      log::Warning("gateway.silent",
                   {{"organisation", organisation}, {"gateway", gateway}, {"why", answer.why}});
    }
    return Retry(lamp, gateways, gateway + ": " + answer.why);
  }
  HasAnswered(organisation, gateway);
  const std::string said = fmt::format("{}: {} {}", gateway, answer.status, answer.why);
  if (!IsTaken(answer.status)) return Retry(lamp, gateways, said);
  log::Write(lamp.changed ? log::Level::kInfo : log::Level::kDebug, "lamp.told",
             {{"organisation", organisation},
              {"mailbox", lamp.mailbox.mailbox_id},
              {"gateway", gateway},
              {"status", answer.status},
              {"count", lamp.count.ToString()}});
  store::LampOutcome outcome = OutcomeOf(lamp, Kind::kTold);
  outcome.at = loop_.WallNow();
  outcome.next = NextRefresh();
  outcome.gateway = gateway;
  outcome.status = answer.status;
  if (answer.status / 100 != 2) outcome.error = said;
  End(std::move(outcome));
}

/// What it may have forgotten, or missed, while it was silent is told again.
void Teller::HasAnswered(const std::string& organisation, const std::string& gateway) {
  const auto silent_since = health_.Answered(HealthKey(organisation, gateway));
  if (!silent_since) return;
  log::Info("gateway.answers", {{"organisation", organisation}, {"gateway", gateway}});
  returned_.push_back({organisation, gateway, *silent_since});
}

void Teller::Retry(const store::LeasedLamp& lamp, size_t gateways, const std::string& why) {
  const WallTime now = loop_.WallNow();
  const size_t failures = static_cast<size_t>(lamp.attempts) + 1;
  async::Duration wait{};
  if (failures % gateways == 0) {
    const size_t rounds = std::min<size_t>(failures / gateways, 10);
    wait = std::min(async::Duration(1s) * (1 << (rounds - 1)), kLongestPause);
    if (now + wait - lamp.since >= options_.patience) {
      wait = options_.later;
      if (log_budget_.Allow(loop_.Now())) {
        log::Warning("lamp.not-told", {{"organisation", lamp.mailbox.organisation},
                                       {"mailbox", lamp.mailbox.mailbox_id},
                                       {"why", why},
                                       {"attempts", failures},
                                       {"not_logged_before", log_budget_.TakeSuppressed()}});
      }
    }
  }
  store::LampOutcome outcome = OutcomeOf(lamp, Kind::kFailed);
  outcome.next = now + wait;
  outcome.error = why;
  End(std::move(outcome));
}

void Teller::Hold(const store::LeasedLamp& lamp, async::Duration wait, const std::string& why) {
  store::LampOutcome outcome = OutcomeOf(lamp, Kind::kHeld);
  outcome.next = loop_.WallNow() + wait;
  outcome.error = why;
  End(std::move(outcome));
}

void Teller::End(store::LampOutcome outcome) {
  --under_way_;
  outcomes_.push_back(std::move(outcome));
  Nudge();
}

WallTime Teller::NextRefresh() {
  const double part = std::uniform_real_distribution<double>(0.5, 1)(random_);
  return loop_.WallNow() + std::chrono::duration_cast<async::Duration>(options_.refresh * part);
}

}  // namespace um::lamps
