// umctl's end of um.admin.v1. Every call prints what is wrong and ends the program with status
// 1 if it fails, unless it says otherwise.
#pragma once

#include <optional>
#include <string>

#include "mailbox/cli/reach.h"
#include "mailbox/organisation/model.h"
#include "um/admin/v1/calls.pb.h"
#include "um/admin/v1/contacts.pb.h"
#include "um/admin/v1/directory.pb.h"
#include "um/admin/v1/greetings.pb.h"
#include "um/admin/v1/keeping.pb.h"
#include "um/admin/v1/lamps.pb.h"
#include "um/admin/v1/messages.pb.h"
#include "um/admin/v1/organisations.pb.h"
#include "um/admin/v1/pins.pb.h"
#include "um/admin/v1/queue.pb.h"

namespace um::cli {

/// What came of a change.
struct Answer {
  bool done = false;  ///< or would be, by a dry run; else the response's problems say why not
  admin::v1::ChangeResponse response;
};

struct Client {
  Reach reach;
  std::string organisation;  ///< its id; "": the only one there is

  admin::v1::ListMessagesResponse List(const std::string& mailbox, uint32_t limit) const;
  admin::v1::FetchMessageResponse Fetch(const std::string& id, admin::v1::Format format) const;
  admin::v1::GetStatusResponse GetStatus() const;

  admin::v1::Usage GetUsage(const std::string& mailbox) const;
  admin::v1::ErasureResponse DeleteMessages(admin::v1::DeleteMessagesRequest request) const;
  admin::v1::ErasureResponse EraseMailbox(admin::v1::EraseMailboxRequest request) const;
  admin::v1::CreateBackupResponse CreateBackup(const std::string& path) const;

  admin::v1::ListOrganisationsResponse Organisations() const;
  admin::v1::Entry Get(organisation::Kind kind, const std::string& name) const;
  /// nullopt: there is none.
  std::optional<admin::v1::Entry> Find(organisation::Kind kind, const std::string& name) const;
  admin::v1::ListResponse List(admin::v1::ListRequest request) const;
  /// nullopt instead of the program's end if anything is wrong; waits a second at most. For
  /// completion.
  std::optional<admin::v1::ListResponse> TryList(admin::v1::ListRequest request) const;
  Answer Change(admin::v1::ChangeRequest request) const;
  Answer Apply(admin::v1::ApplyRequest request) const;
  organisation::v1::Organisation Export(bool without_audio) const;
  admin::v1::ListAuditResponse Audit(admin::v1::ListAuditRequest request) const;
  admin::v1::ExplainFeaturesResponse Explain(admin::v1::ExplainFeaturesRequest request) const;
  admin::v1::TestNumberResponse TestNumber(admin::v1::TestNumberRequest request) const;

  admin::v1::ListPeopleResponse People(admin::v1::ListPeopleRequest request) const;
  admin::v1::Person Person(const std::string& person) const;
  admin::v1::DirectoryStatus RefreshDirectory(bool full) const;
  /// Of all organisations, unless one was named.
  admin::v1::GetDirectoryStatusResponse Directories() const;
  /// nullopt instead of the program's end: the node is older, or the organisation has none.
  std::optional<admin::v1::GetDirectoryStatusResponse> TryDirectories() const;
  Answer EnablePeople(admin::v1::EnableRequest request) const;
  admin::v1::PinState Pin(const std::string& mailbox) const;
  /// Prints all that is wrong with a given PIN, too, before it ends the program.
  admin::v1::ResetPinResponse ResetPin(admin::v1::ResetPinRequest request) const;
  admin::v1::PinState LockPin(admin::v1::LockPinRequest request) const;

  admin::v1::OwnGreetings Greetings(const std::string& mailbox) const;
  admin::v1::OwnGreetings SetGreeting(admin::v1::SetGreetingRequest request) const;
  admin::v1::OwnGreetings RemoveGreeting(admin::v1::RemoveGreetingRequest request) const;
  admin::v1::OwnGreetings SetAway(admin::v1::SetAwayRequest request) const;
  /// A WAV file.
  std::string FetchGreeting(const std::string& mailbox, const std::string& kind) const;

  admin::v1::ImportContactsResponse ImportContacts(admin::v1::ImportContactsRequest request) const;
  admin::v1::ListContactsResponse ListContacts(admin::v1::ListContactsRequest request) const;
  admin::v1::ClearContactsResponse ClearContacts(admin::v1::ClearContactsRequest request) const;
  admin::v1::TestContactResponse TestContact(const std::string& mailbox,
                                             const std::string& number) const;

  admin::v1::ListQueueResponse ListQueue(admin::v1::ListQueueRequest request) const;
  admin::v1::QueueItem ShowQueueItem(const std::string& id) const;
  admin::v1::RetryItemsResponse RetryQueue(admin::v1::RetryItemsRequest request) const;
  admin::v1::QueueItem RedirectQueueItem(admin::v1::RedirectItemRequest request) const;

  admin::v1::ListCallsResponse Calls(admin::v1::ListCallsRequest request) const;
  admin::v1::ListCallsResponse ActiveCalls() const;
  /// By id, trace id or SIP Call-ID.
  admin::v1::Call GetCall(const std::string& name) const;

  admin::v1::MarkMessagesResponse MarkMessages(admin::v1::MarkMessagesRequest request) const;
  admin::v1::RefreshLampsResponse RefreshLamps(admin::v1::RefreshLampsRequest request) const;
  admin::v1::Lamp GetLamp(const std::string& mailbox) const;
};

/// The most that a request may hold [bytes]; the node takes no more.
inline constexpr size_t kMostRequestBytes = 64 << 20;

/// Prints "umctl: TEXT" and ends the program. @param code 1: it failed, 2: it was asked wrongly
[[noreturn]] void Die(const std::string& text, int code = 1);

}  // namespace um::cli
