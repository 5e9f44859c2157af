#include "mailbox/admin/directory_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "common/base/status.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/organisations.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/people.h"

namespace um::admin {
namespace {

using directory::LdapDirectory;
using domain::PersonPtr;
using organisation::Kind;
using organisation::Model;

constexpr uint32_t kUsualPage = 100;
constexpr uint32_t kMostPage = 1000;
constexpr int kMostConcerns = 1000;
constexpr int kMostNamed = 1000;  // people of one request

/// Ids of mailboxes by the person they follow.
using Followers = std::multimap<std::string, std::string>;

Followers FollowersOf(const Model& model) {
  Followers followers;
  for (const organisation::EntryPtr& entry : model.entries(Kind::kMailbox)) {
    const organisation::v1::Mailbox& mailbox = entry->object.mailbox();
    if (!mailbox.directory_id().empty()) followers.emplace(mailbox.directory_id(), mailbox.id());
  }
  return followers;
}

void Convert(const domain::Person& person, const Followers& followers, v1::Person& out) {
  out.set_id(person.id);
  out.set_alias(person.alias);
  out.set_display_name(person.display_name);
  out.set_email(person.email);
  out.mutable_other_emails()->Assign(person.other_emails.begin(), person.other_emails.end());
  out.mutable_telephones()->Assign(person.telephones.begin(), person.telephones.end());
  out.mutable_mobiles()->Assign(person.mobiles.begin(), person.mobiles.end());
  out.set_disabled(person.disabled);
  const auto [begin, end] = followers.equal_range(person.id);
  for (auto it = begin; it != end; ++it) out.add_mailboxes(it->second);
}

std::string TimeText(int64_t unix_time) {
  return unix_time == 0 ? "" : Rfc3339(domain::WallTime(std::chrono::seconds(unix_time)));
}

/// @param model null: the store has no such organisation
void Convert(const LdapDirectory& directory, const Model* model, v1::DirectoryStatus& out) {
  const LdapDirectory::State state = directory.Now();
  out.set_organisation(directory.settings().organisation());
  *out.mutable_urls() = directory.settings().urls();
  out.set_people(static_cast<uint32_t>(state.people->size()));
  out.set_as_of(TimeText(state.read));
  out.set_everybody_as_of(TimeText(state.read_everybody));
  out.set_failure(state.failure);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const int64_t age = state.read == 0 ? 0 : now.time_since_epoch().count() - state.read;
  out.set_age_s(static_cast<uint64_t>(std::max<int64_t>(age, 0)));
  if (!model) {
    out.add_concerns()->set_text("there is no such organisation");
    return;
  }
  const organisation::Following following = organisation::FollowPeople(*model, *state.people);
  out.set_followers(static_cast<uint32_t>(following.followers));
  // People who were never read are not gone.
  if (state.read == 0) return;
  for (const organisation::Concern& concern : following.concerns) {
    if (out.concerns_size() == kMostConcerns) break;
    v1::DirectoryStatus::Concern& told = *out.add_concerns();
    told.set_mailbox(concern.mailbox);
    told.set_text(concern.text);
  }
}

/// Whatever LDAP's failure is: to who asked for it, this node is there and the directory is not.
absl::Status NotAsked(const absl::Status& status, const std::string& effect) {
  return absl::FailedPreconditionError(
      fmt::format("{}, and the directory cannot be read: {}", effect, Message(status)));
}

absl::StatusOr<PersonPtr> OneNamed(LdapDirectory& directory, const std::string& text) {
  const absl::StatusOr<std::vector<PersonPtr>> found = directory.Named(text);
  if (!found.ok()) {
    return NotAsked(found.status(), fmt::format("{} is not in the copy", domain::Quoted(text)));
  }
  const std::vector<PersonPtr>& people = *found;
  if (people.size() == 1) return people.front();
  if (people.empty()) {
    return absl::NotFoundError("the directory knows nobody called " + domain::Quoted(text));
  }
  std::string names;
  for (size_t i = 0; i < people.size() && i < 5; ++i) {
    const domain::Person& person = *people[i];
    names += (i == 0 ? "" : ", ") + (person.alias.empty() ? person.id : person.alias);
  }
  return absl::InvalidArgumentError(
      fmt::format("{} names {} people: {}", domain::Quoted(text), people.size(), names));
}

absl::StatusOr<std::vector<PersonPtr>> PeopleOf(LdapDirectory& directory, const Model& model,
                                                const v1::EnableRequest& request) {
  std::vector<PersonPtr> people;
  if (request.everybody()) {
    const Followers followers = FollowersOf(model);
    for (const auto& [_, person] : directory.Now().people->by_name()) {
      if (!person->disabled && !followers.contains(person->id)) people.push_back(person);
    }
    return people;
  }
  for (const std::string& name : request.people()) {
    UM_ASSIGN_OR_RETURN(people.emplace_back(), OneNamed(directory, name));
  }
  return people;
}

absl::Status CheckEnable(const v1::EnableRequest& request) {
  if (request.everybody() == !request.people().empty()) {
    return absl::InvalidArgumentError("say whom: people, or everybody");
  }
  if (request.people_size() > kMostNamed) {
    return absl::InvalidArgumentError(fmt::format("at most {} people are named", kMostNamed));
  }
  const bool for_one = !request.extension().empty() || !request.sip_resource_identifier().empty() ||
                       !request.id().empty();
  if (for_one && request.people_size() != 1) {
    return absl::InvalidArgumentError(
        "extension, sip_resource_identifier and id are for one person");
  }
  if (!request.welcome().address().empty() && request.people_size() != 1) {
    return absl::InvalidArgumentError("welcome.address is for one person");
  }
  return absl::OkStatus();
}

}  // namespace

DirectoryService::DirectoryService(Registry& registry,
                                   const std::vector<LdapDirectory*>& directories)
    : registry_(registry) {
  for (LdapDirectory* each : directories) directories_[each->settings().organisation()] = each;
}

void DirectoryService::ServeThrough(Door& door) {
  using S = DirectoryService;
  door.Unary("um.admin.v1.Directory.Enable", *this, &S::Enable);
  door.Unary("um.admin.v1.Directory.GetDirectoryStatus", *this, &S::GetDirectoryStatus);
  door.Unary("um.admin.v1.Directory.GetPerson", *this, &S::GetPerson);
  door.Unary("um.admin.v1.Directory.ListPeople", *this, &S::ListPeople);
  door.Unary("um.admin.v1.Directory.Refresh", *this, &S::Refresh);
}

absl::StatusOr<DirectoryService::Place> DirectoryService::Find(
    const std::string& organisation) const {
  UM_ASSIGN_OR_RETURN(organisation::ModelPtr model, registry_.Find(organisation));
  const auto it = directories_.find(model->id());
  if (it == directories_.end()) {
    return absl::NotFoundError(fmt::format(
        "organisation {} has no directory: directories in um-mailbox.yaml", model->id()));
  }
  return Place{std::move(model), it->second};
}

grpc::Status DirectoryService::ListPeople(const Call&, const v1::ListPeopleRequest* request,
                                          v1::ListPeopleResponse* response) {
  const absl::StatusOr<Place> place = Find(request->organisation());
  if (!place.ok()) return ToGrpc(place.status());
  const Followers followers = FollowersOf(*place->model);
  const std::string search = domain::FoldName(request->search());
  const uint32_t page =
      request->page_size() == 0 ? kUsualPage : std::min(request->page_size(), kMostPage);
  const domain::PeoplePtr people = place->directory->Now().people;
  uint32_t total = 0;
  std::string last;
  for (const auto& [key, person] : people->by_name()) {
    if (request->without_mailbox() && followers.contains(person->id)) continue;
    if (!search.empty() && !domain::Matches(*person, search)) continue;
    ++total;
    if (!request->page_token().empty() && key <= request->page_token()) continue;
    if (static_cast<uint32_t>(response->people_size()) < page) {
      Convert(*person, followers, *response->add_people());
      last = key;
    } else {
      response->set_next_page_token(last);
    }
  }
  response->set_total(total);
  return grpc::Status::OK;
}

grpc::Status DirectoryService::GetPerson(const Call&, const v1::GetPersonRequest* request,
                                         v1::Person* response) {
  const absl::StatusOr<Place> place = Find(request->organisation());
  if (!place.ok()) return ToGrpc(place.status());
  const absl::StatusOr<PersonPtr> person = OneNamed(*place->directory, request->person());
  if (!person.ok()) return ToGrpc(person.status());
  Convert(**person, FollowersOf(*place->model), *response);
  return grpc::Status::OK;
}

grpc::Status DirectoryService::Refresh(const Call&, const v1::RefreshRequest* request,
                                       v1::DirectoryStatus* response) {
  const absl::StatusOr<Place> place = Find(request->organisation());
  if (!place.ok()) return ToGrpc(place.status());
  const absl::Status refreshed = place->directory->Refresh(request->full());
  if (!refreshed.ok()) return ToGrpc(NotAsked(refreshed, "the copy stays as it is"));
  // Mailboxes may have followed.
  const absl::StatusOr<Place> now = Find(place->model->id());
  if (!now.ok()) return ToGrpc(now.status());
  Convert(*now->directory, now->model.get(), *response);
  return grpc::Status::OK;
}

grpc::Status DirectoryService::GetDirectoryStatus(const Call&,
                                                  const v1::GetDirectoryStatusRequest* request,
                                                  v1::GetDirectoryStatusResponse* response) {
  if (!request->organisation().empty()) {
    const absl::StatusOr<Place> place = Find(request->organisation());
    if (!place.ok()) return ToGrpc(place.status());
    Convert(*place->directory, place->model.get(), *response->add_directories());
    return grpc::Status::OK;
  }
  for (const auto& [organisation, directory] : directories_) {
    const auto model = registry_.Find(organisation);
    Convert(*directory, model.ok() ? model->get() : nullptr, *response->add_directories());
  }
  return grpc::Status::OK;
}

grpc::Status DirectoryService::Enable(const Call& call, const v1::EnableRequest* request,
                                      v1::ChangeResponse* response) {
  if (const absl::Status status = CheckEnable(*request); !status.ok()) return ToGrpc(status);
  const absl::StatusOr<Place> place = Find(request->organisation());
  if (!place.ok()) return ToGrpc(place.status());
  const auto people = PeopleOf(*place->directory, *place->model, *request);
  if (!people.ok()) return ToGrpc(people.status());
  const organisation::EnableOptions options{
      .policy = request->policy(),
      .extension = request->extension(),
      .sip_resource_identifier = request->sip_resource_identifier(),
      .id = request->id(),
      .pass_over = request->everybody()};
  const auto plan = [&](const Model& model, const organisation::Context& context) {
    return organisation::EnablePeople(model, *people, options, context);
  };
  const auto welcome = WelcomeOf(request->welcome());
  if (!welcome.ok()) return ToGrpc(welcome.status());
  return Answer(registry_.Change(place->model->id(), nullptr, call.actor(), request->dry_run(),
                                 plan, *welcome),
                request->dry_run(), response);
}

}  // namespace um::admin
