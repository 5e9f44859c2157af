// Entry: one of the administrator's objects, with its id and version.   Pure; thread: any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/domain/time.h"
#include "um/organisation/v1/organisation.pb.h"

namespace um::organisation {

/// In the order in which they are shown, and created where nothing else decides.
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
/// As the API and the store have it: "dial_plan". It is the field's name in v1::Object.
std::string_view ToString(Kind kind);
std::optional<Kind> KindNamed(std::string_view text);
/// As administrators say it: "UM dial plan".
std::string TitleOf(Kind kind);

/// The kind of an object that is set; nullopt: it holds nothing.
std::optional<Kind> KindOf(const v1::Object& object);
/// What identifies the object among its kind: the name; a mailbox' id; a prompt's
/// "dial_plan/Main/welcome.wav".
std::string NameOf(const v1::Object& object);
/// The message inside; the object must hold one.
const google::protobuf::Message& PartOf(const v1::Object& object);
google::protobuf::Message& MutablePartOf(v1::Object& object);
/// An empty object of the kind.
v1::Object NewObject(Kind kind);

/// A name of another object inside an object.
struct Reference {
  Kind kind;
  std::string name;  ///< folded
  auto operator<=>(const Reference&) const = default;
};

/// An object as it is stored.
struct Entry {
  std::string id;       ///< ULID; survives renaming
  int64_t version = 0;  ///< the organisation's sequence number of its last change
  v1::Object object;
  domain::WallTime changed{};
  std::string changed_by;
  // Derived.
  Kind kind = Kind::kDialPlan;
  std::string name;                   ///< folded
  std::vector<Reference> references;  ///< sorted, each once
};
using EntryPtr = std::shared_ptr<const Entry>;
/// Fills in what is derived.
EntryPtr MakeEntry(Entry entry);

}  // namespace um::organisation
