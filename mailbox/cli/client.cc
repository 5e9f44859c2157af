#include "mailbox/cli/client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "common/base/status.h"
#include "mailbox/cli/format.h"
#include "um/admin/v1/calls.grpc.pb.h"
#include "um/admin/v1/contacts.grpc.pb.h"
#include "um/admin/v1/directory.grpc.pb.h"
#include "um/admin/v1/greetings.grpc.pb.h"
#include "um/admin/v1/keeping.grpc.pb.h"
#include "um/admin/v1/lamps.grpc.pb.h"
#include "um/admin/v1/messages.grpc.pb.h"
#include "um/admin/v1/organisations.grpc.pb.h"
#include "um/admin/v1/pins.grpc.pb.h"
#include "um/admin/v1/queue.grpc.pb.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;
using Messages = v1::Messages;
using Keeping = v1::Keeping;
using Objects = v1::Organisations;
using Pins = v1::Pins;
using Queue = v1::Queue;
using std::chrono::seconds;

constexpr seconds kUsual{30};
/// Recordings are decoded, and address books read, one after the other.
constexpr seconds kFile{120};
/// A change of fifty thousand objects takes its time.
constexpr seconds kChange{600};
/// An LDAP server that is asked may be silent for its timeout.
constexpr seconds kDirectory{150};
/// A backup takes as long as copying all recordings.
constexpr seconds kBackup{24 * 3600};

template <class Service, class Request, class Response>
grpc::Status Send(const Reach& reach,
                  grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Response*),
                  const Request& request, Response& response, seconds deadline) {
  const absl::StatusOr<Connection> connection = Open(reach);
  if (!connection.ok()) return {grpc::UNKNOWN, Message(connection.status())};
  const auto stub = Service::NewStub(connection->channel);
  grpc::ClientContext context;
  if (!connection->token.empty()) {
    context.AddMetadata("authorization", "Bearer " + connection->token);
  }
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  const grpc::Status status = (stub.get()->*method)(&context, request, &response);
  const bool unavailable = status.error_code() == grpc::UNAVAILABLE;
  if (!unavailable || !context.GetServerTrailingMetadata().contains("um-answered")) return status;
  // The node is there; what it needs is not.
  return {grpc::FAILED_PRECONDITION, "um-mailbox cannot do that now: " + status.error_message()};
}

[[noreturn]] void DieOf(const grpc::Status& status, const Reach& reach) {
  switch (status.error_code()) {
    case grpc::UNAVAILABLE:
      Die(WhyUnreachable(reach, Printable(status.error_message())));
    case grpc::UNAUTHENTICATED:
      Die(Printable(status.error_message()) +
          "\n  Who are you?            --token-file FILE, or --cert FILE --key FILE");
    case grpc::UNIMPLEMENTED:
      Die("this um-mailbox is older than umctl and cannot do that");
    case grpc::DEADLINE_EXCEEDED:
      Die("um-mailbox took too long to answer; look with umctl audit whether it was done");
    default:
      Die(Printable(status.error_message()));
  }
}

template <class Service, class Request, class Response>
Response Call(const Reach& reach,
              grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
              const Request& request, seconds deadline = kUsual) {
  Response response;
  const grpc::Status status = Send<Service>(reach, method, request, response, deadline);
  if (!status.ok()) DieOf(status, reach);
  return response;
}

/// Of a change: problems come in the answer of a dry run, and in the details of a refusal.
Answer AnswerOf(const grpc::Status& status, v1::ChangeResponse response, const Reach& reach) {
  if (status.ok()) return {response.problems().empty(), std::move(response)};
  v1::ChangeResponse refused;
  if (refused.ParseFromString(status.error_details()) && !refused.problems().empty()) {
    return {false, std::move(refused)};
  }
  DieOf(status, reach);
}

}  // namespace

void Die(const std::string& text, int code) {
  fflush(stdout);
  fprintf(stderr, "umctl: %s\n", text.c_str());
  exit(code);
}

v1::ListMessagesResponse Client::List(const std::string& mailbox, uint32_t limit) const {
  v1::ListMessagesRequest request;
  request.set_organisation(organisation);
  request.set_mailbox(mailbox);
  request.set_limit(limit);
  return Call<Messages>(reach, &Messages::Stub::ListMessages, request);
}

v1::FetchMessageResponse Client::Fetch(const std::string& id, v1::Format format) const {
  v1::FetchMessageRequest request;
  request.set_organisation(organisation);
  request.set_id(id);
  request.set_format(format);
  return Call<Messages>(reach, &Messages::Stub::FetchMessage, request);
}

v1::GetStatusResponse Client::GetStatus() const {
  return Call<Messages>(reach, &Messages::Stub::GetStatus, v1::GetStatusRequest());
}

v1::Usage Client::GetUsage(const std::string& mailbox) const {
  v1::GetUsageRequest request;
  request.set_organisation(organisation);
  request.set_mailbox(mailbox);
  return Call<Keeping>(reach, &Keeping::Stub::GetUsage, request);
}

v1::ErasureResponse Client::DeleteMessages(v1::DeleteMessagesRequest request) const {
  request.set_organisation(organisation);
  return Call<Keeping>(reach, &Keeping::Stub::DeleteMessages, request, kChange);
}

v1::ErasureResponse Client::EraseMailbox(v1::EraseMailboxRequest request) const {
  request.set_organisation(organisation);
  return Call<Keeping>(reach, &Keeping::Stub::EraseMailbox, request, kChange);
}

v1::CreateBackupResponse Client::CreateBackup(const std::string& path) const {
  v1::CreateBackupRequest request;
  request.set_path(path);
  return Call<Keeping>(reach, &Keeping::Stub::CreateBackup, request, kBackup);
}

v1::ListOrganisationsResponse Client::Organisations() const {
  return Call<Objects>(reach, &Objects::Stub::ListOrganisations, v1::ListOrganisationsRequest());
}

v1::Entry Client::Get(organisation::Kind kind, const std::string& name) const {
  v1::GetRequest request;
  request.set_organisation(organisation);
  request.set_kind(std::string(ToString(kind)));
  request.set_name(name);
  return Call<Objects>(reach, &Objects::Stub::Get, request);
}

std::optional<v1::Entry> Client::Find(organisation::Kind kind, const std::string& name) const {
  v1::GetRequest request;
  request.set_organisation(organisation);
  request.set_kind(std::string(ToString(kind)));
  request.set_name(name);
  v1::Entry entry;
  const grpc::Status status = Send<Objects>(reach, &Objects::Stub::Get, request, entry, kUsual);
  if (status.error_code() == grpc::NOT_FOUND) return std::nullopt;
  if (!status.ok()) DieOf(status, reach);
  return entry;
}

v1::ListResponse Client::List(v1::ListRequest request) const {
  request.set_organisation(organisation);
  return Call<Objects>(reach, &Objects::Stub::List, request);
}

std::optional<v1::ListResponse> Client::TryList(v1::ListRequest request) const {
  request.set_organisation(organisation);
  v1::ListResponse response;
  const grpc::Status status =
      Send<Objects>(reach, &Objects::Stub::List, request, response, seconds(1));
  if (!status.ok()) return std::nullopt;
  return response;
}

Answer Client::Change(v1::ChangeRequest request) const {
  request.set_organisation(organisation);
  v1::ChangeResponse response;
  const grpc::Status status =
      Send<Objects>(reach, &Objects::Stub::Change, request, response, kChange);
  return AnswerOf(status, std::move(response), reach);
}

Answer Client::Apply(v1::ApplyRequest request) const {
  v1::ChangeResponse response;
  const grpc::Status status =
      Send<Objects>(reach, &Objects::Stub::Apply, request, response, kChange);
  return AnswerOf(status, std::move(response), reach);
}

organisation::v1::Organisation Client::Export(bool without_audio) const {
  v1::ExportRequest request;
  request.set_organisation(organisation);
  request.set_without_audio(without_audio);
  return Call<Objects>(reach, &Objects::Stub::Export, request, kChange);
}

v1::ListAuditResponse Client::Audit(v1::ListAuditRequest request) const {
  request.set_organisation(organisation);
  return Call<Objects>(reach, &Objects::Stub::ListAudit, request);
}

v1::ExplainFeaturesResponse Client::Explain(v1::ExplainFeaturesRequest request) const {
  request.set_organisation(organisation);
  return Call<Objects>(reach, &Objects::Stub::ExplainFeatures, request);
}

v1::TestNumberResponse Client::TestNumber(v1::TestNumberRequest request) const {
  request.set_organisation(organisation);
  return Call<Objects>(reach, &Objects::Stub::TestNumber, request);
}

v1::ListPeopleResponse Client::People(v1::ListPeopleRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Directory>(reach, &v1::Directory::Stub::ListPeople, request);
}

v1::Person Client::Person(const std::string& person) const {
  v1::GetPersonRequest request;
  request.set_organisation(organisation);
  request.set_person(person);
  return Call<v1::Directory>(reach, &v1::Directory::Stub::GetPerson, request, kDirectory);
}

v1::DirectoryStatus Client::RefreshDirectory(bool full) const {
  v1::RefreshRequest request;
  request.set_organisation(organisation);
  request.set_full(full);
  return Call<v1::Directory>(reach, &v1::Directory::Stub::Refresh, request, kChange);
}

v1::GetDirectoryStatusResponse Client::Directories() const {
  v1::GetDirectoryStatusRequest request;
  request.set_organisation(organisation);
  return Call<v1::Directory>(reach, &v1::Directory::Stub::GetDirectoryStatus, request);
}

std::optional<v1::GetDirectoryStatusResponse> Client::TryDirectories() const {
  v1::GetDirectoryStatusRequest request;
  request.set_organisation(organisation);
  v1::GetDirectoryStatusResponse response;
  const grpc::Status status = Send<v1::Directory>(reach, &v1::Directory::Stub::GetDirectoryStatus,
                                                  request, response, kUsual);
  if (!status.ok()) return std::nullopt;
  return response;
}

Answer Client::EnablePeople(v1::EnableRequest request) const {
  request.set_organisation(organisation);
  v1::ChangeResponse response;
  const grpc::Status status =
      Send<v1::Directory>(reach, &v1::Directory::Stub::Enable, request, response, kChange);
  return AnswerOf(status, std::move(response), reach);
}

v1::PinState Client::Pin(const std::string& mailbox) const {
  v1::GetPinRequest request;
  request.set_organisation(organisation);
  request.set_mailbox(mailbox);
  return Call<Pins>(reach, &Pins::Stub::GetPin, request);
}

v1::ResetPinResponse Client::ResetPin(v1::ResetPinRequest request) const {
  request.set_organisation(organisation);
  v1::ResetPinResponse response;
  const grpc::Status status = Send<Pins>(reach, &Pins::Stub::ResetPin, request, response, kUsual);
  if (status.ok()) return response;
  const Answer answer = AnswerOf(status, {}, reach);
  std::string text = "nothing was done, because:";
  for (const v1::Problem& problem : answer.response.problems()) {
    text += "\n  " + Printable(problem.text());
  }
  Die(text);
}

v1::PinState Client::LockPin(v1::LockPinRequest request) const {
  request.set_organisation(organisation);
  return Call<Pins>(reach, &Pins::Stub::LockPin, request);
}

v1::ListQueueResponse Client::ListQueue(v1::ListQueueRequest request) const {
  request.set_organisation(organisation);
  return Call<Queue>(reach, &Queue::Stub::ListQueue, request);
}

v1::QueueItem Client::ShowQueueItem(const std::string& id) const {
  v1::ShowItemRequest request;
  request.set_organisation(organisation);
  request.set_id(id);
  return Call<Queue>(reach, &Queue::Stub::ShowItem, request);
}

v1::RetryItemsResponse Client::RetryQueue(v1::RetryItemsRequest request) const {
  request.set_organisation(organisation);
  return Call<Queue>(reach, &Queue::Stub::RetryItems, request);
}

v1::QueueItem Client::RedirectQueueItem(v1::RedirectItemRequest request) const {
  request.set_organisation(organisation);
  return Call<Queue>(reach, &Queue::Stub::RedirectItem, request);
}

v1::OwnGreetings Client::Greetings(const std::string& mailbox) const {
  v1::GetGreetingsRequest request;
  request.set_organisation(organisation);
  request.set_mailbox(mailbox);
  return Call<v1::Greetings>(reach, &v1::Greetings::Stub::GetGreetings, request);
}

v1::OwnGreetings Client::SetGreeting(v1::SetGreetingRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Greetings>(reach, &v1::Greetings::Stub::SetGreeting, request, kFile);
}

v1::OwnGreetings Client::RemoveGreeting(v1::RemoveGreetingRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Greetings>(reach, &v1::Greetings::Stub::RemoveGreeting, request);
}

v1::OwnGreetings Client::SetAway(v1::SetAwayRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Greetings>(reach, &v1::Greetings::Stub::SetAway, request);
}

std::string Client::FetchGreeting(const std::string& mailbox, const std::string& kind) const {
  v1::FetchGreetingRequest request;
  request.set_organisation(organisation);
  request.set_mailbox(mailbox);
  request.set_kind(kind);
  return Call<v1::Greetings>(reach, &v1::Greetings::Stub::FetchGreeting, request).content();
}

v1::ImportContactsResponse Client::ImportContacts(v1::ImportContactsRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Contacts>(reach, &v1::Contacts::Stub::ImportContacts, request, kFile);
}

v1::ListContactsResponse Client::ListContacts(v1::ListContactsRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Contacts>(reach, &v1::Contacts::Stub::ListContacts, request);
}

v1::ClearContactsResponse Client::ClearContacts(v1::ClearContactsRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Contacts>(reach, &v1::Contacts::Stub::ClearContacts, request);
}

v1::TestContactResponse Client::TestContact(const std::string& mailbox,
                                            const std::string& number) const {
  v1::TestContactRequest request;
  request.set_organisation(organisation);
  request.set_mailbox(mailbox);
  request.set_number(number);
  return Call<v1::Contacts>(reach, &v1::Contacts::Stub::TestContact, request);
}

v1::ListCallsResponse Client::Calls(v1::ListCallsRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Calls>(reach, &v1::Calls::Stub::ListCalls, request);
}

v1::ListCallsResponse Client::ActiveCalls() const {
  v1::ListActiveCallsRequest request;
  request.set_organisation(organisation);
  return Call<v1::Calls>(reach, &v1::Calls::Stub::ListActiveCalls, request);
}

v1::Call Client::GetCall(const std::string& name) const {
  v1::GetCallRequest request;
  request.set_organisation(organisation);
  request.set_name(name);
  return Call<v1::Calls>(reach, &v1::Calls::Stub::GetCall, request);
}

v1::MarkMessagesResponse Client::MarkMessages(v1::MarkMessagesRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Lamps>(reach, &v1::Lamps::Stub::MarkMessages, request);
}

v1::RefreshLampsResponse Client::RefreshLamps(v1::RefreshLampsRequest request) const {
  request.set_organisation(organisation);
  return Call<v1::Lamps>(reach, &v1::Lamps::Stub::RefreshLamps, request);
}

v1::Lamp Client::GetLamp(const std::string& mailbox) const {
  v1::GetLampRequest request;
  request.set_organisation(organisation);
  request.set_mailbox(mailbox);
  return Call<v1::Lamps>(reach, &v1::Lamps::Stub::GetLamp, request);
}

}  // namespace um::cli
