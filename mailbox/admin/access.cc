#include "mailbox/admin/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "mailbox/admin/find.h"
#include "mailbox/organisation/model.h"
#include "um/admin/v1/organisations.pb.h"

namespace um::admin {
namespace {

using organisation::Kind;

constexpr Permissions kChanges = kUnifiedMessaging | kMailboxes | kPrompts;

/// The queue tells whose mail waits and why, not who called.
constexpr Permissions kSeesQueue = kCallRecords | kMailboxes | kViewServers;

/// In alphabetical order. A method is added here when it is added to the schema: whoever does
/// decides who may call it. What shows the content of messages, or sends it elsewhere, needs
/// kRecordings; what acts on the node or its disk needs kServers and is kNode.
constexpr Rule kRules[] = {
    {"um.admin.v1.Calls.GetCall", kCallRecords, Scope::kOrganisation},
    {"um.admin.v1.Calls.ListActiveCalls", kCallRecords, Scope::kOrganisation},
    {"um.admin.v1.Calls.ListCalls", kCallRecords, Scope::kOrganisation},
    // Contacts are the user's own: who only looks at the organisation does not see them.
    {"um.admin.v1.Contacts.ClearContacts", kMailboxes, Scope::kOrganisation, "change contacts"},
    {"um.admin.v1.Contacts.ImportContacts", kMailboxes, Scope::kOrganisation, "change contacts"},
    {"um.admin.v1.Contacts.ListContacts", kMailboxes, Scope::kOrganisation, "see contacts"},
    {"um.admin.v1.Contacts.TestContact", kMailboxes, Scope::kOrganisation, "see contacts"},
    {"um.admin.v1.Directory.Enable", kMailboxes, Scope::kOrganisation},
    {"um.admin.v1.Directory.GetDirectoryStatus", kView, Scope::kOrganisation},
    {"um.admin.v1.Directory.GetPerson", kView, Scope::kOrganisation},
    {"um.admin.v1.Directory.ListPeople", kView, Scope::kOrganisation},
    {"um.admin.v1.Directory.Refresh", kMailboxes, Scope::kOrganisation, "have the directory read"},
    // Greetings are for callers to hear: no content of the mailbox.
    {"um.admin.v1.Greetings.FetchGreeting", kMailboxes, Scope::kOrganisation, "fetch greetings"},
    {"um.admin.v1.Greetings.GetGreetings", kView, Scope::kOrganisation},
    {"um.admin.v1.Greetings.RemoveGreeting", kMailboxes, Scope::kOrganisation, "change greetings"},
    {"um.admin.v1.Greetings.SetAway", kMailboxes, Scope::kOrganisation, "change greetings"},
    {"um.admin.v1.Greetings.SetGreeting", kMailboxes, Scope::kOrganisation, "change greetings"},
    {"um.admin.v1.Keeping.CreateBackup", kServers, Scope::kNode},
    {"um.admin.v1.Keeping.DeleteMessages", kMailboxes, Scope::kOrganisation, "erase messages"},
    {"um.admin.v1.Keeping.EraseMailbox", kMailboxes, Scope::kOrganisation, "erase messages"},
    {"um.admin.v1.Keeping.GetUsage", kView, Scope::kOrganisation},
    {"um.admin.v1.Lamps.GetLamp", kView, Scope::kOrganisation},
    {"um.admin.v1.Lamps.MarkMessages", kMailboxes, Scope::kOrganisation, "mark messages"},
    {"um.admin.v1.Lamps.RefreshLamps", kMailboxes | kServers, Scope::kOrganisation,
     "have lamps refreshed"},
    {"um.admin.v1.Messages.FetchMessage", kRecordings, Scope::kOrganisation},
    {"um.admin.v1.Messages.GetStatus", kViewServers, Scope::kNode},
    {"um.admin.v1.Messages.ListMessages", kCallRecords, Scope::kOrganisation},
    {"um.admin.v1.Organisations.Apply", kChanges, Scope::kDocument},
    {"um.admin.v1.Organisations.Change", kChanges, Scope::kOrganisation},
    {"um.admin.v1.Organisations.ExplainFeatures", kView, Scope::kOrganisation},
    {"um.admin.v1.Organisations.Export", kView, Scope::kOrganisation},
    {"um.admin.v1.Organisations.Get", kView, Scope::kOrganisation},
    {"um.admin.v1.Organisations.List", kView, Scope::kOrganisation},
    {"um.admin.v1.Organisations.ListAudit", kView, Scope::kOrganisation},
    {"um.admin.v1.Organisations.ListOrganisations", kEverything, Scope::kVisible},
    {"um.admin.v1.Organisations.TestNumber", kView, Scope::kOrganisation},
    {"um.admin.v1.Organisations.Watch", kView, Scope::kOrganisation},
    {"um.admin.v1.Pins.GetPin", kView, Scope::kOrganisation},
    {"um.admin.v1.Pins.LockPin", kMailboxes, Scope::kOrganisation, "lock PINs"},
    {"um.admin.v1.Pins.ResetPin", kMailboxes, Scope::kOrganisation, "reset PINs"},
    {"um.admin.v1.Queue.ListQueue", kSeesQueue, Scope::kOrganisation, "see the queue"},
    // Of a message kRecordings, of a notice kMailboxes: the service knows which it is.
    {"um.admin.v1.Queue.RedirectItem", kRecordings | kMailboxes, Scope::kOrganisation,
     "redirect mail"},
    {"um.admin.v1.Queue.RetryItems", kMailboxes | kServers, Scope::kOrganisation,
     "have mail tried again"},
    {"um.admin.v1.Queue.ShowItem", kSeesQueue, Scope::kOrganisation, "see the queue"},
};

/// A permission in words, and the role that is usually missing where it is.
struct Words {
  Permissions permission;
  const char* to;
  const char* role;
};
constexpr Words kWords[] = {
    {kView, "see this organisation's objects", "view_only_organization_management"},
    {kUnifiedMessaging, "change the organisation", "um_management"},
    {kMailboxes, "change mailboxes", "um_management or um_mailboxes"},
    {kPrompts, "change prompts", "um_management or um_prompts"},
    {kCallRecords, "see who called", "um_management"},
    {kRecordings, "fetch messages", "discovery_management"},
    {kViewServers, "see how the node is", "server_management"},
    {kServers, "act on the node", "server_management"},
};

/// One thing that a request asks for.
struct Need {
  Permissions any = 0;
  std::string to;  ///< "change a UM dial plan"; "": as the permission's own words say
};

absl::Status Denied(const std::string& caller, const Need& need, const std::string& where) {
  const Words& words = *std::find_if(std::begin(kWords), std::end(kWords), [&](const Words& each) {
    return (each.permission & need.any) != 0;
  });
  return absl::PermissionDeniedError(fmt::format("{} may not {} (needs {}{})", caller,
                                                 need.to.empty() ? words.to : need.to, words.role,
                                                 where));
}

std::string In(const std::string& organisation) {
  return organisation.empty() ? "" : " in organisation " + organisation;
}

Permissions PermissionToChange(Kind kind) {
  if (kind == Kind::kMailbox) return kMailboxes;
  return kind == Kind::kPrompt ? kPrompts : kUnifiedMessaging;
}

Need NeedToChange(Kind kind) {
  return {PermissionToChange(kind), "change a " + organisation::TitleOf(kind)};
}

/// A cascade may reach any kind of object. So may what names no kind: the method refuses it.
void AddAll(std::vector<Need>& needs) {
  for (const Kind kind : organisation::kKinds) needs.push_back(NeedToChange(kind));
}

void AddNeeds(const v1::Operation& operation, std::vector<Need>& needs) {
  std::optional<Kind> kind;
  if (operation.has_create()) kind = organisation::KindOf(operation.create());
  if (operation.has_update()) kind = organisation::KindOf(operation.update().object());
  if (operation.has_delete_()) kind = organisation::KindNamed(operation.delete_().kind());
  if (!kind || operation.delete_().cascade()) return AddAll(needs);
  needs.push_back(NeedToChange(*kind));
}

/// Of a document: the kinds of objects in it; all kinds where what it leaves out is deleted.
void AddNeeds(const v1::ApplyRequest& request, std::vector<Need>& needs) {
  const organisation::v1::Organisation& document = request.document();
  if (request.prune()) return AddAll(needs);
  const std::pair<Kind, int> objects[] = {{Kind::kDialPlan, document.dial_plans_size()},
                                          {Kind::kIpGateway, document.ip_gateways_size()},
                                          {Kind::kHuntGroup, document.hunt_groups_size()},
                                          {Kind::kMailboxPolicy, document.mailbox_policies_size()},
                                          {Kind::kAutoAttendant, document.auto_attendants_size()},
                                          {Kind::kMailbox, document.mailboxes_size()},
                                          {Kind::kPrompt, document.prompts_size()}};
  static_assert(std::size(objects) == std::size(organisation::kKinds));
  for (const auto& [kind, count] : objects) {
    if (count > 0) needs.push_back(NeedToChange(kind));
  }
  if (needs.empty()) needs.push_back({kUnifiedMessaging, "create an organisation"});
}

std::vector<Need> NeedsOf(const Rule& rule, const google::protobuf::Message& request) {
  std::vector<Need> needs;
  if (const auto* change =
          google::protobuf::DynamicCastToGenerated<const v1::ChangeRequest>(&request)) {
    for (const v1::Operation& operation : change->operations()) AddNeeds(operation, needs);
  } else if (const auto* apply =
                 google::protobuf::DynamicCastToGenerated<const v1::ApplyRequest>(&request)) {
    AddNeeds(*apply, needs);
  } else {
    needs.push_back({rule.any, rule.to});
  }
  return needs;
}

/// The field of a request that names its organisation, and the message it is in.
struct Place {
  google::protobuf::Message* message = nullptr;
  const google::protobuf::FieldDescriptor* field = nullptr;
};
Place PlaceOf(const Rule& rule, google::protobuf::Message& request) {
  if (rule.scope == Scope::kOrganisation) {
    return {&request, request.GetDescriptor()->FindFieldByName("organisation")};
  }
  google::protobuf::Message* document = request.GetReflection()->MutableMessage(
      &request, request.GetDescriptor()->FindFieldByName("document"));
  return {document, document->GetDescriptor()->FindFieldByName("id")};
}

}  // namespace

Permissions PermissionsOf(config::v1::Role role) {
  constexpr Permissions kManagement = kView | kChanges | kCallRecords;
  switch (role) {
    case config::v1::ROLE_ORGANIZATION_MANAGEMENT:
      return kManagement | kViewServers | kServers;
    case config::v1::ROLE_UM_MANAGEMENT:
      return kManagement;
    case config::v1::ROLE_SERVER_MANAGEMENT:
      return kViewServers | kServers;
    case config::v1::ROLE_VIEW_ONLY_ORGANIZATION_MANAGEMENT:
      return kView | kCallRecords | kViewServers;
    case config::v1::ROLE_UNIFIED_MESSAGING:
      return kView | kUnifiedMessaging | kCallRecords;
    case config::v1::ROLE_UM_MAILBOXES:
      return kView | kMailboxes;
    case config::v1::ROLE_UM_PROMPTS:
      return kView | kPrompts;
    case config::v1::ROLE_DISCOVERY_MANAGEMENT:
      return kCallRecords | kRecordings;
    default:
      return 0;
  }
}

Permissions Rights::In(const std::string& organisation) const {
  const auto it = in.find(organisation);
  return everywhere | (it == in.end() ? 0 : it->second);
}

Permissions Rights::Somewhere() const {
  Permissions all = everywhere;
  for (const auto& [_, permissions] : in) all |= permissions;
  return all;
}

const Rule* RuleFor(std::string_view method) {
  for (const Rule& rule : kRules) {
    if (rule.method == method) return &rule;
  }
  return nullptr;
}

absl::Status MayCall(const std::string& caller, const Rights& rights, const Rule& rule) {
  const bool node = rule.scope == Scope::kNode;
  const Permissions held = node ? rights.everywhere : rights.Somewhere();
  if ((held & rule.any) != 0) return absl::OkStatus();
  return Denied(caller, {rule.any, rule.to}, node ? " for all organisations" : "");
}

absl::Status MayRequest(const std::string& caller, const Rights& rights, const Rule& rule,
                        google::protobuf::Message& request) {
  if (rule.scope == Scope::kNode || rule.scope == Scope::kVisible) {
    return MayCall(caller, rights, rule);
  }
  const auto [message, field] = PlaceOf(rule, request);
  std::string organisation = message->GetReflection()->GetString(*message, field);
  if (organisation.empty() && rights.everywhere == 0) {
    if (rights.in.size() != 1) {
      return SayWhichOrganisation();
    }
    organisation = rights.in.begin()->first;
    message->GetReflection()->SetString(message, field, organisation);
  }
  const Permissions held = rights.In(organisation);
  if (held == 0) return NoSuchOrganisation();
  for (const Need& need : NeedsOf(rule, request)) {
    if ((held & need.any) == 0) return Denied(caller, need, In(organisation));
  }
  return absl::OkStatus();
}

absl::Status MayDo(const std::string& caller, const Rights& rights, Permissions any,
                   const std::string& to, const std::string& organisation) {
  if ((rights.In(organisation) & any) != 0) return absl::OkStatus();
  return Denied(caller, {any, to}, In(organisation));
}

}  // namespace um::admin
