// What a request would do to an organisation: every rule that needs more than one field, decided on
// the model alone.   Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mailbox/organisation/model.h"
#include "um/admin/v1/organisations.pb.h"

namespace um::organisation {

namespace admin = um::admin::v1;

/// One thing wrong: {"operations[2].delete", "is referred to", {"mailbox ann.archer"}}.
struct Problem {
  std::string path;
  std::string text;
  std::vector<std::string> blockers;  ///< at most 100 of them
  size_t blockers_total = 0;
  int64_t current_version = 0;  ///< not 0: the object has changed meanwhile
};

struct Outcome {
  std::vector<Problem> problems;  ///< none: the steps may be taken
  std::vector<Problem> warnings;
  std::vector<Model::Step> steps;  ///< in an order in which references always exist
};

/// Makes ids and times: passed in, so that the rules stay pure.
struct Stamp {
  std::function<std::string()> new_id;  ///< ULID
  domain::WallTime now{};
  std::string actor;
};

/// Carries out the operations one after the other on a copy, and then looks at the whole: fields'
/// rules (rules.proto), names unique, references exist and their kinds match, what is immutable
/// stays, extensions have the plan's length and are unique in it, gateways' networks overlap with
/// nobody's, groups that are allowed exist in the plan's rules, recordings shorter than calls, and
/// so on: checks.cc has them all. Renaming an object rewrites what refers to it. Nothing is decided
/// by the first problem: all are told, each with the operation's path.
Outcome Evaluate(const Model& model,
                 const google::protobuf::RepeatedPtrField<admin::Operation>& operations,
                 const Stamp& stamp);

/// The operations that make the organisation what the document says; with `prune`, what it does not
/// have is deleted. Paths of problems found later are the document's: `paths[i]` is that of
/// operation i ("mailboxes[3]").
struct Difference {
  google::protobuf::RepeatedPtrField<admin::Operation> operations;
  std::vector<std::string> paths;
};
Difference Compare(const Model& model, const v1::Organisation& document, bool prune);

/// The organisation as a document: kinds in order, objects by name.
v1::Organisation Document(const Model& model);

/// Keys that no two objects may share, for the store to insist on as well: {"address/PLAN-ID",
/// "1001"}. A scope that begins with "pool/" is shared by all organisations: networks of IP
/// gateways, which tell whose a call is.
struct Claim {
  std::string scope;
  std::string value;
};
std::vector<Claim> ClaimsOf(const Model& model, const v1::Object& object);
/// Ids of the objects that the object refers to, each once.
std::vector<std::string> ReferencesOf(const Model& model, const v1::Object& object);

}  // namespace um::organisation
