// The full example of an organisation: everything the schema has stands in it.
#include <fmt/format.h>

#include <cstdlib>
#include <set>

#include "common/config/load.h"
#include "common/config/rules.h"
#include "common/config/values.h"
#include "tests/support/catch.h"
#include "um/organisation/v1/organisation.pb.h"

using namespace um::config;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
namespace o = um::organisation::v1;

namespace {

/// Every field that a message sets to something else than its default, by its full name.
void Collect(const Message& message, std::set<std::string>& seen) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const int count = Count(message, field);
    if (count == 0) continue;
    if (IsPart(field)) {
      for (int n = 0; n < count; ++n) Collect(PartAt(message, field, n), seen);
    } else if (!field.is_repeated() && ValueText(message, field) == RulesOf(field).default_()) {
      continue;
    }
    seen.insert(field.full_name());
  }
}

/// Every field there is.
void Collect(const Descriptor& type, std::set<std::string>& fields) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!fields.insert(field.full_name()).second || !IsPart(field)) continue;
    Collect(*field.message_type(), fields);
  }
}

}  // namespace

TEST_CASE("every property stands in the full example, at another value than its default") {
  o::Organisation document;
  const char* root = std::getenv("UM_SOURCE_DIR");
  const auto loaded = LoadFile(
      (root ? std::string(root) + "/" : "") + "deploy/examples/organisation-full.yaml", document);
  INFO(loaded.ToString());
  REQUIRE(loaded.ok());
  std::set<std::string> fields, seen;
  Collect(*o::Organisation::descriptor(), fields);
  Collect(document, seen);
  REQUIRE(fields.size() > 230);
  for (const std::string& field : fields) {
    INFO(field);
    CHECK(seen.contains(field));
  }
}
