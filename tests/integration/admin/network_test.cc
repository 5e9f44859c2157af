// Administration over the network: real TLS on loopback, a real store, two organisations.
#include <absl/strings/ascii.h>
#include <grpcpp/generic/generic_stub.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fstream>
#include <mutex>

#include "common/base/bytes.h"
#include "common/log/log.h"
#include "common/net/socket.h"
#include "common/net/tls_check.h"
#include "tests/integration/admin/network_bench.h"
#include "tests/support/catch.h"
#include "um/admin/v1/directory.pb.h"

namespace um::tests {
namespace {

namespace v1 = admin::v1;
using Organisations = v1::Organisations::Stub;
using Messages = v1::Messages::Stub;

constexpr char kNoMessage[] = "01KEZF7C02Z0G76XXPQJPKWS3W";

/// A status' code, which is what most tests ask for.
template <class S, class Request, class Response>
grpc::StatusCode Code(const Stubs& as, const std::unique_ptr<S>& stub,
                      grpc::Status (S::*method)(grpc::ClientContext*, const Request&, Response*),
                      const Request& request) {
  return as.Try(stub, method, request).error_code();
}

v1::ListRequest ListOf(const std::string& organisation) {
  v1::ListRequest request;
  request.set_organisation(organisation);
  request.set_kind("mailbox");
  return request;
}

grpc::StatusCode Lists(const Stubs& as) {
  return Code(as, as.organisations, &Organisations::List, ListOf("one"));
}

/// Deletes what is not there: whoever may is told so.
grpc::StatusCode Deletes(const Stubs& as, const char* kind) {
  v1::ChangeRequest request;
  request.set_organisation("one");
  auto& operation = *request.add_operations()->mutable_delete_();
  operation.set_kind(kind);
  operation.set_name("nothing");
  return Code(as, as.organisations, &Organisations::Change, request);
}

grpc::StatusCode Fetches(const Stubs& as, const char* id) {
  v1::FetchMessageRequest request;
  request.set_id(id);
  return Code(as, as.messages, &Messages::FetchMessage, request);
}

grpc::StatusCode ListsMessages(const Stubs& as) {
  v1::ListMessagesRequest request;
  request.set_mailbox("1001");
  return Code(as, as.messages, &Messages::ListMessages, request);
}

grpc::StatusCode SeesNode(const Stubs& as) {
  return Code(as, as.messages, &Messages::GetStatus, v1::GetStatusRequest());
}

/// An open TCP connection; reads give up after a minute.
net::Fd Connect(const NetworkBench& bench) {
  const net::Endpoint to = bench.server->endpoints().at(0);
  net::Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{.tv_sec = 60, .tv_usec = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_storage address;
  const socklen_t length = to.ToSockaddr(address);
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
  return fd;
}

/// True once the other side has closed; false after a minute.
bool IsClosedByPeer(const net::Fd& fd) {
  char bytes[512];
  while (true) {
    const ssize_t n = read(fd.get(), bytes, sizeof bytes);
    if (n <= 0) return n == 0 || errno == ECONNRESET;
  }
}

/// Collects what is logged while it lives.
struct LogOf {
  LogOf() {
    Lines().clear();
    log::SetSink([](std::string_view line) {
      const std::lock_guard lock(Mutex());
      Lines() += line;
    });
  }
  ~LogOf() { log::SetSink(nullptr); }
  static std::string Text() {
    const std::lock_guard lock(Mutex());
    return Lines();
  }
  static std::string& Lines() {
    static std::string lines;
    return lines;
  }
  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
};

/// "Resets" the PIN of a mailbox there is, without doing it.
grpc::StatusCode ResetsPin(const Stubs& as) {
  v1::ResetPinRequest request;
  request.set_mailbox("ann");
  request.mutable_shown();
  request.set_dry_run(true);
  return Code(as, as.pins, &v1::Pins::Stub::ResetPin, request);
}

grpc::StatusCode SeesPin(const Stubs& as) {
  v1::GetPinRequest request;
  request.set_mailbox("ann");
  return Code(as, as.pins, &v1::Pins::Stub::GetPin, request);
}

grpc::StatusCode SeesQueue(const Stubs& as) {
  return Code(as, as.queue, &v1::Queue::Stub::ListQueue, v1::ListQueueRequest());
}

/// Of what is in the queue of "one": the voice message, or the welcome mail.
grpc::StatusCode Redirects(const Stubs& as, const std::string& id) {
  v1::RedirectItemRequest request;
  request.set_id(id);
  request.set_address("somebody@example.com");
  return Code(as, as.queue, &v1::Queue::Stub::RedirectItem, request);
}

std::string WelcomeOf(const NetworkBench& bench, const std::string& organisation) {
  const auto items = bench.stores.queue->List({.organisation = organisation});
  for (const store::QueueItem& item : *items) {
    if (std::holds_alternative<store::StoredNotice>(item)) return store::IdOf(item);
  }
  return "";
}

grpc::StatusCode Erases(const Stubs& as, const std::vector<std::string>& ids) {
  v1::DeleteMessagesRequest request;
  request.mutable_ids()->Assign(ids.begin(), ids.end());
  return Code(as, as.keeping, &v1::Keeping::Stub::DeleteMessages, request);
}

TEST_CASE("each role may do over TLS what its role group may, and is told when it may not") {
  const NetworkBench bench;
  struct Case {
    const char* role;
    bool view, changes, mailboxes, prompts, records, recordings;
  };
  const Case cases[] = {
      {"organization_management", true, true, true, true, true, false},
      {"um_management", true, true, true, true, true, false},
      {"server_management", false, false, false, false, false, false},
      {"view_only_organization_management", true, false, false, false, true, false},
      {"unified_messaging", true, true, false, false, true, false},
      {"um_mailboxes", true, false, true, false, false, false},
      {"um_prompts", true, false, false, true, false, false},
      {"discovery_management", false, false, false, false, true, true},
  };
  for (const Case& each : cases) {
    INFO(each.role);
    const Stubs as = bench.AsToken(each.role);
    const auto allowed = [](bool yes, grpc::StatusCode code, grpc::StatusCode then) {
      return code == (yes ? then : grpc::PERMISSION_DENIED);
    };
    CHECK(allowed(each.view, Lists(as), grpc::OK));
    CHECK(allowed(each.changes, Deletes(as, "dial_plan"), grpc::INVALID_ARGUMENT));
    CHECK(allowed(each.changes, Deletes(as, "ip_gateway"), grpc::INVALID_ARGUMENT));
    CHECK(allowed(each.mailboxes, Deletes(as, "mailbox"), grpc::INVALID_ARGUMENT));
    CHECK(allowed(each.prompts, Deletes(as, "prompt"), grpc::INVALID_ARGUMENT));
    CHECK(allowed(each.records, ListsMessages(as), grpc::OK));
    CHECK(allowed(each.recordings, Fetches(as, kMessageOfOne), grpc::OK));
    CHECK(allowed(each.view, SeesPin(as), grpc::OK));
    CHECK(allowed(each.mailboxes, ResetsPin(as), grpc::OK));
    CHECK(allowed(each.mailboxes, Erases(as, {kNoMessage}), grpc::NOT_FOUND));
    // Whose mail waits is no secret from who manages mailboxes; who may send it elsewhere hears it.
    const bool node = each.role == std::string("server_management");
    CHECK(allowed(each.records || each.mailboxes || node, SeesQueue(as), grpc::OK));
    CHECK(allowed(each.mailboxes, Redirects(as, WelcomeOf(bench, "one")), grpc::OK));
    CHECK(allowed(each.recordings, Redirects(as, kMessageOfOne), grpc::OK));
    CHECK(SeesNode(as) == grpc::PERMISSION_DENIED);  // the node is no organisation's
  }
  CHECK(SeesNode(bench.AsToken("all")) == grpc::OK);
  CHECK(Fetches(bench.AsToken("all"), kMessageOfOne) == grpc::PERMISSION_DENIED);
}

/// Every method of um.admin.v1 that a node serves, as its schema has it.
std::vector<const google::protobuf::MethodDescriptor*> Methods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const auto* file :
       {v1::ListQueueRequest::descriptor()->file(), v1::GetPinRequest::descriptor()->file(),
        v1::GetUsageRequest::descriptor()->file(), v1::GetRequest::descriptor()->file(),
        v1::ListPeopleRequest::descriptor()->file(), v1::GetStatusRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
  }
  return methods;
}

/// A request of the method for that organisation; all else is empty.
std::unique_ptr<google::protobuf::Message> RequestOf(
    const google::protobuf::MethodDescriptor& method, const std::string& organisation) {
  auto& factory = *google::protobuf::MessageFactory::generated_factory();
  std::unique_ptr<google::protobuf::Message> request(
      factory.GetPrototype(method.input_type())->New());
  if (auto* apply = google::protobuf::DynamicCastToGenerated<v1::ApplyRequest>(request.get())) {
    apply->mutable_document()->set_id(organisation);
    apply->mutable_document()->add_mailboxes();
  } else if (const auto* field = method.input_type()->FindFieldByName("organisation")) {
    request->GetReflection()->SetString(request.get(), field, organisation);
  }
  return request;
}

TEST_CASE("no method of the schema serves who is not known, or another's organisation") {
  const NetworkBench bench;
  const NetworkBench strict;
  const Stubs both = bench.AsToken("both");
  size_t checked = 0;
  for (const auto* method : Methods()) {
    INFO(method->full_name());
    const auto told = [&](const std::string& organisation) {
      const grpc::Status status = both.Try(method->full_name(), *RequestOf(*method, organisation));
      return std::pair(status.error_code(), status.error_message());
    };
    if (method->full_name() == "um.admin.v1.Organisations.ListOrganisations") continue;
    ++checked;
    const auto of_two = told("two");
    CHECK(of_two == told("no-such"));
    if (method->input_type()->field_count() == 0 || method->name() == "CreateBackup") {
      CHECK(of_two.first == grpc::PERMISSION_DENIED);  // the node's
    } else {
      CHECK(
          of_two ==
          std::pair(
              grpc::NOT_FOUND,
              std::string(
                  "there is no such organisation; umctl organisation list shows those there are")));
    }
    // By and by the node does not even listen to an address that keeps failing.
    const auto unknown = strict.As({}).Try(method->full_name(), *RequestOf(*method, "one"));
    CHECK((unknown.error_code() == grpc::UNAUTHENTICATED ||
           unknown.error_code() == grpc::RESOURCE_EXHAUSTED));
  }
  CHECK(checked >= 28);
}

TEST_CASE("who is not known, or may not, is refused without their request being read") {
  const NetworkBench bench;
  for (const auto& [token, code] :
       {std::pair("nonsense", grpc::UNAUTHENTICATED),
        {bench.tokens.at("um_prompts").c_str(), grpc::PERMISSION_DENIED}}) {
    const Stubs as = bench.As({token, {}});
    grpc::ClientContext context;
    as.Begin(context);
    grpc::CompletionQueue queue;
    // The call's head is sent, and then nothing.
    const auto call =
        grpc::GenericStub(as.channel).PrepareCall(&context, "/um.admin.v1.Pins/LockPin", &queue);
    call->StartCall(&context);
    grpc::Status status;
    call->Finish(&status, &status);
    void* tag = nullptr;
    bool ok = false;
    while (tag != &status) REQUIRE(queue.Next(&tag, &ok));
    CHECK(status.error_code() == code);
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
  }
}

TEST_CASE("ids of another organisation's messages and mailboxes reach nothing") {
  const NetworkBench bench;
  const Stubs as = bench.AsToken("both");
  const std::string welcome = WelcomeOf(bench, "two");
  REQUIRE_FALSE(welcome.empty());
  using Keeping = v1::Keeping::Stub;
  using Pins = v1::Pins::Stub;
  using Queue = v1::Queue::Stub;
  CHECK(Fetches(as, kMessageOfTwo) == grpc::NOT_FOUND);
  CHECK(Erases(as, {kMessageOfTwo}) == grpc::NOT_FOUND);
  for (const std::string mailbox : {"tom", "tom@example.com"}) {
    v1::GetUsageRequest usage;
    usage.set_mailbox(mailbox);
    CHECK(Code(as, as.keeping, &Keeping::GetUsage, usage) == grpc::NOT_FOUND);
    v1::EraseMailboxRequest erase;
    erase.set_mailbox(mailbox);
    CHECK(Code(as, as.keeping, &Keeping::EraseMailbox, erase) == grpc::NOT_FOUND);
    v1::GetPinRequest pin;
    pin.set_mailbox(mailbox);
    CHECK(Code(as, as.pins, &Pins::GetPin, pin) == grpc::NOT_FOUND);
    v1::LockPinRequest lock;
    lock.set_mailbox(mailbox);
    lock.set_locked(true);
    CHECK(Code(as, as.pins, &Pins::LockPin, lock) == grpc::NOT_FOUND);
    v1::ResetPinRequest reset;
    reset.set_mailbox(mailbox);
    reset.mutable_shown();
    CHECK(Code(as, as.pins, &Pins::ResetPin, reset) == grpc::NOT_FOUND);
  }
  for (const std::string& id : {std::string(kMessageOfTwo), welcome}) {
    v1::ShowItemRequest show;
    show.set_id(id);
    CHECK(Code(as, as.queue, &Queue::ShowItem, show) == grpc::NOT_FOUND);
    v1::RetryItemsRequest retry;
    retry.set_id(id);
    CHECK(Code(as, as.queue, &Queue::RetryItems, retry) == grpc::NOT_FOUND);
    CHECK(Redirects(as, id) == grpc::NOT_FOUND);
  }
  grpc::Status status;
  const auto queue = as.Call(as.queue, &Queue::ListQueue, v1::ListQueueRequest(), status);
  REQUIRE(queue.items_size() == 2);
  for (const auto& item : queue.items()) CHECK(item.organisation() == "one");
  v1::RetryItemsRequest all;
  all.set_all_failed(true);
  CHECK(as.Call(as.queue, &Queue::RetryItems, all, status).retried() == 1);
  // Of a list that names both, what is ours goes.
  CHECK(Erases(as, {kMessageOfTwo, kMessageOfOne}) == grpc::OK);
  CHECK(absl::IsNotFound(bench.stores.messages->Get(kMessageOfOne).status()));
  CHECK(bench.stores.messages->Get(kMessageOfTwo)->state == domain::MessageState::kUndeliverable);
  CHECK(bench.stores.queue->List({.organisation = "two"})->size() == 2);
}

TEST_CASE("another organisation's objects cannot be told from what does not exist") {
  const NetworkBench bench;
  const Stubs as = bench.AsToken("organization_management");
  const auto told = [&](const std::string& organisation) {
    std::vector<std::string> answers;
    const auto note = [&](const grpc::Status& status) {
      answers.push_back(std::to_string(status.error_code()) + status.error_message() +
                        status.error_details());
    };
    note(as.Try(as.organisations, &Organisations::List, ListOf(organisation)));
    v1::GetRequest get;
    get.set_organisation(organisation);
    get.set_kind("mailbox");
    get.set_name("tom");
    note(as.Try(as.organisations, &Organisations::Get, get));
    v1::ExportRequest out;
    out.set_organisation(organisation);
    note(as.Try(as.organisations, &Organisations::Export, out));
    v1::ListAuditRequest audit;
    audit.set_organisation(organisation);
    note(as.Try(as.organisations, &Organisations::ListAudit, audit));
    v1::ExplainFeaturesRequest why;
    why.set_organisation(organisation);
    why.set_mailbox("tom");
    note(as.Try(as.organisations, &Organisations::ExplainFeatures, why));
    v1::TestNumberRequest number;
    number.set_organisation(organisation);
    number.set_dial_plan("Main");
    number.set_number("1001");
    note(as.Try(as.organisations, &Organisations::TestNumber, number));
    v1::ChangeRequest change;
    change.set_organisation(organisation);
    change.add_operations()->mutable_delete_()->set_kind("mailbox");
    change.mutable_operations(0)->mutable_delete_()->set_name("tom");
    note(as.Try(as.organisations, &Organisations::Change, change));
    v1::ApplyRequest apply;
    apply.mutable_document()->set_id(organisation);
    apply.set_prune(true);
    note(as.Try(as.organisations, &Organisations::Apply, apply));
    grpc::ClientContext context;
    as.Begin(context);
    v1::WatchRequest watch;
    watch.set_organisation(organisation);
    v1::AuditEntry entry;
    const auto stream = as.organisations->Watch(&context, watch);
    CHECK_FALSE(stream->Read(&entry));
    note(stream->Finish());
    v1::ListMessagesRequest messages;
    messages.set_organisation(organisation);
    messages.set_mailbox("1001");
    note(as.Try(as.messages, &Messages::ListMessages, messages));
    return answers;
  };
  const std::vector<std::string> of_two = told("two");
  CHECK(of_two == told("no-such"));
  for (const std::string& answer : of_two) {
    CHECK(answer ==
          std::to_string(grpc::NOT_FOUND) +
              "there is no such organisation; umctl organisation list shows those there are");
  }
  // "two" is as it was.
  CHECK(Code(bench.AsRoot(), bench.AsRoot().organisations, &Organisations::List, ListOf("two")) ==
        grpc::OK);
}

TEST_CASE("lists, messages and the watch stream of one organisation hold nothing of another") {
  const NetworkBench bench;
  const Stubs as = bench.AsToken("organization_management");
  grpc::Status status;
  const auto listed = as.Call(as.organisations, &Organisations::ListOrganisations,
                              v1::ListOrganisationsRequest(), status);
  REQUIRE(listed.organisations_size() == 1);
  CHECK(listed.organisations(0).id() == "one");
  // The only one there is, for who sees only that.
  CHECK(as.Call(as.organisations, &Organisations::List, ListOf(""), status).total() == 1);
  v1::ListMessagesRequest messages;
  messages.set_mailbox("1001");
  const auto mine = as.Call(as.messages, &Messages::ListMessages, messages, status);
  REQUIRE(mine.messages_size() == 1);
  CHECK(mine.messages(0).id() == kMessageOfOne);
  // A message of another is answered like one that there never was.
  const Stubs discovery = bench.AsToken("discovery_management");
  CHECK(Fetches(discovery, kMessageOfOne) == grpc::OK);
  CHECK(Fetches(discovery, kMessageOfTwo) == grpc::NOT_FOUND);
  CHECK(Fetches(discovery, kNoMessage) == grpc::NOT_FOUND);

  grpc::ClientContext context;
  as.Begin(context);
  const auto stream = as.organisations->Watch(&context, v1::WatchRequest());
  const auto rename = [&](const std::string& organisation, const std::string& mailbox) {
    v1::ChangeRequest change;
    change.set_organisation(organisation);
    auto& update = *change.add_operations()->mutable_update();
    update.set_name(mailbox);
    update.mutable_object()->mutable_mailbox()->set_display_name("New " + mailbox);
    update.mutable_mask()->add_paths("display_name");
    const Stubs all = bench.AsToken("all");
    return all.Try(all.organisations, &Organisations::Change, change).ok();
  };
  REQUIRE(rename("two", "tom"));
  REQUIRE(rename("one", "ann"));
  v1::AuditEntry entry;
  do {
    REQUIRE(stream->Read(&entry));
    CHECK(entry.organisation() == "one");
  } while (entry.changed().action() != "update");
  CHECK(entry.changed().name() == "ann");
  CHECK(entry.actor() == "token all");
  context.TryCancel();
}

TEST_CASE("who changed something is in the audit as root, a token or a certificate") {
  const NetworkBench bench([](admin::NetworkOptions& options) {
    auto& grant = *options.administration.add_grants();
    grant.set_certificate("ops@example.com");
    grant.add_roles(config::v1::ROLE_UM_MANAGEMENT);
    grant.add_organisations("one");
  });
  const Stubs as = bench.As({"", bench.ca.Issue("ops", "Olga", "email:ops@example.com")});
  v1::ChangeRequest change;
  auto& mailbox = *change.add_operations()->mutable_create()->mutable_dial_plan();
  mailbox.set_name("Second");
  mailbox.set_number_of_digits_in_extension(5);
  REQUIRE(Code(as, as.organisations, &Organisations::Change, change) == grpc::OK);
  grpc::Status status;
  const auto audit =
      as.Call(as.organisations, &Organisations::ListAudit, v1::ListAuditRequest(), status);
  REQUIRE(audit.entries_size() > 2);
  CHECK(audit.entries(0).actor() == "certificate ops@example.com");
  CHECK(audit.entries().rbegin()->actor() == "root (local)");
}

TEST_CASE("a token counts from when its line is written until it is taken out or expires") {
  const NetworkBench bench;
  CHECK(Lists(bench.As({"nonsense", {}})) == grpc::UNAUTHENTICATED);
  CHECK(Lists(bench.As({})) == grpc::UNAUTHENTICATED);
  const std::string late = Base64Url(RandomBytes(32));
  bench.WriteTokens("", "um_management " + Hex(Sha256(late)) + " 2020-01-01T00:00:00Z\n");
  const grpc::Status expired =
      bench.As({late, {}})
          .Try(bench.As({late, {}}).organisations, &Organisations::List, ListOf("one"));
  CHECK(expired.error_code() == grpc::UNAUTHENTICATED);
  bench.WriteTokens("", "um_management " + Hex(Sha256(late)) + " 2090-01-01T00:00:00Z\n");
  CHECK(Lists(bench.As({late, {}})) == grpc::OK);
  // A name that no grant has; a line that is none.
  const std::string odd = Base64Url(RandomBytes(32));
  bench.WriteTokens("", "nobody " + Hex(Sha256(odd)) + "\nthis is no line\n");
  CHECK(Lists(bench.As({odd, {}})) == grpc::PERMISSION_DENIED);

  const Stubs as = bench.AsToken("um_management");
  grpc::ClientContext context;
  as.Begin(context);
  const auto stream = as.organisations->Watch(&context, v1::WatchRequest());
  v1::AuditEntry entry;
  REQUIRE(stream->Read(&entry));
  bench.WriteTokens("um_management");
  CHECK(Lists(as) == grpc::UNAUTHENTICATED);
  while (stream->Read(&entry)) {
  }
  CHECK(stream->Finish().ok());  // it was ended, not broken
  unlink(bench.File("tokens").c_str());
  CHECK(Lists(bench.AsToken("um_prompts")) == grpc::UNAUTHENTICATED);
}

TEST_CASE("a certificate is known by its grant, and only if the administrators' CA signed it") {
  const NetworkBench bench([](admin::NetworkOptions& options) {
    auto& grant = *options.administration.add_grants();
    grant.set_certificate("olga");
    grant.add_roles(config::v1::ROLE_UM_MANAGEMENT);
    grant.add_organisations("one");
  });
  CHECK(Lists(bench.As({"", bench.ca.Issue("olga", "olga")})) == grpc::OK);
  CHECK(Lists(bench.As({"", bench.ca.Issue("mallory", "mallory")})) == grpc::PERMISSION_DENIED);
  CHECK(Lists(bench.As({"", bench.ca.Issue("old", "olga", "", -60)})) == grpc::UNAVAILABLE);
  const CertificateAuthority other(bench.directory.path(), "other");
  CHECK(Lists(bench.As({"", other.Issue("fake", "olga")})) == grpc::UNAVAILABLE);
  // And we do not speak to a node of another CA.
  CHECK(Lists(bench.As({bench.tokens.at("all"), {}}, other.file())) == grpc::UNAVAILABLE);
  // Who shows a token is whose it is: a bad one is not helped by a good certificate.
  CHECK(Lists(bench.As({"nonsense", bench.ca.Issue("olga", "olga")})) == grpc::UNAUTHENTICATED);
}

TEST_CASE("where certificates are required, a token does not replace one") {
  const NetworkBench bench([](admin::NetworkOptions& options) {
    options.administration.mutable_listeners(0)->set_require_client_certificate(true);
  });
  const std::string token = bench.tokens.at("um_management");
  CHECK(Lists(bench.As({token, {}})) == grpc::UNAVAILABLE);
  CHECK(Lists(bench.As({token, bench.ca.Issue("olga", "olga")})) == grpc::OK);
}

TEST_CASE("nothing is served in the clear, and who does not speak TLS in time is let go") {
  const NetworkBench bench(
      [](admin::NetworkOptions& options) { options.handshake = std::chrono::milliseconds(300); });
  const auto plain = v1::Organisations::NewStub(
      grpc::CreateChannel(bench.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + bench.tokens.at("all"));
  v1::ListOrganisationsResponse response;
  CHECK(plain->ListOrganisations(&context, {}, &response).error_code() == grpc::UNAVAILABLE);
  CHECK(response.organisations().empty());
  CHECK(IsClosedByPeer(Connect(bench)));  // says nothing at all
  const net::Fd slow = Connect(bench);
  REQUIRE(write(slow.get(), "\x16\x03\x01", 3) == 3);  // begins a handshake
  CHECK(IsClosedByPeer(slow));
  CHECK(Lists(bench.AsToken("um_management")) == grpc::OK);
}

TEST_CASE("connections are limited in number, and those that have ended do not count") {
  const LogOf log;
  const NetworkBench bench([](admin::NetworkOptions& options) {
    options.connections = {.connections = 3, .per_peer = 3};
  });
  std::vector<net::Fd> held;
  for (int i = 0; i < 3; ++i) held.push_back(Connect(bench));
  CHECK(IsClosedByPeer(Connect(bench)));
  CHECK(LogOf::Text().find("admin.connection-refused") != std::string::npos);
  held.clear();
  // Our ends are noticed one after the other: the next try or one soon after comes in.
  grpc::StatusCode code = grpc::UNAVAILABLE;
  for (int i = 0; i < 1000 && code == grpc::UNAVAILABLE; ++i) {
    code = Lists(bench.AsToken("um_management"));
  }
  CHECK(code == grpc::OK);
}

TEST_CASE("an address that keeps failing is not listened to for a while; the log has no token") {
  const LogOf log;
  const NetworkBench bench;
  const std::string guess = "guess-" + Hex(RandomBytes(16));
  for (int i = 0; i < 10; ++i) CHECK(Lists(bench.As({guess, {}})) == grpc::UNAUTHENTICATED);
  CHECK(Lists(bench.As({guess, {}})) == grpc::RESOURCE_EXHAUSTED);
  CHECK(Lists(bench.AsToken("um_management")) == grpc::RESOURCE_EXHAUSTED);
  CHECK(Lists(bench.AsRoot()) == grpc::OK);
  const std::string text = LogOf::Text();
  CHECK(text.find("\"admin.refused\"") != std::string::npos);
  CHECK(text.find("127.0.0.1:") != std::string::npos);
  CHECK(text.find(guess) == std::string::npos);
  for (const auto& [_, token] : bench.tokens) CHECK(text.find(token) == std::string::npos);
}

TEST_CASE("a new certificate is served without a restart") {
  const NetworkBench bench;
  const CertificateAuthority next(bench.directory.path(), "next");
  const Stubs before = bench.AsToken("um_management");
  REQUIRE(Lists(before) == grpc::OK);
  next.Issue("node", "node.example.com");  // replaces the node's
  const net::Endpoint at = bench.server->endpoints().at(0);
  const net::TlsTarget target{at.ip.ToString(), std::to_string(at.port), next.file(), "", ""};
  absl::Status reached;
  for (int i = 0; i < 100'000; ++i) {
    reached = net::TryTls(target, std::chrono::seconds(10));
    if (reached.ok()) break;
  }
  CHECK(reached.ok());
  CHECK(Lists(bench.As({bench.tokens.at("um_management"), {}}, next.file())) == grpc::OK);
  CHECK(Lists(before) == grpc::OK);  // what is connected stays so
}

TEST_CASE("one caller cannot take all of the node's threads") {
  const NetworkBench bench;
  const Stubs as = bench.AsToken("um_management");
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::AuditEntry>>> streams;
  for (int i = 0; i < 8; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    as.Begin(*contexts.back());
    streams.push_back(as.organisations->Watch(contexts.back().get(), v1::WatchRequest()));
    v1::AuditEntry entry;
    REQUIRE(streams.back()->Read(&entry));
  }
  CHECK(Lists(as) == grpc::RESOURCE_EXHAUSTED);
  CHECK(Lists(bench.AsToken("um_mailboxes")) == grpc::OK);
  for (auto& context : contexts) context->TryCancel();
}

}  // namespace
}  // namespace um::tests
