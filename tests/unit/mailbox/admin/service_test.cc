#include "mailbox/admin/service.h"

#include <grpcpp/grpcpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/memory_message_store.h"
#include "um/admin/v1/messages.grpc.pb.h"

using namespace um;
namespace v1 = um::admin::v1;

namespace {

constexpr const char* kId = "01KEZF7C00Z0G76XXPQJPKWS3W";

class FakeNode final : public admin::Node {
 public:
  admin::Status Now() override {
    return {.node = "n1", .calls = 2, .max_calls = 100, .uptime_s = 60, .spool_healthy = false};
  }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    domain::Organisation o;
    o.id = "example";
    o.dial_plans = {{.name = "Main"}};
    o.mailboxes = {{"ann", "Main", "1001", "Ann Archer", "ann@example.com"},
                   {"bob", "Main", "1002", "Bob Baker", "bob@example.com"}};
    return std::make_shared<domain::RoutingCopy>(o);
  }
};

store::StoredMessage Voice() {
  store::StoredMessage message;
  message.call.message_id = kId;
  message.call.organisation = "example";
  message.call.mailbox_id = "ann";
  message.call.mailbox_name = "Ann Archer";
  message.call.extension = "1001";
  message.call.email = "ann@example.com";
  message.call.caller = {"2001", "Carol"};
  message.call.started = domain::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)) +
                         std::chrono::hours(9);
  message.duration = std::chrono::milliseconds(1000);
  return message;
}

/// A served socket in a folder of its own, and a client of it.
struct Served {
  std::string folder;
  tests::MemoryMessageStore store;
  FakeNode node;
  std::unique_ptr<admin::AdminServer> server;
  std::unique_ptr<v1::Messages::Stub> stub;

  Served() {
    char name[] = "/tmp/um-admin-XXXXXX";
    folder = mkdtemp(name);
    auto started =
        admin::StartAdminServer(Path(), {store}, node, {"voicemail@example.com", "um.example.com"});
    REQUIRE(started.ok());
    server = *std::move(started);
    stub = v1::Messages::NewStub(
        grpc::CreateChannel("unix:" + Path(), grpc::InsecureChannelCredentials()));
  }
  ~Served() {
    server.reset();
    unlink(Path().c_str());
    rmdir((folder + "/run").c_str());
    rmdir(folder.c_str());
  }
  std::string Path() const { return folder + "/run/admin.sock"; }
  grpc::Status Fetch(const std::string& id, v1::Format format, std::string& content) {
    grpc::ClientContext context;
    v1::FetchMessageRequest request;
    request.set_id(id);
    request.set_format(format);
    v1::FetchMessageResponse response;
    const grpc::Status status = stub->FetchMessage(&context, request, &response);
    content = response.content();
    return status;
  }
};

}  // namespace

TEST_CASE("messages are listed with what an administrator asks about") {
  Served s;
  REQUIRE(s.store.Insert(Voice(), std::string(8000, '\xff')).ok());
  grpc::ClientContext context;
  v1::ListMessagesRequest request;
  request.set_mailbox("1001");
  v1::ListMessagesResponse response;
  REQUIRE(s.stub->ListMessages(&context, request, &response).ok());
  REQUIRE(response.messages_size() == 1);
  CHECK(response.messages(0).id() == kId);
  CHECK(response.messages(0).started() == "2026-01-15T09:00:00Z");
  CHECK(response.messages(0).caller_name() == "Carol");
  CHECK(response.messages(0).state() == "stored");
  CHECK(response.messages(0).duration_ms() == 1000);
}

TEST_CASE("a mailbox that is not there is not found; a mailbox without messages is empty") {
  Served s;
  for (const auto& [mailbox, code] : {std::pair{"1009", grpc::NOT_FOUND}, {"1002", grpc::OK}}) {
    grpc::ClientContext context;
    v1::ListMessagesRequest request;
    request.set_mailbox(mailbox);
    v1::ListMessagesResponse response;
    CHECK(s.stub->ListMessages(&context, request, &response).error_code() == code);
    CHECK(response.messages_size() == 0);
  }
}

TEST_CASE("a message is fetched as recorded, as MP3, and as the mail") {
  Served s;
  REQUIRE(s.store.Insert(Voice(), std::string(8000, '\xff')).ok());
  std::string content;
  REQUIRE(s.Fetch(kId, v1::FORMAT_WAV, content).ok());
  CHECK(content.substr(0, 4) == "RIFF");
  CHECK(content.size() >= 8044);
  REQUIRE(s.Fetch(kId, v1::FORMAT_MP3, content).ok());
  CHECK(content.size() > 1000);
  REQUIRE(s.Fetch(kId, v1::FORMAT_EML, content).ok());
  CHECK(content.find("Message-Id: <" + std::string(kId) + "@um.example.com>") != std::string::npos);
}

TEST_CASE("what cannot be fetched is answered with a reason") {
  Served s;
  store::StoredMessage missed = Voice();
  missed.kind = domain::MessageKind::kMissedCall;
  REQUIRE(s.store.Insert(missed, "").ok());
  std::string content;
  CHECK(s.Fetch("../../etc/passwd", v1::FORMAT_WAV, content).error_code() ==
        grpc::INVALID_ARGUMENT);
  CHECK(s.Fetch("01KEZF7C00Z0G76XXPQJPKWS3X", v1::FORMAT_WAV, content).error_code() ==
        grpc::NOT_FOUND);
  CHECK(s.Fetch(kId, v1::FORMAT_WAV, content).error_code() == grpc::FAILED_PRECONDITION);
  CHECK(s.Fetch(kId, v1::FORMAT_EML, content).ok());
}

TEST_CASE("the status tells the node's and the queue's state") {
  Served s;
  REQUIRE(s.store.Insert(Voice(), "x").ok());
  grpc::ClientContext context;
  v1::GetStatusResponse response;
  REQUIRE(s.stub->GetStatus(&context, {}, &response).ok());
  CHECK(response.node() == "n1");
  CHECK(response.calls() == 2);
  CHECK(response.queued() == 1);
  CHECK_FALSE(response.spool_healthy());
}

TEST_CASE("the socket is its owner's alone, and is not taken from a process that answers") {
  Served s;
  struct stat info{};
  REQUIRE(stat(s.Path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0177) == 0);
  CHECK(absl::IsAlreadyExists(
      admin::StartAdminServer(s.Path(), {s.store}, s.node, {"a@example.com", "h"}).status()));
}

TEST_CASE("a file that is no socket is left alone") {
  Served s;
  const std::string path = s.folder + "/precious";
  std::ofstream(path) << "text";
  CHECK(absl::IsInvalidArgument(
      admin::StartAdminServer(path, {s.store}, s.node, {"a@example.com", "h"}).status()));
  CHECK(access(path.c_str(), F_OK) == 0);
  unlink(path.c_str());
  CHECK_FALSE(
      admin::StartAdminServer(std::string(200, 'x'), {s.store}, s.node, {"a@example.com", "h"})
          .ok());
}
