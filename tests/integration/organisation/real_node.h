// RealNode: a node's administration as um-mailbox has it, in this process: the real store, registry
// and service on a socket of their own; and umctl, the real program, against it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "mailbox/admin/service.h"
#include "mailbox/pins/hasher.h"
#include "mailbox/pins/keeper.h"
#include "mailbox/store/stores.h"
#include "tests/integration/store/places.h"
#include "tests/support/dovecot.h"
#include "um/admin/v1/organisations.grpc.pb.h"

namespace um::tests {

class RealNode final : private admin::Node {
 public:
  explicit RealNode(const store::StoreOptions& where);
  ~RealNode();

  /// umctl in a folder of the node's own, which File() is in.
  Ran Umctl(const std::string& arguments) const;
  /// The same where nothing may go wrong.
  std::string Done(const std::string& arguments) const;
  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }
  /// Writes a file there. @return its name
  std::string Write(const std::string& name, const std::string& content) const;

  /// The organisation as YAML.
  std::string Export(const std::string& organisation = "") const;
  /// The newest change's number; 0: there is no organisation.
  uint64_t Sequence() const;

  admin::v1::Organisations::Stub& stub() const { return *stub_; }
  store::Stores& stores() { return stores_; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override;

 private:
  admin::Status Now() override { return {.node = "node"}; }

  TempDir folder_;
  std::mutex mutex_;
  std::shared_ptr<const domain::RoutingCopy> routing_;  // guarded
  store::Stores stores_;
  std::unique_ptr<admin::Registry> registry_;
  pins::Hasher hasher_{{.cost = {.memory_kib = 64, .passes = 1}}};
  std::unique_ptr<pins::PinKeeper> pins_;
  std::unique_ptr<admin::AdminServer> server_;
  std::unique_ptr<admin::v1::Organisations::Stub> stub_;
};

/// The example with everything there is.
std::string FullExample();

bool Has(const std::string& output, const std::string& text);

}  // namespace um::tests
