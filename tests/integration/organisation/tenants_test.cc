// Two organisations of the same names and numbers in one store: neither sees or reaches the other.
#include <grpcpp/grpcpp.h>

#include <filesystem>

#include "tests/integration/organisation/real_node.h"

namespace um::tests {
namespace {

namespace v1 = um::admin::v1;

/// The same organisation twice but for its id, its people and its gateway's address.
std::string Document(const std::string& id, const std::string& person, const std::string& network) {
  return "id: " + id +
         "\n"
         "display_name: The " +
         id +
         " company\n"
         "dial_plans: [{name: Main, number_of_digits_in_extension: 4}]\n"
         "ip_gateways: [{name: pbx, networks: [" +
         network +
         "]}]\n"
         "hunt_groups: [{name: pbx, ip_gateway: pbx, dial_plan: Main, pilot_identifier: '2000'}]\n"
         "mailbox_policies: [{name: Staff, dial_plan: Main}]\n"
         "auto_attendants: [{name: Reception, dial_plan: Main, pilot_identifiers: ['2100']}]\n"
         "mailboxes:\n"
         "  - {id: ann, display_name: " +
         person + ", email: ann@" + id +
         ".example, policy: Staff, extension: '1001', calling_line_ids: ['+14255550123']}\n";
}

constexpr const char* kOfA = "192.0.2.10";
constexpr const char* kOfB = "198.51.100.10";

template <class Place>
struct Tenants {
  Tenants() : node(place.options()) {
    node.Done("apply -f " + node.Write("a.yaml", Document("alpha", "Ann of Alpha", kOfA)));
    node.Done("apply -f " + node.Write("b.yaml", Document("beta", "Ann of Beta", kOfB)));
  }
  Place place;
  RealNode node;
};

std::variant<domain::CallRoute, domain::Refusal> Call(RealNode& node, const std::string& peer,
                                                      const std::string& diverted,
                                                      const std::string& pilot = "2000") {
  sip::InviteFacts facts;
  facts.request_uri = {.scheme = "sip", .user = pilot, .host = "um.example"};
  facts.diversions = {{.uri = {.scheme = "sip", .user = diverted, .host = "pbx.example"}}};
  return node.Routing()->Route(*net::IpAddress::Parse(peer), facts);
}

/// Whose mailbox takes the call: "alpha/Ann of Alpha"; "" if it is refused.
std::string TakenBy(RealNode& node, const std::string& peer, const std::string& diverted,
                    const std::string& pilot = "2000") {
  const auto outcome = Call(node, peer, diverted, pilot);
  const auto* route = std::get_if<domain::CallRoute>(&outcome);
  return route ? route->organisation + "/" + route->mailbox.name : "";
}

TEST_CASE("nothing that is asked of one organisation tells of another") {
  Tenants<PostgreSql> tenants;
  const RealNode& node = tenants.node;
  for (const std::string& asked :
       {"mailbox list", "mailbox list --search Ann", "mailbox show ann", "mailbox show 1001",
        "mailbox list --refers-to 'mailbox-policy Staff'", "dial-plan show Main", "audit",
        "audit --kind mailbox --json", "export", "why 1001", "ip-gateway list",
        "number test Main +14255550123 --calling"}) {
    const std::string alpha = node.Done("--organisation alpha " + asked);
    const std::string beta = node.Done("--organisation beta " + asked);
    CAPTURE(asked, alpha, beta);
    CHECK_FALSE(Has(alpha, "eta"));
    CHECK_FALSE(Has(beta, "lpha"));
    CHECK_FALSE(Has(alpha, kOfB));
    CHECK_FALSE(Has(beta, kOfA));
  }
  CHECK(Has(node.Done("--organisation alpha mailbox list"), "ann@alpha.example"));
  CHECK_FALSE(Has(node.Done("--organisation alpha mailbox list"), "2 of"));
  // Without saying which, nothing is told or done.
  for (const std::string& asked : {"mailbox list", "export", "audit", "mailbox delete ann"}) {
    const Ran ran = node.Umctl(asked);
    CHECK(ran.status == 1);
    CHECK(Has(ran.output, "several organisations"));
  }
  CHECK(node.Umctl("--organisation gamma mailbox list").status == 1);
}

constexpr char kOfAlpha[] = "01KEZF7C00Z0G76XXPQJPKWS3W";
constexpr char kOfBeta[] = "01KEZF7C01Z0G76XXPQJPKWS3W";
constexpr char kNever[] = "01KEZF7C02Z0G76XXPQJPKWS3W";

/// A message that mail has refused for good.
void Leave(RealNode& node, const std::string& organisation, const std::string& id) {
  store::StoredMessage message;
  message.call.organisation = organisation;
  message.call.message_id = id;
  message.call.mailbox_id = "ann";
  message.call.extension = "1001";
  message.call.caller = {"+15550142", "Caller of " + organisation};
  message.duration = std::chrono::milliseconds(1000);
  RequireOk(node.stores().messages->Insert(message, std::string(8000, '\x80')));
  RequireOk(node.stores().messages->Undeliverable(id, "550 no such user"));
}

/// What umctl does to a message by its id. Not in this order: each on its own finds nothing.
const char* const kByMessage[] = {"message fetch %s -o fetched.wav",
                                  "message fetch %s -o fetched.eml",
                                  "message delete %s --yes --reason test",
                                  "queue show %s",
                                  "queue retry %s",
                                  "queue redirect %s thief@example.com"};

TEMPLATE_TEST_CASE("messages of one organisation are not another's, in its name", "", Embedded,
                   PostgreSql) {
  Tenants<TestType> tenants;
  RealNode& node = tenants.node;
  Leave(node, "alpha", kOfAlpha);
  Leave(node, "beta", kOfBeta);
  const auto with = [](std::string command, const char* id) {
    return command.replace(command.find("%s"), 2, id);
  };
  for (const char* command : kByMessage) {
    const Ran hostile = node.Umctl("--organisation alpha " + with(command, kOfBeta));
    CAPTURE(command, hostile.output);
    CHECK(hostile.status == 1);
    CHECK_FALSE(Has(hostile.output, "eta"));
    // In the same words as what there never was.
    std::string never = node.Umctl("--organisation alpha " + with(command, kNever)).output;
    for (size_t at; (at = never.find(kNever)) != std::string::npos;) {
      never.replace(at, sizeof kNever - 1, kOfBeta);
    }
    CHECK(hostile.output == never);
    CHECK_FALSE(std::filesystem::exists(node.File("fetched.wav")));
  }
  for (const std::string& asked :
       {"message list 1001", "mailbox usage 1001", "queue list", "queue list --failed"}) {
    const std::string alpha = node.Done("--organisation alpha " + asked);
    const std::string beta = node.Done("--organisation beta " + asked);
    CAPTURE(asked, alpha, beta);
    CHECK_FALSE(Has(alpha, "eta"));
    CHECK_FALSE(Has(alpha, kOfBeta));
    CHECK_FALSE(Has(beta, "lpha"));
    CHECK_FALSE(Has(beta, kOfAlpha));
  }
  // Which of the two 1001 is meant must be said, as for everything that is named by a number.
  for (const std::string& asked : {"message list 1001", "mailbox usage 1001", "pin show 1001",
                                   "mailbox erase 1001 --yes --reason test"}) {
    const Ran ran = node.Umctl(asked);
    CAPTURE(asked, ran.output);
    CHECK(ran.status == 1);
    CHECK(Has(ran.output, "several organisations: say which"));
  }
  // What all of one organisation is done to leaves the other's as it is.
  node.Done("--organisation alpha queue retry --all-failed");
  CHECK(node.stores().messages->Get(kOfAlpha)->state == domain::MessageState::kStored);
  CHECK(node.stores().messages->Get(kOfBeta)->state == domain::MessageState::kUndeliverable);
  node.Done("--organisation alpha mailbox erase 1001 --yes --reason test");
  CHECK(absl::IsNotFound(node.stores().messages->Get(kOfAlpha).status()));
  node.Done("--organisation beta message fetch " + std::string(kOfBeta) + " -o fetched.wav");
  CHECK(Has(node.Done("--organisation beta audit"), "ann"));
  CHECK_FALSE(Has(node.Done("--organisation beta audit --json"), "erase"));
}

TEMPLATE_TEST_CASE("who watches one organisation hears of its changes alone", "", Embedded,
                   PostgreSql) {
  Tenants<TestType> tenants;
  grpc::ClientContext context;
  v1::WatchRequest request;
  request.set_organisation("alpha");
  const auto changes = tenants.node.stub().Watch(&context, request);
  tenants.node.Done("--organisation beta mailbox set 1001 --display-name 'Not to be heard'");
  tenants.node.Done("--organisation alpha mailbox set 1001 --display-name 'To be heard'");
  v1::AuditEntry entry;
  bool heard = false;
  while (!heard && changes->Read(&entry)) {
    CHECK(entry.organisation() == "alpha");
    CHECK_FALSE(Has(entry.ShortDebugString(), "Not to be heard"));
    heard = Has(entry.ShortDebugString(), "To be heard");
  }
  CHECK(heard);
  context.TryCancel();
}

TEMPLATE_TEST_CASE("what is done to one organisation leaves the other as it is", "", Embedded,
                   PostgreSql) {
  Tenants<TestType> tenants;
  RealNode& node = tenants.node;
  const std::string beta = node.Export("beta");
  node.Done("--organisation alpha ip-gateway disable pbx");
  node.Done("--organisation alpha mailbox set 1001 --extension 1009");
  node.Done("--organisation alpha dial-plan rename Main Other");
  node.Done("--organisation alpha hunt-group delete pbx");
  node.Done("--organisation alpha mailbox delete ann");
  CHECK(node.Export("beta") == beta);
  CHECK(TakenBy(node, kOfB, "1001") == "beta/Ann of Beta");
  // A document goes where its id says, and nowhere else.
  const Ran wrong = node.Umctl("--organisation beta apply --prune --yes -f a.yaml");
  CHECK(wrong.status == 1);
  CHECK(node.Export("beta") == beta);
  // A name that only the other one has cannot be referred to.
  node.Done("--organisation alpha dial-plan create Alone --number-of-digits-in-extension 3");
  const Ran refers =
      node.Umctl("--organisation beta hunt-group create h --ip-gateway pbx --dial-plan Alone");
  CHECK(refers.status == 1);
  CHECK(Has(refers.output, "there is no UM dial plan"));
}

TEMPLATE_TEST_CASE("a gateway of one organisation never reaches a mailbox of another", "", Embedded,
                   PostgreSql) {
  Tenants<TestType> tenants;
  RealNode& node = tenants.node;
  CHECK(TakenBy(node, kOfA, "1001") == "alpha/Ann of Alpha");
  CHECK(TakenBy(node, kOfB, "1001") == "beta/Ann of Beta");
  // An extension that only the other one has is nobody's.
  node.Done(
      "--organisation beta mailbox create bob --display-name Bob --email bob@beta.example "
      "--extension 1002 --policy Staff");
  CHECK(TakenBy(node, kOfB, "1002") == "beta/Bob");
  CHECK(TakenBy(node, kOfA, "1002").empty());
  CHECK(TakenBy(node, "203.0.113.1", "1001").empty());
  node.Done("--organisation alpha mailbox disable ann");
  CHECK(TakenBy(node, kOfA, "1001").empty());
  node.Done("--organisation alpha ip-gateway disable pbx");
  CHECK(TakenBy(node, kOfA, "1002").empty());
  CHECK(TakenBy(node, kOfB, "1001") == "beta/Ann of Beta");
}

TEMPLATE_TEST_CASE("an organisation cannot take another's addresses, nor learn whose they are", "",
                   Embedded, PostgreSql) {
  Tenants<TestType> tenants;
  RealNode& node = tenants.node;
  const uint64_t before = node.Sequence();
  for (const std::string& network : {std::string(kOfB), std::string("198.51.100.0/24"),
                                     std::string("198.51.100.10/32"), std::string("0.0.0.0/0")}) {
    const Ran taken = node.Umctl(
        "--organisation alpha ip-gateway create thief --dial-plan Main --networks " + network);
    CAPTURE(network, taken.output);
    CHECK(taken.status == 1);
    CHECK(Has(taken.output, "networks"));
    CHECK(Has(taken.output, "another organisation"));
    CHECK_FALSE(Has(taken.output, "beta"));
  }
  CHECK(node.Sequence() == before);
  CHECK(TakenBy(node, kOfB, "1001") == "beta/Ann of Beta");
  // Given up, it is free.
  node.Done("--organisation beta ip-gateway set pbx --networks 203.0.113.7");
  node.Done("--organisation alpha ip-gateway set pbx --add-networks " + std::string(kOfB));
  CHECK(TakenBy(node, kOfB, "1001") == "alpha/Ann of Alpha");
}

}  // namespace
}  // namespace um::tests
