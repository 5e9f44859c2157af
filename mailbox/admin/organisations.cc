#include "mailbox/admin/organisations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/base/status.h"
#include "common/base/utf8.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/find.h"
#include "mailbox/delivery/transport.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/explain.h"
#include "mailbox/organisation/find.h"

namespace um::admin {
namespace {

using organisation::Entry;
using organisation::EntryPtr;
using organisation::Kind;
using organisation::Model;
using organisation::ModelPtr;

constexpr int kMostOperations = 100'000;
constexpr size_t kMostProblems = 1000;  // told at once
constexpr uint32_t kUsualPage = 100;
constexpr uint32_t kMostPage = 1000;

grpc::Status Invalid(const std::string& text) { return grpc::Status(grpc::INVALID_ARGUMENT, text); }

uint32_t PageOf(uint32_t wanted) { return wanted == 0 ? kUsualPage : std::min(wanted, kMostPage); }

bool IsOrganisationId(const std::string& id) {
  return !id.empty() && id.size() <= 64 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
             std::string::npos;
}

}  // namespace

absl::StatusOr<Welcome> WelcomeOf(const v1::Welcome& welcome) {
  if (!welcome.address().empty() && !delivery::IsMailAddress(welcome.address())) {
    return absl::InvalidArgumentError("welcome.address: must be a mail address");
  }
  return Welcome{.none = welcome.none(), .address = welcome.address()};
}

void OrganisationsService::ServeThrough(Door& door) {
  using S = OrganisationsService;
  door.Unary("um.admin.v1.Organisations.Apply", *this, &S::Apply);
  door.Unary("um.admin.v1.Organisations.Change", *this, &S::Change);
  door.Unary("um.admin.v1.Organisations.ExplainFeatures", *this, &S::ExplainFeatures);
  door.Unary("um.admin.v1.Organisations.Export", *this, &S::Export);
  door.Unary("um.admin.v1.Organisations.Get", *this, &S::Get);
  door.Unary("um.admin.v1.Organisations.List", *this, &S::List);
  door.Unary("um.admin.v1.Organisations.ListAudit", *this, &S::ListAudit);
  door.Unary("um.admin.v1.Organisations.ListOrganisations", *this, &S::ListOrganisations);
  door.Unary("um.admin.v1.Organisations.TestNumber", *this, &S::TestNumber);
  door.Stream("um.admin.v1.Organisations.Watch", *this, &S::Watch);
}

grpc::Status OrganisationsService::ListOrganisations(const Call& call,
                                                     const v1::ListOrganisationsRequest*,
                                                     v1::ListOrganisationsResponse* response) {
  for (const ModelPtr& model : registry_.Models()) {
    if (!call.Sees(model->id())) continue;
    auto& item = *response->add_organisations();
    item.set_id(model->id());
    item.set_display_name(model->display_name());
    item.set_sequence(static_cast<uint64_t>(model->sequence()));
    item.set_mailboxes(static_cast<uint32_t>(model->entries(Kind::kMailbox).size()));
  }
  return grpc::Status::OK;
}

grpc::Status OrganisationsService::Get(const Call&, const v1::GetRequest* request,
                                       v1::Entry* response) {
  const absl::StatusOr<ModelPtr> model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  const auto kind = organisation::KindNamed(request->kind());
  if (!kind) return Invalid("there is no such kind of object");
  const absl::StatusOr<const Entry*> entry = FindObject(**model, *kind, request->name());
  if (!entry.ok()) return ToGrpc(entry.status());
  Convert(**model, **entry, true, *response);
  return grpc::Status::OK;
}

grpc::Status OrganisationsService::List(const Call&, const v1::ListRequest* request,
                                        v1::ListResponse* response) {
  const absl::StatusOr<ModelPtr> found = registry_.Find(request->organisation());
  if (!found.ok()) return ToGrpc(found.status());
  const Model& model = **found;
  const auto kind = organisation::KindNamed(request->kind());
  if (!kind) return Invalid("there is no such kind of object");
  organisation::Query query{.kind = *kind,
                            .search = request->search(),
                            .refers_to = {},
                            .simulators = request->include_simulators(),
                            .after = request->page_token(),
                            .most = PageOf(request->page_size())};
  if (!request->refers_to().empty()) {
    const auto target = organisation::KindNamed(request->refers_to_kind());
    if (!target) return Invalid("refers_to_kind names no kind of object");
    query.refers_to = {*target, domain::FoldName(request->refers_to())};
  }
  const organisation::Selection selection = organisation::Select(model, query);
  for (const EntryPtr& entry : selection.entries) {
    v1::Entry& out = *response->add_entries();
    Convert(model, *entry, false, out);
    // A prompt's audio is fetched one at a time.
    if (*kind == Kind::kPrompt) out.mutable_object()->mutable_prompt()->clear_audio();
  }
  response->set_next_page_token(selection.next);
  response->set_total(static_cast<uint32_t>(selection.total));
  return grpc::Status::OK;
}

/// What was refused says so by its code too; the response goes with the status as its details.
grpc::Status Answer(const absl::StatusOr<Registry::Result>& result, bool dry_run,
                    v1::ChangeResponse* response) {
  if (!result.ok()) return ToGrpc(result.status());
  grpc::StatusCode code = grpc::INVALID_ARGUMENT;
  const std::vector<organisation::Problem>& problems = result->outcome.problems;
  for (const organisation::Problem& problem : problems) {
    if (static_cast<size_t>(response->problems_size()) == kMostProblems) {
      response->add_problems()->set_text(
          fmt::format("and {} more are wrong", problems.size() - kMostProblems));
      break;
    }
    *response->add_problems() = Convert(problem);
    if (problem.current_version != 0) code = grpc::ABORTED;
    if (problem.blockers_total != 0 && code != grpc::ABORTED) code = grpc::FAILED_PRECONDITION;
  }
  for (const organisation::Problem& problem : result->outcome.warnings) {
    *response->add_warnings() = Convert(problem);
  }
  for (const Model::Step& step : result->outcome.steps) *response->add_changed() = Convert(step);
  response->set_sequence(static_cast<uint64_t>(result->sequence));
  if (dry_run || response->problems().empty()) return grpc::Status::OK;
  return grpc::Status(code, response->problems(0).path() + ": " + response->problems(0).text(),
                      response->SerializeAsString());
}

grpc::Status OrganisationsService::Change(const Call& call, const v1::ChangeRequest* request,
                                          v1::ChangeResponse* response) {
  if (request->operations_size() > kMostOperations) {
    return Invalid(fmt::format("a request holds at most {} operations", kMostOperations));
  }
  const auto plan = [&](const Model& model, const organisation::Context& context) {
    return organisation::Evaluate(model, request->operations(), context);
  };
  const auto welcome = WelcomeOf(request->welcome());
  if (!welcome.ok()) return ToGrpc(welcome.status());
  return Answer(registry_.Change(request->organisation(), nullptr, call.actor(), request->dry_run(),
                                 plan, *welcome),
                request->dry_run(), response);
}

grpc::Status OrganisationsService::Apply(const Call& call, const v1::ApplyRequest* request,
                                         v1::ChangeResponse* response) {
  const organisation::v1::Organisation& document = request->document();
  if (!IsOrganisationId(document.id())) {
    return Invalid("id: must be a short name of letters, digits, - and _");
  }
  if (!IsReadableLine(document.display_name()) || document.display_name().size() > 255) {
    return Invalid(
        "display_name: must be text on one line, of at most 255 bytes, without invisible "
        "characters");
  }
  const auto plan = [&](const Model& model, const organisation::Context& context) {
    const organisation::Difference difference =
        organisation::Compare(model, document, request->prune());
    return organisation::Evaluate(model, difference.operations, context, &difference.paths);
  };
  const auto welcome = WelcomeOf(request->welcome());
  if (!welcome.ok()) return ToGrpc(welcome.status());
  return Answer(registry_.Change(document.id(), &document.display_name(), call.actor(),
                                 request->dry_run(), plan, *welcome),
                request->dry_run(), response);
}

grpc::Status OrganisationsService::Export(const Call&, const v1::ExportRequest* request,
                                          organisation::v1::Organisation* response) {
  const absl::StatusOr<ModelPtr> model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  *response = organisation::Document(**model);
  if (request->without_audio()) {
    for (auto& prompt : *response->mutable_prompts()) prompt.clear_audio();
  }
  return grpc::Status::OK;
}

grpc::Status OrganisationsService::Watch(const Call& call, const v1::WatchRequest* request,
                                         const Sender<v1::AuditEntry>& send) {
  const absl::StatusOr<ModelPtr> model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  const std::string& id = (*model)->id();
  int64_t sequence = static_cast<int64_t>(request->after_sequence());
  while (!call.IsOver()) {
    // A server that ends and a watcher that goes are both noticed within this time.
    if (!registry_.WaitBeyond(id, sequence, std::chrono::milliseconds(500))) continue;
    const auto lines = store_.Since(id, sequence, 1000);
    if (!lines.ok()) return ToGrpc(lines.status());
    for (const store::AuditEntry& line : *lines) {
      const absl::StatusOr<v1::AuditEntry> entry = Convert(line);
      if (!entry.ok()) return ToGrpc(entry.status());
      if (!send(*entry)) return grpc::Status::OK;
      sequence = line.sequence;
    }
  }
  return grpc::Status::OK;
}

grpc::Status OrganisationsService::ListAudit(const Call&, const v1::ListAuditRequest* request,
                                             v1::ListAuditResponse* response) {
  const absl::StatusOr<ModelPtr> model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  store::OrganisationStore::AuditQuery query{
      .organisation = (*model)->id(),
      .kind = request->kind(),
      .name = domain::FoldName(request->name()),
      .limit = static_cast<int>(PageOf(request->page_size()))};
  if (!request->since().empty()) {
    const auto since = FromRfc3339(request->since());
    if (!since) return Invalid("since: must be a time like 2026-01-15T09:30:00Z");
    query.since = *since;
  }
  // "SEQUENCE.INDEX" of the last entry of the page before.
  const std::string& token = request->page_token();
  const char* end = token.data() + token.size();
  if (!token.empty()) {
    const auto [dot, error] = std::from_chars(token.data(), end, query.before_sequence);
    if (error != std::errc() || dot == end ||
        std::from_chars(dot + 1, end, query.before_index).ec != std::errc()) {
      return Invalid("page_token is none of ours");
    }
  }
  const auto lines = store_.Audit(query);
  if (!lines.ok()) return ToGrpc(lines.status());
  for (const store::AuditEntry& line : *lines) {
    const absl::StatusOr<v1::AuditEntry> entry = Convert(line);
    if (!entry.ok()) return ToGrpc(entry.status());
    *response->add_entries() = *entry;
  }
  if (lines->size() == static_cast<size_t>(query.limit)) {
    response->set_next_page_token(
        fmt::format("{}.{}", lines->back().sequence, lines->back().index));
  }
  return grpc::Status::OK;
}

grpc::Status OrganisationsService::ExplainFeatures(const Call&,
                                                   const v1::ExplainFeaturesRequest* request,
                                                   v1::ExplainFeaturesResponse* response) {
  const absl::StatusOr<ModelPtr> model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  const absl::StatusOr<const Entry*> entry =
      FindObject(**model, Kind::kMailbox, request->mailbox());
  if (!entry.ok()) return ToGrpc(entry.status());
  const auto answers =
      organisation::ExplainFeatures(**model, (*entry)->object.mailbox(), request->feature());
  if (!answers.ok()) return ToGrpc(answers.status());
  for (const organisation::FeatureAnswer& answer : *answers) {
    auto& out = *response->add_features();
    out.set_feature(answer.feature);
    out.set_on(answer.on);
    for (const std::string& reason : answer.off_because) out.add_off_because(reason);
  }
  return grpc::Status::OK;
}

grpc::Status OrganisationsService::TestNumber(const Call&, const v1::TestNumberRequest* request,
                                              v1::TestNumberResponse* response) {
  const absl::StatusOr<ModelPtr> model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  const absl::StatusOr<const Entry*> plan =
      FindObject(**model, Kind::kDialPlan, request->dial_plan());
  if (!plan.ok()) return ToGrpc(plan.status());
  if (request->calling()) {
    const auto routes = registry_.FindRoutes(request->organisation());
    if (!routes.ok()) return ToGrpc(routes.status());
    const auto answer =
        organisation::TestCalling(**routes, (*plan)->object.dial_plan().name(), request->number());
    for (const std::string& step : answer.steps) response->add_steps(step);
    response->set_resolves_to(answer.mailbox);
    return grpc::Status::OK;
  }
  std::string mailbox;
  if (!request->mailbox().empty()) {
    const auto found = FindObject(**model, Kind::kMailbox, request->mailbox());
    if (!found.ok()) return ToGrpc(found.status());
    mailbox = (*found)->object.mailbox().id();
  }
  const auto decision =
      organisation::TestDialled(**model, (*plan)->object.dial_plan(), request->number(),
                                {mailbox, request->auto_attendant()});
  if (!decision.ok()) return ToGrpc(decision.status());
  for (const domain::DialStep& step : decision->steps) response->add_steps(step.text);
  response->set_allowed(decision->outcome != domain::DialOutcome::kRefused);
  response->set_dial_string(decision->dial_string);
  return grpc::Status::OK;
}

}  // namespace um::admin
