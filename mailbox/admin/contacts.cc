#include "mailbox/admin/contacts.h"

#include <algorithm>
#include <charconv>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/find.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/problem.h"
#include "mailbox/domain/vcard.h"

namespace um::admin {
namespace {

constexpr uint32_t kUsualPage = 100;
constexpr uint32_t kMostPage = 1000;
constexpr size_t kMaxSearch = 200;  // [bytes]

domain::WallTime Now() {
  return std::chrono::floor<domain::WallTime::duration>(std::chrono::system_clock::now());
}

store::AuditNote NoteOf(const std::string& action, const organisation::Entry& mailbox,
                        std::vector<std::pair<std::string, std::string>> facts) {
  return {action, "mailbox", mailbox.id, mailbox.name, std::move(facts)};
}

/// The place where a page begins. nullopt: it is none.
std::optional<size_t> PlaceOf(const std::string& token) {
  size_t place = 0;
  const char* end = token.data() + token.size();
  if (token.empty()) return place;
  const auto [ptr, error] = std::from_chars(token.data(), end, place);
  return error == std::errc() && ptr == end ? std::optional(place) : std::nullopt;
}

/// What a gateway would say of who calls from there.
std::optional<sip::Uri> UriOf(const std::string& number) {
  if (number.find('@') != std::string::npos) return sip::Uri::Parse("sip:" + number);
  if (number.empty() || number.size() > 100) return std::nullopt;
  return sip::Uri{.scheme = "sip", .user = number, .host = "gateway.invalid"};
}

}  // namespace

void ContactsService::ServeThrough(Door& door) {
  using S = ContactsService;
  door.Unary("um.admin.v1.Contacts.ClearContacts", *this, &S::ClearContacts);
  door.Unary("um.admin.v1.Contacts.ImportContacts", *this, &S::ImportContacts);
  door.Unary("um.admin.v1.Contacts.ListContacts", *this, &S::ListContacts);
  door.Unary("um.admin.v1.Contacts.TestContact", *this, &S::TestContact);
}

absl::StatusOr<ContactsService::Found> ContactsService::Find(const std::string& organisation,
                                                             const std::string& mailbox) const {
  Found found;
  UM_ASSIGN_OR_RETURN(found.model, registry_.Find(organisation));
  UM_ASSIGN_OR_RETURN(found.entry, FindObject(*found.model, organisation::Kind::kMailbox, mailbox));
  return found;
}

absl::Status ContactsService::Import(const Call& call, const v1::ImportContactsRequest& request,
                                     v1::ImportContactsResponse& response) {
  UM_ASSIGN_OR_RETURN(const Found found, Find(request.organisation(), request.mailbox()));
  const std::lock_guard one(importing_);
  UM_ASSIGN_OR_RETURN(const domain::VcardFile file, domain::ReadVcards(request.file()));
  if (file.contacts.empty()) {
    const domain::VcardFile::Skipped& first = file.skipped.front();
    return absl::InvalidArgumentError(fmt::format(
        "there is no contact in the file that names a caller: line {}: {}", first.line, first.why));
  }
  UM_ASSIGN_OR_RETURN(const auto before, store_.Of(found.model->id(), found.entry->name));
  response.set_mailbox(found.id());
  response.set_before(static_cast<uint32_t>(before.size()));
  response.set_contacts(static_cast<uint32_t>(file.contacts.size()));
  response.set_contacts_skipped(static_cast<uint32_t>(file.cards_skipped));
  response.set_numbers_skipped(static_cast<uint32_t>(file.numbers_skipped));
  size_t numbers = 0;
  for (const auto& each : file.contacts) numbers += each.numbers.size() + each.addresses.size();
  response.set_numbers(static_cast<uint32_t>(numbers));
  for (const domain::VcardFile::Skipped& each : file.skipped) {
    v1::ImportContactsResponse::Skipped& skipped = *response.add_skipped();
    skipped.set_line(static_cast<uint32_t>(each.line));
    skipped.set_why(each.why);
  }
  if (request.dry_run()) return absl::OkStatus();
  UM_RETURN_IF_ERROR(store_.Replace(found.model->id(), found.entry->id, file.contacts,
                                    {call.actor(), Now()},
                                    NoteOf("import-contacts", *found.entry,
                                           {{"contacts", std::to_string(file.contacts.size())},
                                            {"skipped", std::to_string(file.cards_skipped)},
                                            {"before", std::to_string(before.size())}})));
  log::Info("contacts.imported", {{"organisation", found.model->id()},
                                  {"mailbox", found.entry->name},
                                  {"contacts", file.contacts.size()},
                                  {"numbers", numbers},
                                  {"skipped", file.cards_skipped},
                                  {"actor", call.actor()}});
  return absl::OkStatus();
}

grpc::Status ContactsService::ImportContacts(const Call& call,
                                             const v1::ImportContactsRequest* request,
                                             v1::ImportContactsResponse* response) {
  return ToGrpc(Import(call, *request, *response));
}

absl::Status ContactsService::List(const v1::ListContactsRequest& request,
                                   v1::ListContactsResponse& response) {
  const std::optional<size_t> place = PlaceOf(request.page_token());
  if (!place) return absl::InvalidArgumentError("page_token: must be one that a page gave");
  if (request.search().size() > kMaxSearch) {
    return absl::InvalidArgumentError(fmt::format("search: at most {} bytes", kMaxSearch));
  }
  UM_ASSIGN_OR_RETURN(const Found found, Find(request.organisation(), request.mailbox()));
  UM_ASSIGN_OR_RETURN(std::vector<domain::Contact> contacts,
                      store_.Of(found.model->id(), found.entry->name));
  response.set_mailbox(found.id());
  const std::string folded = domain::FoldName(request.search());
  std::erase_if(contacts, [&](const auto& each) { return !domain::Matches(each, folded); });
  response.set_total(static_cast<uint32_t>(contacts.size()));
  const size_t size =
      request.page_size() == 0 ? kUsualPage : std::min(request.page_size(), kMostPage);
  const size_t begin = std::min(*place, contacts.size());
  const size_t end = std::min(begin + size, contacts.size());
  for (size_t i = begin; i < end; ++i) {
    const domain::Contact& from = contacts[i];
    v1::Contact& to = *response.add_contacts();
    to.set_name(from.name);
    to.mutable_numbers()->Assign(from.numbers.begin(), from.numbers.end());
    to.mutable_addresses()->Assign(from.addresses.begin(), from.addresses.end());
  }
  if (end < contacts.size()) response.set_next_page_token(std::to_string(end));
  return absl::OkStatus();
}

grpc::Status ContactsService::ListContacts(const Call&, const v1::ListContactsRequest* request,
                                           v1::ListContactsResponse* response) {
  return ToGrpc(List(*request, *response));
}

absl::Status ContactsService::Clear(const Call& call, const v1::ClearContactsRequest& request,
                                    v1::ClearContactsResponse& response) {
  UM_ASSIGN_OR_RETURN(const Found found, Find(request.organisation(), request.mailbox()));
  response.set_mailbox(found.id());
  if (request.dry_run()) {
    UM_ASSIGN_OR_RETURN(const auto contacts, store_.Of(found.model->id(), found.entry->name));
    response.set_contacts(static_cast<uint32_t>(contacts.size()));
    return absl::OkStatus();
  }
  UM_ASSIGN_OR_RETURN(const size_t gone,
                      store_.Erase(found.model->id(), found.entry->id, {call.actor(), Now()},
                                   NoteOf("clear-contacts", *found.entry, {})));
  response.set_contacts(static_cast<uint32_t>(gone));
  log::Info("contacts.cleared", {{"organisation", found.model->id()},
                                 {"mailbox", found.entry->name},
                                 {"contacts", gone},
                                 {"actor", call.actor()}});
  return absl::OkStatus();
}

grpc::Status ContactsService::ClearContacts(const Call& call,
                                            const v1::ClearContactsRequest* request,
                                            v1::ClearContactsResponse* response) {
  return ToGrpc(Clear(call, *request, *response));
}

absl::StatusOr<domain::DialPlan> ContactsService::PlanOf(const Found& found) const {
  const std::shared_ptr<const domain::RoutingCopy> routing = routing_();
  for (const auto& routes : routing->organisations()) {
    const domain::Organisation& each = routes->organisation();
    if (each.id != found.model->id()) continue;
    const domain::Mailbox* mailbox = each.mailboxes.Find(found.id());
    for (const domain::DialPlan& plan : each.dial_plans) {
      if (mailbox && plan.name == mailbox->dial_plan) return plan;
    }
  }
  return absl::FailedPreconditionError(
      fmt::format("mailbox {} takes no calls now", domain::Quoted(found.id())));
}

absl::Status ContactsService::Test(const v1::TestContactRequest& request,
                                   v1::TestContactResponse& response) {
  const std::optional<sip::Uri> uri = UriOf(request.number());
  if (!uri) return absl::InvalidArgumentError("number: must be a number or a SIP address");
  UM_ASSIGN_OR_RETURN(const Found found, Find(request.organisation(), request.mailbox()));
  UM_ASSIGN_OR_RETURN(const domain::DialPlan plan, PlanOf(found));
  const domain::CallerKeys keys{domain::CallerKeysOf(plan, *uri)};
  UM_ASSIGN_OR_RETURN(const auto known, store_.Known(found.model->id(), found.entry->name, keys));
  response.set_mailbox(found.id());
  response.set_name(domain::NameByContacts(keys, known).name);
  for (const domain::KnownContact& each : known) {
    const auto& names = response.known();
    if (std::find(names.begin(), names.end(), each.name) == names.end()) {
      response.add_known(each.name);
    }
  }
  return absl::OkStatus();
}

grpc::Status ContactsService::TestContact(const Call&, const v1::TestContactRequest* request,
                                          v1::TestContactResponse* response) {
  return ToGrpc(Test(*request, *response));
}

}  // namespace um::admin
