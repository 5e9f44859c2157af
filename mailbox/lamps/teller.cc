#include "mailbox/lamps/teller.h"

#include <algorithm>
#include <map>
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
// So long nodes may differ about whose a lamp is that is lit: they follow changes within a second.
constexpr async::Duration kSettled = 10s;

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

/// Whether the mailbox is still told there, by what this node knows.
bool IsStillAt(const domain::RoutingCopy* routing, const store::LampKey& key,
               const domain::LampPlace& place) {
  const domain::Organisation* organisation = Find(routing, key.organisation);
  const domain::Mailbox* mailbox =
      organisation ? organisation->mailboxes.Find(key.mailbox_id) : nullptr;
  return mailbox && domain::IsLampOf(*organisation, *mailbox, place);
}

/// Whether mailboxes' lamps can be told. Plain look-ups, for it is asked for every mailbox.
class Reach {
 public:
  explicit Reach(const domain::Organisation* organisation) : organisation_(organisation) {}
  const domain::Mailbox* Find(const std::string& id) const {
    return organisation_ ? organisation_->mailboxes.Find(id) : nullptr;
  }
  bool Includes(const domain::Mailbox& mailbox) {
    if (!mailbox.lamp_allowed) return false;
    const auto [plan, first] = plans_.try_emplace(mailbox.dial_plan);
    if (first) plan->second = !domain::LampPathsOf(*organisation_, mailbox).paths.empty();
    return plan->second;
  }

 private:
  const domain::Organisation* organisation_;
  std::map<std::string, bool> plans_;
};

store::LampOutcome OutcomeOf(const store::LeasedLamp& lamp, Kind kind) {
  store::LampOutcome outcome;
  outcome.mailbox = lamp.mailbox;
  outcome.kind = kind;
  outcome.revision = lamp.revision;
  outcome.count = lamp.count;
  outcome.lit = lamp.lit;
  return outcome;
}

}  // namespace

Teller::Teller(async::Loop& loop, Offload offload, store::LampStore& store, std::string owner,
               Send send, const TellerOptions& options)
    : loop_(loop),
      store_(store),
      owner_(std::move(owner)),
      send_(std::move(send)),
      options_(options),
      refilled_(loop.Now()),
      last_turn_(loop.Now() - kMinTurn),
      timer_(loop, [this] { Begin(); }),
      store_turns_(std::in_place, std::move(offload), 1) {}

Teller::~Teller() {
  *alive_ = false;
  store_turns_.reset();
  if (turn_) outcomes_.insert(outcomes_.end(), turn_->outcomes.begin(), turn_->outcomes.end());
  const absl::Status ended = store_.End(owner_, outcomes_);  // so that others need not wait
  if (!ended.ok()) log::Warning("lamps.delayed", {{"error", Message(ended)}});
}

void Teller::SetRouting(std::shared_ptr<const domain::RoutingCopy> routing) {
  routing_ = std::move(routing);
  Nudge();
}

void Teller::Nudge() {
  more_ = true;
  if (!turn_) Schedule(last_turn_ + kMinTurn - loop_.Now());
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
  if (turn_ || !routing_) return;
  more_ = false;
  last_turn_ = loop_.Now();
  turn_ = std::make_shared<Turn>();
  const std::shared_ptr<Turn> turn = turn_;
  turn->now = loop_.WallNow();
  turn->outcomes = std::exchange(outcomes_, {});
  turn->returned = std::exchange(returned_, {});
  turn->room = Room();
  if (swept_ != routing_) turn->sweep = routing_;
  turn->before = std::exchange(swept_, routing_);
  store_turns_->Submit([this, turn, alive = alive_] {
    turn->status = Work(*turn);
    loop_.Post([this, turn, alive] {
      if (*alive) OnTurn(*turn);
    });
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

/// Every mailbox whose lamp can be told has a row, and those that are new here are due; so are
/// those that are lit where they should not be.
absl::Status Teller::Sweep(const Turn& turn) {
  for (const auto& routes : turn.sweep->organisations()) {
    const domain::Organisation& organisation = routes->organisation();
    Reach reach(&organisation), before(Find(turn.before.get(), organisation.id));
    std::vector<std::string> ids;
    organisation.mailboxes.FindIf([&](const domain::Mailbox& mailbox) {
      const domain::Mailbox* was = before.Find(mailbox.id);
      const bool is_new = !was || !before.Includes(*was);
      if (is_new && reach.Includes(mailbox)) ids.push_back(mailbox.id);
      return false;
    });
    UM_RETURN_IF_ERROR(Refresh(organisation.id, ids, turn.now, turn.now - options_.fresh));
    ids.clear();
    UM_ASSIGN_OR_RETURN(const auto lit, store_.Lit(organisation.id));
    for (const store::LitLamp& lamp : lit) {
      const domain::Mailbox* mailbox = reach.Find(lamp.mailbox_id);
      if (!mailbox || !domain::IsLampOf(organisation, *mailbox, lamp.place)) {
        ids.push_back(lamp.mailbox_id);
      }
    }
    UM_RETURN_IF_ERROR(Refresh(organisation.id, ids, turn.now, WallTime::max()));
  }
  return absl::OkStatus();
}

absl::Status Teller::Refresh(const std::string& organisation, const std::vector<std::string>& ids,
                             WallTime now, WallTime unless_since) {
  for (size_t from = 0; from < ids.size(); from += kSweptAtOnce) {
    const auto begin = ids.begin() + static_cast<ptrdiff_t>(from);
    const auto end =
        ids.begin() + static_cast<ptrdiff_t>(std::min(from + kSweptAtOnce, ids.size()));
    UM_RETURN_IF_ERROR(store_.Refresh(organisation, {begin, end}, now, unless_since));
  }
  return absl::OkStatus();
}

void Teller::OnTurn(Turn& turn) {
  turn_.reset();
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
  if (lamp.switch_off) return SwitchOff(lamp, organisation);
  const domain::Mailbox* mailbox =
      organisation ? organisation->mailboxes.Find(lamp.mailbox.mailbox_id) : nullptr;
  const bool lit = !lamp.lit.address.empty();
  if (!mailbox) {
    const async::Duration known_since = now - lamp.since;
    if (lit && known_since >= kSettled) return Forsake(lamp);
    if (known_since >= kUnknownGone) return End(OutcomeOf(lamp, Kind::kGone));
    return Hold(lamp, lit ? kSettled : kUnknownRetry, "no such mailbox");
  }
  if (lit && !domain::IsLampOf(*organisation, *mailbox, lamp.lit)) return Forsake(lamp);
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

/// The lamp that is lit is its mailbox' no more: that one is to be switched off, and the mailbox'
/// own is looked at again.
void Teller::Forsake(const store::LeasedLamp& lamp) {
  store::LampOutcome outcome = OutcomeOf(lamp, Kind::kHeld);
  outcome.next = loop_.WallNow();
  outcome.switch_off = std::exchange(outcome.lit, {});
  End(std::move(outcome));
}

void Teller::SwitchOff(const store::LeasedLamp& lamp, const domain::Organisation* organisation) {
  const WallTime now = loop_.WallNow();
  store::LampOutcome gone = OutcomeOf(lamp, Kind::kGone);
  gone.next = now;
  if (!lamp.changed) return End(std::move(gone));  // it is off, and has been for a while
  if (organisation && domain::IsSomebodys(*organisation, lamp.lit)) {
    if (now - lamp.since < kSettled) return Hold(lamp, kSettled, "it is a mailbox' lamp again");
    return End(std::move(gone));
  }
  const absl::StatusOr<domain::LampPath> path = organisation
                                                    ? domain::PathTo(*organisation, lamp.lit)
                                                    : absl::NotFoundError("no such organisation");
  if (path.ok()) return TellBy(lamp, *path, 1);
  if (!absl::IsNotFound(path.status())) return Hold(lamp, options_.later, Message(path.status()));
  if (now - lamp.since < kUnknownGone) return Hold(lamp, kUnknownRetry, Message(path.status()));
  End(std::move(gone));
}

void Teller::TellBy(const store::LeasedLamp& lamp, const domain::LampPath& path, size_t gateways) {
  const WallTime now = loop_.WallNow();
  if (!health_.MayTry(HealthKey(lamp.mailbox.organisation, path.place.gateway))) {
    return Retry(lamp, gateways, path.place.gateway + ": does not answer");
  }
  const bool udp = path.transport == domain::SipTransport::kUdp;
  const ua::Notification notification{.protocol = udp ? net::Protocol::kUdp : net::Protocol::kTcp,
                                      .peer = path.at,
                                      .uri = path.uri,
                                      .event = "message-summary",
                                      .content_type = domain::kSummaryType,
                                      .body = domain::SummaryOf(lamp.count, path.uri)};
  send_(notification, [this, alive = alive_, lamp, place = path.place, gateways,
                       now](const ua::NotifyAnswer& answer) {
    if (*alive) OnAnswer(lamp, place, gateways, now, answer);
  });
}

void Teller::OnAnswer(store::LeasedLamp lamp, const domain::LampPlace& place, size_t gateways,
                      WallTime sent, const ua::NotifyAnswer& answer) {
  const std::string& organisation = lamp.mailbox.organisation;
  const std::string& gateway = place.gateway;
  const bool lights = lamp.count.unheard > 0;
  if (answer.status == 0) {
    if (health_.Silent(HealthKey(organisation, gateway), sent)) {
      log::Warning("gateway.silent",
                   {{"organisation", organisation}, {"gateway", gateway}, {"why", answer.why}});
    }
    if (lights && lamp.lit.address.empty()) lamp.lit = place;  // it may have been heard
    return Retry(lamp, gateways, gateway + ": " + answer.why);
  }
  HasAnswered(organisation, gateway);
  const std::string said = fmt::format("{}: {} {}", gateway, answer.status, answer.why);
  if (!IsTaken(answer.status)) {
    // It knows the user no more than we do.
    if (lamp.switch_off && loop_.WallNow() - lamp.since >= options_.patience)
      return GiveUp(lamp, said);
    return Retry(lamp, gateways, said);
  }
  log::Write(lamp.changed ? log::Level::kInfo : log::Level::kDebug,
             lamp.switch_off ? "lamp.switched-off" : "lamp.told",
             {{"organisation", organisation},
              {"mailbox", lamp.switch_off ? "" : lamp.mailbox.mailbox_id},
              {"gateway", gateway},
              {"address", place.address},
              {"status", answer.status},
              {"count", lamp.count.ToString()}});
  store::LampOutcome outcome = OutcomeOf(lamp, Kind::kTold);
  outcome.at = loop_.WallNow();
  outcome.next = NextRefresh();
  if (lamp.switch_off) {
    // It stays for as long as another node may be telling the same telephone.
    outcome.next = outcome.at + kLease;
  } else {
    outcome.lit = lights ? place : domain::LampPlace{};
    const bool is_stale = lights && !IsStillAt(routing_.get(), lamp.mailbox, place);
    if (is_stale) outcome.next = outcome.at;  // it has changed meanwhile
  }
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

void Teller::GiveUp(const store::LeasedLamp& lamp, const std::string& why) {
  log::Warning("lamp.not-switched-off", {{"organisation", lamp.mailbox.organisation},
                                         {"gateway", lamp.lit.gateway},
                                         {"address", lamp.lit.address},
                                         {"why", why}});
  store::LampOutcome outcome = OutcomeOf(lamp, Kind::kGone);
  outcome.next = loop_.WallNow();
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
