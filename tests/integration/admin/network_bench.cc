#include "tests/integration/admin/network_bench.h"

#include <absl/strings/ascii.h>
#include <grpcpp/generic/generic_stub.h>

#include <fstream>
#include <future>

#include "common/base/bytes.h"
#include "common/config/load.h"
#include "tests/support/catch.h"

namespace um::tests {
namespace {

namespace v1 = admin::v1;

class FakeNode final : public admin::Node {
 public:
  admin::Status Now() override { return {.node = "node1"}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    return std::make_shared<domain::RoutingCopy>(
        std::vector<std::shared_ptr<const domain::Routes>>());
  }
};

std::string Contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

constexpr char kDocument[] =
    "dial_plans: [{name: Main, number_of_digits_in_extension: 4}]\n"
    "mailbox_policies: [{name: Staff, dial_plan: Main}]\n";

}  // namespace

void Stubs::Begin(grpc::ClientContext& context) const {
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
}

grpc::Status Stubs::Try(const std::string& method, const google::protobuf::Message& request) const {
  std::string path = "/" + method;
  path[path.rfind('.')] = '/';
  grpc::ClientContext context;
  Begin(context);
  const std::string bytes = request.SerializeAsString();
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer sent(&slice, 1);
  grpc::ByteBuffer received;
  std::promise<grpc::Status> done;
  grpc::GenericStub(channel).UnaryCall(&context, path, {}, &sent, &received,
                                       [&](const grpc::Status& s) { done.set_value(s); });
  return done.get_future().get();
}

NetworkBench::NetworkBench(const std::function<void(admin::NetworkOptions&)>& change)
    : node(std::make_unique<FakeNode>()) {
  stores = store::Open({.directory = directory.path()}).value();
  registry = admin::Registry::Open(*stores.organisations, [](auto) {}).value();
  admin::NetworkOptions options;
  auto& administration = options.administration;
  auto& listener = *administration.add_listeners();
  listener.set_address("127.0.0.1:0");
  const CertificateFiles own = ca.Issue("node", "node.example.com");
  listener.set_certificate_file(own.certificate);
  listener.set_key_file(own.key);
  listener.set_client_ca_file(ca.file());
  administration.set_tokens_file(File("tokens"));
  for (int i = 1; i < config::v1::Role_descriptor()->value_count(); ++i) {
    const auto& role = *config::v1::Role_descriptor()->value(i);
    const std::string name = absl::AsciiStrToLower(role.name().substr(sizeof "ROLE_" - 1));
    tokens[name] = Base64Url(RandomBytes(32));
    auto& grant = *administration.add_grants();
    grant.set_token(name);
    grant.add_roles(static_cast<config::v1::Role>(role.number()));
    grant.add_organisations("one");
  }
  tokens["both"] = Base64Url(RandomBytes(32));
  auto& both = *administration.add_grants();
  both.set_token("both");
  both.add_roles(config::v1::ROLE_ORGANIZATION_MANAGEMENT);
  both.add_roles(config::v1::ROLE_DISCOVERY_MANAGEMENT);
  both.add_organisations("one");
  tokens["all"] = Base64Url(RandomBytes(32));
  auto& all = *administration.add_grants();
  all.set_token("all");
  all.add_roles(config::v1::ROLE_ORGANIZATION_MANAGEMENT);
  all.set_all_organisations(true);
  WriteTokens();
  if (change) change(options);
  keeper = std::make_unique<pins::PinKeeper>(
      [this](const std::string& id) { return registry->Find(id); }, *stores.organisations, hasher);
  server = admin::StartAdminServer(socket(),
                                   {.messages = *stores.messages,
                                    .registry = registry.get(),
                                    .organisations = stores.organisations.get(),
                                    .store_directory = directory.path(),
                                    .pins = keeper.get(),
                                    .mail_new_pin = [](auto...) { return absl::OkStatus(); },
                                    .queue = stores.queue.get(),
                                    .nudge = [] {}},
                                   *node, {"vm@example.com", "n.example.com"}, options)
               .value();
  MakeOrganisation("one", "ann", kMessageOfOne);
  MakeOrganisation("two", "tom", kMessageOfTwo);
}

NetworkBench::~NetworkBench() {
  server.reset();
  registry.reset();
}

void NetworkBench::MakeOrganisation(const std::string& id, const std::string& mailbox,
                                    const std::string& message) const {
  v1::ApplyRequest request;
  REQUIRE(config::FromYaml(kDocument, *request.mutable_document()).empty());
  request.mutable_document()->set_id(id);
  auto& user = *request.mutable_document()->add_mailboxes();
  user.set_id(mailbox);
  user.set_display_name(mailbox);
  user.set_email(mailbox + "@example.com");
  user.set_extension("1001");
  user.set_policy("Staff");
  const Stubs root = AsRoot();
  const grpc::Status status =
      root.Try(root.organisations, &v1::Organisations::Stub::Apply, request);
  INFO(status.error_message());
  REQUIRE(status.ok());
  store::StoredMessage stored;
  stored.call.organisation = id;
  stored.call.message_id = message;
  stored.call.mailbox_id = mailbox;
  stored.call.extension = "1001";
  stored.duration = std::chrono::milliseconds(1000);
  REQUIRE(stores.messages->Insert(stored, std::string(8000, '\x80')).ok());
  REQUIRE(stores.messages->Undeliverable(message, "550 no such user").ok());
}

Stubs NetworkBench::As(const Identity& identity) const { return As(identity, ca.file()); }

Stubs NetworkBench::As(const Identity& identity, const std::string& ca_file) const {
  grpc::SslCredentialsOptions options{.pem_root_certs = Contents(ca_file)};
  if (!identity.certificate.key.empty()) {
    options.pem_cert_chain = Contents(identity.certificate.certificate);
    options.pem_private_key = Contents(identity.certificate.key);
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel =
      grpc::CreateCustomChannel(address(), grpc::SslCredentials(options), arguments);
  return {channel, identity.token};
}

Stubs NetworkBench::AsRoot() const {
  const auto channel = grpc::CreateChannel("unix:" + socket(), grpc::InsecureChannelCredentials());
  return {channel, ""};
}

void NetworkBench::WriteTokens(const std::string& without, const std::string& more) const {
  std::ofstream file(File("tokens.new"));
  file << "# test\n";
  for (const auto& [name, token] : tokens) {
    if (name != without) file << name << " " << Hex(Sha256(token)) << "\n";
  }
  file << more;
  file.close();
  REQUIRE(rename(File("tokens.new").c_str(), File("tokens").c_str()) == 0);
}

}  // namespace um::tests
