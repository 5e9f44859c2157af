#include "tests/integration/cli/fake_organisations.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <fstream>

#include "common/base/ulid.h"
#include "common/config/rules.h"
#include "mailbox/domain/names.h"
#include "mailbox/organisation/find.h"
#include "tests/support/catch.h"

namespace um::tests {
namespace {

namespace v1 = um::admin::v1;
using organisation::Entry;
using organisation::Kind;
using organisation::KindNamed;
using organisation::NameOf;
using organisation::PartOf;

v1::Problem AsProblem(const organisation::Problem& problem) {
  v1::Problem out;
  out.set_path(problem.path);
  out.set_text(problem.text);
  for (const std::string& blocker : problem.blockers) out.add_blockers(blocker);
  out.set_blockers_total(static_cast<uint32_t>(problem.blockers_total));
  out.set_current_version(static_cast<uint64_t>(problem.current_version));
  return out;
}

v1::Changed AsChanged(const organisation::Model::Step& step) {
  v1::Changed out;
  out.set_action(!step.before ? "create" : !step.after ? "delete" : "update");
  const Entry& entry = step.after ? *step.after : *step.before;
  out.set_kind(std::string(ToString(entry.kind)));
  out.set_name(NameOf(entry.object));
  const organisation::v1::Object empty = organisation::NewObject(entry.kind);
  for (const auto& change : config::Diff(PartOf(step.before ? step.before->object : empty),
                                         PartOf(step.after ? step.after->object : empty))) {
    v1::FieldChange& field = *out.add_fields();
    field.set_path(change.path);
    field.set_before(change.before);
    field.set_after(change.after);
  }
  return out;
}

void Fill(const organisation::Model& model, const Entry& entry, v1::Entry& out) {
  *out.mutable_object() = entry.object;
  out.set_version(static_cast<uint64_t>(entry.version));
  out.set_changed("2026-01-15T09:30:00Z");
  out.set_changed_by("root (local)");
  for (const Entry* referrer : model.Referrers(entry.kind, entry.name)) {
    out.add_referred_to_by(
        fmt::format("{} {}", ToString(referrer->kind), NameOf(referrer->object)));
  }
}

}  // namespace

const Entry* FakeOrganisations::Find(const std::string& kind, const std::string& name) const {
  const auto known = KindNamed(kind);
  if (!model_ || !known) return nullptr;
  if (const Entry* entry = model_->Find(*known, name)) return entry;
  if (*known != Kind::kMailbox) return nullptr;
  const auto found = organisation::MailboxesCalled(*model_, name);
  return found.empty() ? nullptr : found.front().get();
}

grpc::Status FakeOrganisations::ListOrganisations(grpc::ServerContext*,
                                                  const v1::ListOrganisationsRequest*,
                                                  v1::ListOrganisationsResponse* response) {
  const std::scoped_lock lock(mutex_);
  if (!model_) return grpc::Status::OK;
  auto& item = *response->add_organisations();
  item.set_id(model_->id());
  item.set_display_name(model_->display_name());
  item.set_sequence(static_cast<uint64_t>(model_->sequence()));
  item.set_mailboxes(static_cast<uint32_t>(model_->entries(Kind::kMailbox).size()));
  return grpc::Status::OK;
}

grpc::Status FakeOrganisations::Get(grpc::ServerContext*, const v1::GetRequest* request,
                                    v1::Entry* response) {
  const std::scoped_lock lock(mutex_);
  const Entry* entry = Find(request->kind(), request->name());
  if (!entry) {
    return {grpc::NOT_FOUND, fmt::format("there is no {} '{}'", request->kind(), request->name())};
  }
  Fill(*model_, *entry, *response);
  return grpc::Status::OK;
}

grpc::Status FakeOrganisations::List(grpc::ServerContext*, const v1::ListRequest* request,
                                     v1::ListResponse* response) {
  const std::scoped_lock lock(mutex_);
  const auto kind = KindNamed(request->kind());
  if (!model_ || !kind) return {grpc::NOT_FOUND, "there is no organisation"};
  const organisation::Selection selection =
      organisation::Select(*model_, {.kind = *kind,
                                     .search = request->search(),
                                     .refers_to = {},
                                     .after = request->page_token(),
                                     .most = request->page_size()});
  for (const organisation::EntryPtr& entry : selection.entries) {
    Fill(*model_, *entry, *response->add_entries());
  }
  response->set_next_page_token(selection.next);
  response->set_total(static_cast<uint32_t>(selection.total));
  return grpc::Status::OK;
}

grpc::Status FakeOrganisations::Carry(const organisation::Operations& operations,
                                      const std::vector<std::string>* paths, bool dry_run,
                                      v1::ChangeResponse* response) {
  const organisation::Context context{
      .new_id = [] { return NewUlid(std::chrono::system_clock::now()); }};
  const auto outcome = Evaluate(*model_, operations, context, paths);
  for (const auto& problem : outcome.problems) *response->add_problems() = AsProblem(problem);
  for (const auto& warning : outcome.warnings) *response->add_warnings() = AsProblem(warning);
  if (!outcome.problems.empty()) {
    if (dry_run) return grpc::Status::OK;
    return {grpc::FAILED_PRECONDITION, "refused", response->SerializeAsString()};
  }
  const int64_t sequence = model_->sequence() + 1;
  auto steps = outcome.steps;
  for (auto& step : steps) {
    if (!step.after) continue;
    Entry entry = *step.after;
    entry.version = sequence;
    step.after = organisation::MakeEntry(entry);
  }
  for (const auto& step : steps) *response->add_changed() = AsChanged(step);
  if (dry_run || steps.empty()) return grpc::Status::OK;
  model_ = std::make_shared<organisation::Model>(model_->With(steps, sequence));
  for (const auto& changed : response->changed()) {
    v1::AuditEntry entry;
    entry.set_sequence(static_cast<uint64_t>(sequence));
    entry.set_time("2026-01-15T09:30:00Z");
    entry.set_actor("root (local)\x1b[2J");
    *entry.mutable_changed() = changed;
    audit_.insert(audit_.begin(), entry);
  }
  return grpc::Status::OK;
}

grpc::Status FakeOrganisations::Change(grpc::ServerContext*, const v1::ChangeRequest* request,
                                       v1::ChangeResponse* response) {
  const std::scoped_lock lock(mutex_);
  if (!model_) return {grpc::NOT_FOUND, "there is no organisation"};
  if (!request->dry_run()) requests.push_back(*request);
  return Carry(request->operations(), nullptr, request->dry_run(), response);
}

grpc::Status FakeOrganisations::Apply(grpc::ServerContext*, const v1::ApplyRequest* request,
                                      v1::ChangeResponse* response) {
  const std::scoped_lock lock(mutex_);
  const auto before = model_;
  if (!model_) {
    model_ = std::make_shared<organisation::Model>(request->document().id(),
                                                   request->document().display_name());
  }
  const auto difference = Compare(*model_, request->document(), request->prune());
  const grpc::Status status =
      Carry(difference.operations, &difference.paths, request->dry_run(), response);
  if (!status.ok() || request->dry_run()) model_ = before;
  return status;
}

grpc::Status FakeOrganisations::Export(grpc::ServerContext*, const v1::ExportRequest*,
                                       organisation::v1::Organisation* response) {
  const std::scoped_lock lock(mutex_);
  if (!model_) return {grpc::NOT_FOUND, "there is no organisation"};
  *response = Document(*model_);
  return grpc::Status::OK;
}

grpc::Status FakeOrganisations::ListAudit(grpc::ServerContext*, const v1::ListAuditRequest* request,
                                          v1::ListAuditResponse* response) {
  const std::scoped_lock lock(mutex_);
  audit_request = *request;
  for (const auto& entry : audit_) *response->add_entries() = entry;
  return grpc::Status::OK;
}

grpc::Status FakeOrganisations::ExplainFeatures(grpc::ServerContext*,
                                                const v1::ExplainFeaturesRequest*,
                                                v1::ExplainFeaturesResponse* response) {
  auto& on = *response->add_features();
  on.set_feature("call-answering-rules");
  on.set_on(true);
  auto& off = *response->add_features();
  off.set_feature("play-on-phone");
  off.add_off_because("UM mailbox policy Staff: allow_play_on_phone is false");
  return grpc::Status::OK;
}

grpc::Status FakeOrganisations::TestNumber(grpc::ServerContext*,
                                           const v1::TestNumberRequest* request,
                                           v1::TestNumberResponse* response) {
  const std::scoped_lock lock(mutex_);
  number_request = *request;
  response->add_steps("is 4 digits long, as extensions are");
  response->set_allowed(request->number() != "900");
  response->set_dial_string("1002");
  response->set_resolves_to("mailbox ann");
  return grpc::Status::OK;
}

OrganisationBench::OrganisationBench() {
  std::string name = (std::filesystem::temp_directory_path() / "um-umctl-XXXXXX").string();
  directory = mkdtemp(name.data());
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + File("admin.sock"), grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(64 << 20);
  builder.RegisterService(&node);
  server = builder.BuildAndStart();
  REQUIRE(server);
}

OrganisationBench::~OrganisationBench() {
  server->Shutdown();
  server.reset();
  std::filesystem::remove_all(directory);
}

std::string OrganisationBench::Write(const std::string& name, const std::string& content) const {
  std::ofstream(File(name), std::ios::binary) << content;
  return File(name);
}

std::string OrganisationBench::Read(const std::string& name) const {
  std::ifstream in(File(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Ran OrganisationBench::Umctl(const std::string& arguments) const {
  return Run("cd " + directory + " && VOXPOST_SOCKET=" + File("admin.sock") + " " UM_UMCTL " " +
             arguments + " </dev/null");
}

std::string OrganisationBench::Done(const std::string& arguments) const {
  const Ran ran = Umctl(arguments);
  INFO("umctl " << arguments << "\n" << ran.output);
  REQUIRE(ran.status == 0);
  return ran.output;
}

void OrganisationBench::TakeFirstSteps() const {
  Done("organisation create example --display-name 'Example Ltd'");
  Done("dial-plan create Main --number-of-digits-in-extension 4");
  Done("ip-gateway create pbx --networks 192.0.2.10 --dial-plan Main");
  Done(
      "mailbox create ann --display-name 'Ann Archer' --email ann@example.com "
      "--extension 1001 --policy 'Main Default Policy'");
}

bool Has(const std::string& output, const std::string& text) {
  return output.find(text) != std::string::npos;
}

}  // namespace um::tests
