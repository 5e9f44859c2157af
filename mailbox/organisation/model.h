// Model: one organisation as it is at one moment, all objects with their ids and versions.
// Immutable: a change makes a new one that shares what stayed.   Pure; thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/domain/time.h"
#include "um/organisation/v1/organisation.pb.h"

namespace um::organisation {

namespace v1 = um::organisation::v1;

/// In the order in which they can be created: what a kind refers to comes before it, but for what
/// dial plans and auto attendants refer to among themselves.
enum class Kind {
  kDialPlan,
  kIpGateway,
  kHuntGroup,
  kMailboxPolicy,
  kAutoAttendant,
  kMailbox,
  kPrompt
};
inline constexpr Kind kKinds[] = {Kind::kDialPlan,      Kind::kIpGateway,     Kind::kHuntGroup,
                                  Kind::kMailboxPolicy, Kind::kAutoAttendant, Kind::kMailbox,
                                  Kind::kPrompt};
/// As the API and the store have it: "dial_plan".
std::string_view ToString(Kind kind);
std::optional<Kind> KindOf(std::string_view text);
/// As administrators say it: "UM dial plan".
std::string TitleOf(Kind kind);

Kind KindOf(const v1::Object& object);
/// What identifies the object among its kind: the name; a mailbox' id; a prompt's
/// "dial_plan/Main/welcome.wav".
std::string NameOf(const v1::Object& object);
/// The message inside.
const google::protobuf::Message& PartOf(const v1::Object& object);
google::protobuf::Message* MutablePartOf(v1::Object& object);
/// An empty object of the kind.
v1::Object NewObject(Kind kind);

/// An object as it is stored. `version` is the organisation's sequence number of its last change.
struct Entry {
  std::string id;  ///< ULID; survives renaming
  int64_t version = 0;
  v1::Object object;
  domain::WallTime changed{};
  std::string changed_by;
};
using EntryPtr = std::shared_ptr<const Entry>;
/// By folded name (domain/names.h): names differ in more than case.
using Entries = std::map<std::string, EntryPtr, std::less<>>;

class Model {
 public:
  Model(std::string organisation, std::string display_name)
      : id_(std::move(organisation)), display_name_(std::move(display_name)) {}

  const std::string& id() const { return id_; }
  const std::string& display_name() const { return display_name_; }
  /// Of the organisation's last change; 0: it has none yet.
  int64_t sequence() const { return sequence_; }

  const Entries& entries(Kind kind) const { return *entries_[static_cast<size_t>(kind)]; }
  /// By name, in any case. nullptr: there is none.
  const Entry* Find(Kind kind, std::string_view name) const;

  /// What one change does to one object: `after` null deletes it, `before` null creates it.
  struct Step {
    EntryPtr before;
    EntryPtr after;
  };
  Model With(const std::vector<Step>& steps, int64_t sequence) const;

 private:
  std::string id_;
  std::string display_name_;
  int64_t sequence_ = 0;
  std::array<std::shared_ptr<const Entries>, std::size(kKinds)> entries_ = Empty();
  static std::array<std::shared_ptr<const Entries>, std::size(kKinds)> Empty();
};
using ModelPtr = std::shared_ptr<const Model>;

}  // namespace um::organisation
