#include "tests/integration/organisation/real_node.h"

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <fstream>

#include "common/config/rules.h"

namespace um::tests {

RealNode::RealNode(const store::StoreOptions& where) : stores_(OpenStores(where)) {
  auto registry = admin::Registry::Open(*stores_.organisations, [this](auto routing) {
    const std::lock_guard lock(mutex_);
    routing_ = std::move(routing);
  });
  RequireOk(registry.status());
  registry_ = *std::move(registry);
  pins_ = std::make_unique<pins::PinKeeper>(
      [this](const std::string& id) { return registry_->Find(id); }, *stores_.organisations,
      hasher_);
  auto server = admin::StartAdminServer(File("admin.sock"),
                                        {.messages = *stores_.messages,
                                         .registry = registry_.get(),
                                         .organisations = stores_.organisations.get(),
                                         .pins = pins_.get(),
                                         .queue = stores_.queue.get(),
                                         .nudge = [] {}},
                                        *this, {"voicemail@example.com", "um.example.com"});
  RequireOk(server.status());
  server_ = *std::move(server);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  stub_ = admin::v1::Organisations::NewStub(grpc::CreateCustomChannel(
      "unix:" + File("admin.sock"), grpc::InsecureChannelCredentials(), arguments));
}

RealNode::~RealNode() { server_.reset(); }

Ran RealNode::Umctl(const std::string& arguments) const {
  return Run("cd " + folder_.path() + " && VOXPOST_SOCKET=" + File("admin.sock") +
             " " UM_UMCTL " " + arguments + " </dev/null");
}

std::string RealNode::Done(const std::string& arguments) const {
  const Ran ran = Umctl(arguments);
  INFO("umctl " << arguments << "\n" << ran.output.substr(0, 5000));
  REQUIRE(ran.status == 0);
  return ran.output;
}

std::string RealNode::Write(const std::string& name, const std::string& content) const {
  std::ofstream(File(name), std::ios::binary) << content;
  return File(name);
}

std::string RealNode::Export(const std::string& organisation) const {
  grpc::ClientContext context;
  admin::v1::ExportRequest request;
  request.set_organisation(organisation);
  organisation::v1::Organisation document;
  REQUIRE(stub_->Export(&context, request, &document).ok());
  return config::ToYaml(document);
}

uint64_t RealNode::Sequence() const {
  grpc::ClientContext context;
  admin::v1::ListOrganisationsResponse response;
  REQUIRE(stub_->ListOrganisations(&context, {}, &response).ok());
  uint64_t newest = 0;
  for (const auto& each : response.organisations()) newest = std::max(newest, each.sequence());
  return newest;
}

std::shared_ptr<const domain::RoutingCopy> RealNode::Routing() {
  const std::lock_guard lock(mutex_);
  return routing_;
}

std::string FullExample() {
  return std::string(getenv("UM_SOURCE_DIR")) + "/deploy/examples/organisation-full.yaml";
}

bool Has(const std::string& output, const std::string& text) {
  return output.find(text) != std::string::npos;
}

}  // namespace um::tests
