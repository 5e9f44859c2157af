#include "common/rpc/channel.h"

#include <grpc/support/log.h>

#include "common/log/log.h"
#include "tests/support/catch.h"

namespace um::rpc {
namespace {

TEST_CASE("what gRPC reports is in our log, and a flood of it is not") {
  static std::vector<std::string> lines;
  log::SetSink([](std::string_view line) { lines.emplace_back(line); });
  AdoptLog();
  for (int i = 0; i < 1000; ++i) gpr_log(GPR_ERROR, "handshake failed");
  log::SetSink(nullptr);
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.size() < 100);
  CHECK(lines[0].find("\"event\":\"grpc.reported\",\"text\":\"handshake failed\"") !=
        std::string::npos);
}

}  // namespace
}  // namespace um::rpc
