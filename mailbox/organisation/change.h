// What a request would do to an organisation: decided on the model alone.   Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/net/endpoint.h"
#include "mailbox/organisation/model.h"
#include "um/admin/v1/organisations.pb.h"

namespace um::organisation {

namespace admin = um::admin::v1;
using Operations = google::protobuf::RepeatedPtrField<admin::Operation>;

/// One thing wrong: {"operations[2].delete", "is referred to", {"mailbox ann.archer"}}.
struct Problem {
  std::string path;
  std::string text;
  std::vector<std::string> blockers;  ///< at most kMostBlockers of them
  size_t blockers_total = 0;
  int64_t current_version = 0;  ///< not 0: the object has changed meanwhile
};
inline constexpr size_t kMostBlockers = 100;

struct Outcome {
  std::vector<Problem> problems;   ///< none: the steps may be taken
  std::vector<Problem> warnings;   ///< what may not be meant
  std::vector<Model::Step> steps;  ///< an object is in at most one; ids and derived parts are set
};

/// What rules cannot know by themselves: passed in, so that they stay pure.
struct Context {
  std::function<std::string()> new_id;  ///< a ULID
  domain::WallTime now{};
  std::string actor;
  std::vector<net::Network> taken;  ///< networks of other organisations' gateways
};

/// Carries out the operations one after the other on a copy, and then looks at the whole: fields'
/// rules, names unique, references exist, what is immutable stays, and every rule of checks.cc, for
/// what was changed and what refers to it. Renaming an object rewrites what refers to it. All that
/// is wrong is told, each with its operation's path, or `paths[i]` instead of "operations[i]..." if
/// given.
Outcome Evaluate(const Model& model, const Operations& operations, const Context& context,
                 const std::vector<std::string>* paths = nullptr);

/// The operations that make the organisation what the document says; with `prune`, what it does not
/// have is deleted. `paths[i]` is where the document has operation i: "mailboxes[3]".
struct Difference {
  Operations operations;
  std::vector<std::string> paths;
};
Difference Compare(const Model& model, const v1::Organisation& document, bool prune);

/// The organisation as a document: kinds in order, objects by name.
v1::Organisation Document(const Model& model);

}  // namespace um::organisation
