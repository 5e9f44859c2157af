// Two nodes on one PostgreSQL, and changes that cannot both be.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <latch>
#include <thread>

#include "tests/integration/organisation/real_node.h"

namespace um::tests {
namespace {

namespace v1 = um::admin::v1;

/// What came of a change that was sent as it is.
struct Sent {
  grpc::Status status;
  v1::ChangeResponse response;
};

Sent Send(const RealNode& node, const v1::ChangeRequest& request) {
  grpc::ClientContext context;
  Sent sent;
  sent.status = node.stub().Change(&context, request, &sent.response);
  // What was refused is told in the status' details.
  if (!sent.status.ok()) sent.response.ParseFromString(sent.status.error_details());
  return sent;
}

/// Both at once, each to a node of its own.
std::pair<Sent, Sent> Race(const RealNode& one, const v1::ChangeRequest& first,
                           const RealNode& other, const v1::ChangeRequest& second) {
  std::latch start(2);
  std::pair<Sent, Sent> sent;
  std::thread rival([&] {
    start.arrive_and_wait();
    sent.second = Send(other, second);
  });
  start.arrive_and_wait();
  sent.first = Send(one, first);
  rival.join();
  return sent;
}

v1::ChangeRequest SetName(const std::string& name, uint64_t version) {
  v1::ChangeRequest request;
  v1::Update& update = *request.add_operations()->mutable_update();
  update.set_name("ann");
  update.mutable_object()->mutable_mailbox()->set_display_name(name);
  update.mutable_mask()->add_paths("display_name");
  update.set_expected_version(version);
  return request;
}

v1::ChangeRequest Enable(const std::string& id, const std::string& extension) {
  v1::ChangeRequest request;
  auto& mailbox = *request.add_operations()->mutable_create()->mutable_mailbox();
  mailbox.set_id(id);
  mailbox.set_display_name(id);
  mailbox.set_email(id + "@example.com");
  mailbox.set_policy("Main Default Policy");
  mailbox.set_extension(extension);
  return request;
}

v1::Entry Get(const RealNode& node, const std::string& mailbox) {
  grpc::ClientContext context;
  v1::GetRequest request;
  request.set_kind("mailbox");
  request.set_name(mailbox);
  v1::Entry entry;
  REQUIRE(node.stub().Get(&context, request, &entry).ok());
  return entry;
}

struct Pair {
  Pair() : one(place.options()), other(place.options()) {
    one.Done("organisation create example");
    one.Done("dial-plan create Main --number-of-digits-in-extension 4");
    one.Done(
        "mailbox create ann --display-name Ann --email ann@example.com --extension 1001 "
        "--policy 'Main Default Policy'");
    Settle();
  }
  /// Both know the newest.
  void Settle() const {
    for (;;) {
      const auto mine = one.Sequence(), theirs = other.Sequence();
      if (mine == theirs) return;
      // A node tells by its watch what it has heard of.
      const RealNode& behind = mine < theirs ? one : other;
      grpc::ClientContext context;
      v1::WatchRequest request;
      request.set_after_sequence(std::min(mine, theirs));
      v1::AuditEntry entry;
      const auto changes = behind.stub().Watch(&context, request);
      if (changes->Read(&entry)) {
        context.TryCancel();
      } else {  // it has not even heard of the organisation: it looks twice a second
        REQUIRE(changes->Finish().error_code() == grpc::NOT_FOUND);
      }
    }
  }
  PostgreSql place;
  RealNode one;
  RealNode other;
};

TEST_CASE(
    "of two updates of one version at two nodes one wins, the other is told the version now") {
  const Pair pair;
  int first_won = 0;
  for (int round = 0; round < 20; ++round) {
    pair.Settle();
    const uint64_t version = Get(pair.one, "ann").version();
    const auto [mine, theirs] = Race(pair.one, SetName(fmt::format("one {}", round), version),
                                     pair.other, SetName(fmt::format("other {}", round), version));
    CAPTURE(mine.status.error_message(), theirs.status.error_message());
    REQUIRE(mine.status.ok() != theirs.status.ok());
    first_won += mine.status.ok();
    const Sent& lost = mine.status.ok() ? theirs : mine;
    const Sent& won = mine.status.ok() ? mine : theirs;
    CHECK(lost.status.error_code() == grpc::ABORTED);
    REQUIRE(lost.response.problems_size() == 1);
    CHECK(lost.response.problems(0).path() == "operations[0].update.object.mailbox");
    CHECK(lost.response.problems(0).current_version() == won.response.changed(0).version());
    // Both nodes have the winner's.
    pair.Settle();
    const std::string name = fmt::format("{} {}", mine.status.ok() ? "one" : "other", round);
    for (const RealNode* node : {&pair.one, &pair.other}) {
      CHECK(Get(*node, "ann").object().mailbox().display_name() == name);
      CHECK(Get(*node, "ann").version() == won.response.changed(0).version());
    }
  }
  WARN("the first node won " << first_won << " of 20");
}

TEST_CASE("two nodes give an extension or a name to one only, and tell the other who has it") {
  const Pair pair;
  for (int round = 0; round < 10; ++round) {
    const bool same_id = round % 2 == 1;
    const std::string mine_id = fmt::format("one-{}", round);
    const std::string their_id = same_id ? mine_id : fmt::format("other-{}", round);
    const std::string extension = fmt::format("{}", 2000 + round);
    const auto [mine, theirs] =
        Race(pair.one, Enable(mine_id, extension), pair.other, Enable(their_id, extension));
    CAPTURE(mine.status.error_message(), theirs.status.error_message());
    REQUIRE(mine.status.ok() != theirs.status.ok());
    const Sent& lost = mine.status.ok() ? theirs : mine;
    REQUIRE(lost.response.problems_size() >= 1);
    const std::string winner = mine.status.ok() ? mine_id : their_id;
    CHECK(Has(lost.response.problems(0).text(), "already"));
    CHECK(Has(lost.response.problems(0).text(), winner));
  }
}

TEST_CASE("changes at two nodes that do not meet are both done, none is lost") {
  const Pair pair;
  const uint64_t before = pair.one.Sequence();
  constexpr int kEach = 25;
  const auto enable_many = [](const RealNode& node, int first) {
    std::string wrong;
    for (int i = first; i < first + kEach; ++i) {
      wrong +=
          Send(node, Enable(fmt::format("user{}", i), std::to_string(i))).status.error_message();
    }
    return wrong;
  };
  std::string wrong_there;
  std::thread rival([&] { wrong_there = enable_many(pair.other, 6000); });
  CHECK(enable_many(pair.one, 5000).empty());
  rival.join();
  CHECK(wrong_there.empty());
  pair.Settle();
  CHECK(pair.one.Sequence() == before + 2 * kEach);
  CHECK(pair.one.Export() == pair.other.Export());
  CHECK(Get(pair.one, "user6000").object().mailbox().extension() == "6000");
}

TEST_CASE("umctl tells of a conflict, with the version there is now") {
  const Pair pair;
  const uint64_t version = Get(pair.one, "ann").version();
  pair.other.Done("mailbox set ann --display-name Anna");
  pair.Settle();
  const Ran late = pair.one.Umctl(
      fmt::format("mailbox set ann --display-name Anne --expected-version {}", version));
  CHECK(late.status == 1);
  CHECK(Has(late.output, "has changed meanwhile"));
  CHECK(Has(late.output, fmt::format("version {} now", Get(pair.one, "ann").version())));
  CHECK(Get(pair.one, "ann").object().mailbox().display_name() == "Anna");
  pair.one.Done(fmt::format("mailbox set ann --display-name Anne --expected-version {}",
                            Get(pair.one, "ann").version()));
}

}  // namespace
}  // namespace um::tests
