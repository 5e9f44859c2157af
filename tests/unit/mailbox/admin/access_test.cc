// Who may do what: the roles of spec 02 section 18 against the methods of um.admin.v1.
#include "mailbox/admin/access.h"

#include <google/protobuf/descriptor.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/support/catch.h"
#include "um/admin/v1/contacts.pb.h"
#include "um/admin/v1/directory.pb.h"
#include "um/admin/v1/greetings.pb.h"
#include "um/admin/v1/keeping.pb.h"
#include "um/admin/v1/messages.pb.h"
#include "um/admin/v1/organisations.pb.h"
#include "um/admin/v1/pins.pb.h"
#include "um/admin/v1/queue.pb.h"

using namespace um;
using namespace um::admin;
using google::protobuf::FieldDescriptor;

namespace {

Rights Holds(config::v1::Role role, const std::string& organisation = "example") {
  return {.everywhere = 0, .in = {{organisation, PermissionsOf(role)}}};
}

Rights Everywhere(config::v1::Role role) { return {.everywhere = PermissionsOf(role), .in = {}}; }

/// The answer to a request of a method by name, as the door gives it.
absl::Status Ask(const Rights& rights, const std::string& method,
                 google::protobuf::Message& request) {
  const Rule* rule = RuleFor("um.admin.v1." + method);
  REQUIRE(rule);
  const absl::Status may_call = MayCall("token t", rights, *rule);
  return may_call.ok() ? MayRequest("token t", rights, *rule, request) : may_call;
}

v1::ChangeRequest ChangeOf(const char* kind, const std::string& organisation = "example") {
  v1::ChangeRequest request;
  request.set_organisation(organisation);
  request.add_operations()->mutable_delete_()->set_kind(kind);
  return request;
}

bool MayChange(const Rights& rights, const char* kind) {
  v1::ChangeRequest request = ChangeOf(kind);
  return Ask(rights, "Organisations.Change", request).ok();
}

template <class Request>
bool MayIn(const Rights& rights, const std::string& method,
           const std::string& organisation = "example") {
  Request request;
  request.set_organisation(organisation);
  return Ask(rights, method, request).ok();
}

bool MaySeeNode(const Rights& rights) {
  v1::GetStatusRequest request;
  return Ask(rights, "Messages.GetStatus", request).ok();
}

}  // namespace

TEST_CASE("every method of um.admin.v1 has a rule that says who may call it") {
  // The files as they are in the sources: none is forgotten. What the node serves is linked.
  const char* source = getenv("UM_SOURCE_DIR");
  REQUIRE(source);
  const std::filesystem::path root = std::filesystem::path(source) / "proto";
  size_t methods = 0;
  for (const auto& file : std::filesystem::directory_iterator(root / "um/admin/v1")) {
    INFO(file.path() << " is not served: its service must be linked to be looked at");
    const auto* schema = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        "um/admin/v1/" + file.path().filename().string());
    REQUIRE(schema);
    for (int s = 0; s < schema->service_count(); ++s) {
      for (int m = 0; m < schema->service(s)->method_count(); ++m, ++methods) {
        const auto& method = *schema->service(s)->method(m);
        INFO(method.full_name()
             << ": nobody may call it until kRules in mailbox/admin/access.cc says which "
                "permission it needs, and whether it is an organisation's (its request then has a "
                "field `organisation`) or the node's");
        const Rule* rule = RuleFor(method.full_name());
        REQUIRE(rule);
        CHECK(rule->any != 0);
        const FieldDescriptor* field = method.input_type()->FindFieldByName("organisation");
        const bool has_field = field && field->type() == FieldDescriptor::TYPE_STRING;
        CHECK(has_field == (rule->scope == Scope::kOrganisation));
      }
    }
  }
  CHECK(methods >= 29);
  CHECK_FALSE(RuleFor("um.admin.v1.Organisations.Drop"));
}

TEST_CASE("each role changes the kinds of objects that Exchange Server's changes, and no others") {
  struct Case {
    config::v1::Role role;
    bool dial_plan, mailbox, prompt, view, records, recordings;
  };
  const Case cases[] = {
      {config::v1::ROLE_ORGANIZATION_MANAGEMENT, true, true, true, true, true, false},
      {config::v1::ROLE_UM_MANAGEMENT, true, true, true, true, true, false},
      {config::v1::ROLE_SERVER_MANAGEMENT, false, false, false, false, false, false},
      {config::v1::ROLE_VIEW_ONLY_ORGANIZATION_MANAGEMENT, false, false, false, true, true, false},
      {config::v1::ROLE_UNIFIED_MESSAGING, true, false, false, true, true, false},
      {config::v1::ROLE_UM_MAILBOXES, false, true, false, true, false, false},
      {config::v1::ROLE_UM_PROMPTS, false, false, true, true, false, false},
      {config::v1::ROLE_DISCOVERY_MANAGEMENT, false, false, false, false, true, true},
  };
  CHECK(std::size(cases) == static_cast<size_t>(config::v1::Role_descriptor()->value_count()) - 1);
  for (const Case& each : cases) {
    INFO(config::v1::Role_Name(each.role));
    const Rights rights = Holds(each.role);
    for (const char* kind :
         {"dial_plan", "ip_gateway", "hunt_group", "mailbox_policy", "auto_attendant"}) {
      CHECK(MayChange(rights, kind) == each.dial_plan);
    }
    CHECK(MayChange(rights, "mailbox") == each.mailbox);
    CHECK(MayChange(rights, "prompt") == each.prompt);
    CHECK(MayIn<v1::GetRequest>(rights, "Organisations.Get") == each.view);
    CHECK(MayIn<v1::ListRequest>(rights, "Organisations.List") == each.view);
    CHECK(MayIn<v1::ExportRequest>(rights, "Organisations.Export") == each.view);
    CHECK(MayIn<v1::WatchRequest>(rights, "Organisations.Watch") == each.view);
    CHECK(MayIn<v1::ListAuditRequest>(rights, "Organisations.ListAudit") == each.view);
    CHECK(MayIn<v1::ListMessagesRequest>(rights, "Messages.ListMessages") == each.records);
    CHECK(MayIn<v1::FetchMessageRequest>(rights, "Messages.FetchMessage") == each.recordings);
    CHECK(MayIn<v1::ListPeopleRequest>(rights, "Directory.ListPeople") == each.view);
    CHECK(MayIn<v1::GetDirectoryStatusRequest>(rights, "Directory.GetDirectoryStatus") ==
          each.view);
    CHECK(MayIn<v1::EnableRequest>(rights, "Directory.Enable") == each.mailbox);
    CHECK(MayIn<v1::RefreshRequest>(rights, "Directory.Refresh") == each.mailbox);
    CHECK(MayIn<v1::GetUsageRequest>(rights, "Keeping.GetUsage") == each.view);
    CHECK(MayIn<v1::EraseMailboxRequest>(rights, "Keeping.EraseMailbox") == each.mailbox);
    CHECK(MayIn<v1::DeleteMessagesRequest>(rights, "Keeping.DeleteMessages") == each.mailbox);
    CHECK(MayIn<v1::GetGreetingsRequest>(rights, "Greetings.GetGreetings") == each.view);
    CHECK(MayIn<v1::FetchGreetingRequest>(rights, "Greetings.FetchGreeting") == each.mailbox);
    CHECK(MayIn<v1::SetGreetingRequest>(rights, "Greetings.SetGreeting") == each.mailbox);
    CHECK(MayIn<v1::RemoveGreetingRequest>(rights, "Greetings.RemoveGreeting") == each.mailbox);
    CHECK(MayIn<v1::SetAwayRequest>(rights, "Greetings.SetAway") == each.mailbox);
    CHECK(MayIn<v1::ListContactsRequest>(rights, "Contacts.ListContacts") == each.mailbox);
    CHECK(MayIn<v1::TestContactRequest>(rights, "Contacts.TestContact") == each.mailbox);
    CHECK(MayIn<v1::ImportContactsRequest>(rights, "Contacts.ImportContacts") == each.mailbox);
    CHECK(MayIn<v1::ClearContactsRequest>(rights, "Contacts.ClearContacts") == each.mailbox);
    CHECK(MayIn<v1::GetPinRequest>(rights, "Pins.GetPin") == each.view);
    CHECK(MayIn<v1::ResetPinRequest>(rights, "Pins.ResetPin") == each.mailbox);
    CHECK(MayIn<v1::LockPinRequest>(rights, "Pins.LockPin") == each.mailbox);
    const bool node = each.role == config::v1::ROLE_SERVER_MANAGEMENT;
    CHECK(MayIn<v1::ListQueueRequest>(rights, "Queue.ListQueue") ==
          (each.records || each.mailbox || node));
    CHECK(MayIn<v1::RetryItemsRequest>(rights, "Queue.RetryItems") == (each.mailbox || node));
    CHECK(MayIn<v1::RedirectItemRequest>(rights, "Queue.RedirectItem") ==
          (each.mailbox || each.recordings));
  }
}

TEST_CASE("the node is for those who hold a role in all organisations") {
  using enum config::v1::Role;
  for (const auto role : {ROLE_ORGANIZATION_MANAGEMENT, ROLE_SERVER_MANAGEMENT,
                          ROLE_VIEW_ONLY_ORGANIZATION_MANAGEMENT}) {
    CHECK(MaySeeNode(Everywhere(role)));
    CHECK_FALSE(MaySeeNode(Holds(role)));
  }
  v1::CreateBackupRequest backup;
  CHECK(Ask(Everywhere(ROLE_SERVER_MANAGEMENT), "Keeping.CreateBackup", backup).ok());
  CHECK(Ask(Everywhere(ROLE_ORGANIZATION_MANAGEMENT), "Keeping.CreateBackup", backup).ok());
  CHECK_FALSE(Ask(Holds(ROLE_ORGANIZATION_MANAGEMENT), "Keeping.CreateBackup", backup).ok());
  CHECK_FALSE(
      Ask(Everywhere(ROLE_VIEW_ONLY_ORGANIZATION_MANAGEMENT), "Keeping.CreateBackup", backup).ok());
  // Whoever manages the node sees to its queue, all organisations' at once.
  v1::RetryItemsRequest retry;
  CHECK(Ask(Everywhere(ROLE_SERVER_MANAGEMENT), "Queue.RetryItems", retry).ok());
  v1::RedirectItemRequest redirect;
  CHECK_FALSE(Ask(Everywhere(ROLE_SERVER_MANAGEMENT), "Queue.RedirectItem", redirect).ok());
  CHECK_FALSE(MaySeeNode(Everywhere(ROLE_UM_MANAGEMENT)));
  CHECK_FALSE(MaySeeNode(Everywhere(ROLE_DISCOVERY_MANAGEMENT)));
}

TEST_CASE("another organisation does not exist, whatever one may do in one's own") {
  const Rights rights = Holds(config::v1::ROLE_ORGANIZATION_MANAGEMENT);
  for (const char* name : {"other", "Example", "no-such"}) {
    v1::ChangeRequest change = ChangeOf("mailbox", name);
    const absl::Status status = Ask(rights, "Organisations.Change", change);
    CHECK(absl::IsNotFound(status));
    CHECK(status.message() ==
          "there is no such organisation; umctl organisation list shows those there are");
    CHECK_FALSE(MayIn<v1::ExportRequest>(rights, "Organisations.Export", name));
    CHECK_FALSE(MayIn<v1::WatchRequest>(rights, "Organisations.Watch", name));
    v1::ApplyRequest apply;
    apply.mutable_document()->set_id(name);
    apply.mutable_document()->add_mailboxes();
    CHECK(absl::IsNotFound(Ask(rights, "Organisations.Apply", apply)));
  }
}

TEST_CASE("who may see one organisation need not name it; who may see several must") {
  Rights rights = Holds(config::v1::ROLE_UM_MANAGEMENT);
  v1::ExportRequest request;
  REQUIRE(Ask(rights, "Organisations.Export", request).ok());
  CHECK(request.organisation() == "example");
  v1::FetchMessageRequest fetch;
  CHECK(absl::IsPermissionDenied(Ask(rights, "Messages.FetchMessage", fetch)));
  rights.in["second"] = kView;
  request.clear_organisation();
  CHECK(absl::IsInvalidArgument(Ask(rights, "Organisations.Export", request)));
  // Nothing is filled in for who may see all: the method knows how many there are.
  CHECK(Ask(Everywhere(config::v1::ROLE_UM_MANAGEMENT), "Organisations.Export", request).ok());
  CHECK(request.organisation().empty());
}

TEST_CASE("a role in one organisation gives nothing in another where one holds a lesser one") {
  Rights rights = Holds(config::v1::ROLE_UM_MANAGEMENT);
  rights.in["second"] = PermissionsOf(config::v1::ROLE_VIEW_ONLY_ORGANIZATION_MANAGEMENT);
  v1::ChangeRequest change = ChangeOf("mailbox", "second");
  const absl::Status status = Ask(rights, "Organisations.Change", change);
  CHECK(status.message() ==
        "token t may not change a UM mailbox (needs um_management or um_mailboxes in organisation "
        "second)");
  CHECK(MayIn<v1::GetRequest>(rights, "Organisations.Get", "second"));
}

TEST_CASE("what a request turns out to be about is asked for in its organisation") {
  const Rights rights = Holds(config::v1::ROLE_UM_MAILBOXES);
  CHECK(MayDo("token t", rights, kMailboxes, "redirect notices", "example").ok());
  CHECK_FALSE(MayDo("token t", rights, kMailboxes, "redirect notices", "other").ok());
  CHECK(MayDo("token t", rights, kRecordings, "redirect messages", "example").message() ==
        "token t may not redirect messages (needs discovery_management in organisation example)");
}

TEST_CASE("one forbidden kind among the allowed refuses the whole change") {
  const Rights rights = Holds(config::v1::ROLE_UM_MAILBOXES);
  v1::ChangeRequest request = ChangeOf("mailbox");
  request.add_operations()->mutable_create()->mutable_dial_plan();
  CHECK(absl::IsPermissionDenied(Ask(rights, "Organisations.Change", request)));
  request = ChangeOf("mailbox");
  request.add_operations()->mutable_update()->mutable_object()->mutable_ip_gateway();
  CHECK(absl::IsPermissionDenied(Ask(rights, "Organisations.Change", request)));
  // What a cascade may reach, and what names no kind, needs them all.
  request = ChangeOf("mailbox");
  request.mutable_operations(0)->mutable_delete_()->set_cascade(true);
  CHECK(absl::IsPermissionDenied(Ask(rights, "Organisations.Change", request)));
  request = ChangeOf("no such kind");
  CHECK(absl::IsPermissionDenied(Ask(rights, "Organisations.Change", request)));
  CHECK(Ask(Holds(config::v1::ROLE_UM_MANAGEMENT), "Organisations.Change", request).ok());
}

TEST_CASE("a document needs the permission for every kind in it, and for all where it prunes") {
  const Rights rights = Holds(config::v1::ROLE_UM_MAILBOXES);
  v1::ApplyRequest request;
  request.mutable_document()->set_id("example");
  // An empty one would create the organisation.
  CHECK(absl::IsPermissionDenied(Ask(rights, "Organisations.Apply", request)));
  request.mutable_document()->add_mailboxes();
  CHECK(Ask(rights, "Organisations.Apply", request).ok());
  request.set_prune(true);
  CHECK(absl::IsPermissionDenied(Ask(rights, "Organisations.Apply", request)));
  request.set_prune(false);
  request.mutable_document()->add_prompts();
  CHECK(absl::IsPermissionDenied(Ask(rights, "Organisations.Apply", request)));
}
