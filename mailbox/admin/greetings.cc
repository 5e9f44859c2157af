#include "mailbox/admin/greetings.h"

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/find.h"
#include "mailbox/audio/files.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/keeping.h"
#include "mailbox/prompts/import.h"

namespace um::admin {
namespace {

using domain::GreetingKind;

constexpr size_t kMostFileBytes = 10'000'000;

domain::WallTime Now() {
  return std::chrono::floor<domain::WallTime::duration>(std::chrono::system_clock::now());
}

absl::StatusOr<GreetingKind> KindOf(const std::string& text) {
  if (const auto kind = domain::GreetingKindOf(text)) return *kind;
  return absl::InvalidArgumentError("kind: must be personal, away or name");
}

store::AuditNote NoteOf(const std::string& action, const organisation::Entry& mailbox,
                        std::vector<std::pair<std::string, std::string>> facts) {
  return {action, "mailbox", mailbox.id, mailbox.name, std::move(facts)};
}

std::string Seconds(domain::Milliseconds length) {
  return fmt::format("{:.1f}", static_cast<double>(length.count()) / 1000);
}

std::string MuLawOf(const std::vector<int16_t>& samples) {
  std::string codes(samples.size(), 0);
  domain::EncodeG711(domain::Law::kMu, samples, reinterpret_cast<uint8_t*>(codes.data()));
  return codes;
}

}  // namespace

void GreetingsService::ServeThrough(Door& door) {
  using S = GreetingsService;
  door.Unary("um.admin.v1.Greetings.FetchGreeting", *this, &S::FetchGreeting);
  door.Unary("um.admin.v1.Greetings.GetGreetings", *this, &S::GetGreetings);
  door.Unary("um.admin.v1.Greetings.RemoveGreeting", *this, &S::RemoveGreeting);
  door.Unary("um.admin.v1.Greetings.SetAway", *this, &S::SetAway);
  door.Unary("um.admin.v1.Greetings.SetGreeting", *this, &S::SetGreeting);
}

absl::StatusOr<GreetingsService::Found> GreetingsService::Find(const std::string& organisation,
                                                               const std::string& mailbox) const {
  Found found;
  UM_ASSIGN_OR_RETURN(found.model, registry_.Find(organisation));
  UM_ASSIGN_OR_RETURN(found.entry, FindObject(*found.model, organisation::Kind::kMailbox, mailbox));
  const auto* policy = found.model->Policy(found.entry->object.mailbox().policy());
  found.longest =
      organisation::LongestGreeting(policy ? *policy : organisation::v1::MailboxPolicy());
  return found;
}

absl::Status GreetingsService::Tell(const Found& found, v1::OwnGreetings& response) {
  UM_ASSIGN_OR_RETURN(const store::OwnGreetings own,
                      store_.Of(found.model->id(), found.entry->name));
  response.set_mailbox(found.entry->object.mailbox().id());
  response.set_longest_ms(static_cast<uint32_t>(found.longest.count()));
  bool personal = false, away = false;
  for (const store::Recorded& each : own.recorded) {
    personal |= each.kind == GreetingKind::kPersonal;
    away |= each.kind == GreetingKind::kAway;
    v1::OwnGreetings::Recording& recording = *response.add_recordings();
    recording.set_kind(std::string(ToString(each.kind)));
    recording.set_length_ms(static_cast<uint32_t>(each.length.count()));
    recording.set_recorded(Rfc3339(each.by.at));
    recording.set_recorded_by(each.by.actor);
  }
  const domain::WallTime now = Now();
  const auto heard = domain::ChooseGreeting(personal, away, own.away, now);
  response.set_heard(heard ? std::string(ToString(*heard)) : "system");
  if (!own.away || !own.away->IsOn(now)) return absl::OkStatus();
  response.set_away(true);
  response.set_away_by(own.away->by.actor);
  if (own.away->until) response.set_away_until(Rfc3339(*own.away->until));
  return absl::OkStatus();
}

grpc::Status GreetingsService::GetGreetings(const Call&, const v1::GetGreetingsRequest* request,
                                            v1::OwnGreetings* response) {
  const absl::StatusOr<Found> found = Find(request->organisation(), request->mailbox());
  return ToGrpc(found.ok() ? Tell(*found, *response) : found.status());
}

absl::StatusOr<store::Recorded> GreetingsService::RecordingOf(const Found& found,
                                                              GreetingKind kind) {
  UM_ASSIGN_OR_RETURN(const store::OwnGreetings own,
                      store_.Of(found.model->id(), found.entry->name));
  for (const store::Recorded& each : own.recorded) {
    if (each.kind == kind) return each;
  }
  return absl::NotFoundError(fmt::format("mailbox {} has no recording \"{}\"",
                                         domain::Quoted(found.entry->object.mailbox().id()),
                                         ToString(kind)));
}

absl::StatusOr<std::string> GreetingsService::Fetch(const v1::FetchGreetingRequest& request) {
  UM_ASSIGN_OR_RETURN(const GreetingKind kind, KindOf(request.kind()));
  UM_ASSIGN_OR_RETURN(const Found found, Find(request.organisation(), request.mailbox()));
  UM_ASSIGN_OR_RETURN(const store::Recorded recorded, RecordingOf(found, kind));
  UM_ASSIGN_OR_RETURN(const std::string codes, store_.Audio(found.model->id(), recorded.id));
  return audio::WavOfG711(domain::Law::kMu, codes);
}

grpc::Status GreetingsService::FetchGreeting(const Call&, const v1::FetchGreetingRequest* request,
                                             v1::FetchGreetingResponse* response) {
  absl::StatusOr<std::string> content = Fetch(*request);
  if (content.ok()) response->set_content(*std::move(content));
  return ToGrpc(content.status());
}

absl::Status GreetingsService::Set(const Call& call, const Found& found,
                                   const v1::SetGreetingRequest& request) {
  UM_ASSIGN_OR_RETURN(const GreetingKind kind, KindOf(request.kind()));
  if (request.file().size() > kMostFileBytes) {
    return absl::InvalidArgumentError(
        fmt::format("file: at most {} MB", kMostFileBytes / 1'000'000));
  }
  const bool name = kind == GreetingKind::kName;
  std::string codes;
  {
    const std::lock_guard one(importing_);
    UM_ASSIGN_OR_RETURN(
        const std::vector<int16_t> samples,
        prompts::Import(request.file(), name ? domain::kLongestName : found.longest));
    codes = MuLawOf(samples);
  }
  if (request.dry_run()) return absl::OkStatus();
  const store::Recorded recorded{
      .id = NewUlid(Now()),
      .kind = kind,
      .length = domain::Milliseconds(codes.size() * 1000 / domain::kSampleRate),
      .by = {call.actor(), Now()}};
  UM_RETURN_IF_ERROR(store_.Put(
      found.model->id(), found.entry->id, recorded, codes,
      NoteOf("set-greeting", *found.entry,
             {{"greeting", std::string(ToString(kind))}, {"seconds", Seconds(recorded.length)}})));
  log::Info("greeting.set", {{"organisation", found.model->id()},
                             {"mailbox", found.entry->name},
                             {"greeting", ToString(kind)},
                             {"ms", recorded.length.count()},
                             {"actor", call.actor()}});
  return absl::OkStatus();
}

grpc::Status GreetingsService::SetGreeting(const Call& call, const v1::SetGreetingRequest* request,
                                           v1::OwnGreetings* response) {
  const absl::StatusOr<Found> found = Find(request->organisation(), request->mailbox());
  if (!found.ok()) return ToGrpc(found.status());
  const absl::Status set = Set(call, *found, *request);
  return ToGrpc(set.ok() ? Tell(*found, *response) : set);
}

absl::Status GreetingsService::Remove(const Call& call, const Found& found,
                                      const v1::RemoveGreetingRequest& request) {
  UM_ASSIGN_OR_RETURN(const GreetingKind kind, KindOf(request.kind()));
  UM_ASSIGN_OR_RETURN(const store::Recorded recorded, RecordingOf(found, kind));
  if (request.dry_run()) return absl::OkStatus();
  UM_RETURN_IF_ERROR(store_.Remove(
      found.model->id(), found.entry->id, kind, {call.actor(), Now()},
      NoteOf("remove-greeting", *found.entry,
             {{"greeting", std::string(ToString(kind))}, {"seconds", Seconds(recorded.length)}})));
  log::Info("greeting.removed", {{"organisation", found.model->id()},
                                 {"mailbox", found.entry->name},
                                 {"greeting", ToString(kind)},
                                 {"actor", call.actor()}});
  return absl::OkStatus();
}

grpc::Status GreetingsService::RemoveGreeting(const Call& call,
                                              const v1::RemoveGreetingRequest* request,
                                              v1::OwnGreetings* response) {
  const absl::StatusOr<Found> found = Find(request->organisation(), request->mailbox());
  if (!found.ok()) return ToGrpc(found.status());
  const absl::Status removed = Remove(call, *found, *request);
  return ToGrpc(removed.ok() ? Tell(*found, *response) : removed);
}

absl::Status GreetingsService::Switch(const Call& call, const Found& found,
                                      const v1::SetAwayRequest& request) {
  const domain::WallTime now = Now();
  std::optional<domain::Away> away;
  if (request.away()) away.emplace();
  std::vector<std::pair<std::string, std::string>> facts = {
      {"away", request.away() ? "on" : "off"}};
  if (!request.until().empty()) {
    const auto until = FromRfc3339(request.until());
    if (!away || !until || *until <= now) {
      return absl::InvalidArgumentError(
          "until: must be a time to come, like 2026-12-31T18:00:00Z, with away");
    }
    away->until = *until;
    facts.emplace_back("until", Rfc3339(*until));
  }
  if (request.dry_run()) return absl::OkStatus();
  UM_RETURN_IF_ERROR(store_.SetAway(found.model->id(), found.entry->id, away, {call.actor(), now},
                                    NoteOf("set-away", *found.entry, std::move(facts))));
  log::Info("greeting.away-set", {{"organisation", found.model->id()},
                                  {"mailbox", found.entry->name},
                                  {"away", request.away()},
                                  {"actor", call.actor()}});
  return absl::OkStatus();
}

grpc::Status GreetingsService::SetAway(const Call& call, const v1::SetAwayRequest* request,
                                       v1::OwnGreetings* response) {
  const absl::StatusOr<Found> found = Find(request->organisation(), request->mailbox());
  if (!found.ok()) return ToGrpc(found.status());
  const absl::Status set = Switch(call, *found, *request);
  return ToGrpc(set.ok() ? Tell(*found, *response) : set);
}

}  // namespace um::admin
