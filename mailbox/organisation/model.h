// Model: one organisation as it is at one moment, all objects with their ids and versions.
// Immutable: a change makes a new one that shares what stayed.   Pure; thread: any.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// A key that no two objects may share, for the store to insist on as well: {"address/PLAN-ID",
/// "1001"}. A scope that begins with "pool/" is shared by all organisations.
struct Claim {
  std::string scope;
  std::string value;
  auto operator<=>(const Claim&) const = default;
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

/// By folded name: names differ in more than case.
using Entries = std::map<std::string, EntryPtr, std::less<>>;

class Model {
 public:
  Model(std::string organisation, std::string display_name);

  const std::string& id() const { return id_; }
  const std::string& display_name() const { return display_name_; }
  /// Of the organisation's last change; 0: it has none yet.
  int64_t sequence() const { return sequence_; }

  const Entries& entries(Kind kind) const { return *entries_[static_cast<size_t>(kind)]; }
  /// By name, in any case. nullptr: there is none.
  const Entry* Find(Kind kind, std::string_view name) const;
  /// The object inside, where the caller knows the kind. nullptr: there is none.
  const v1::DialPlan* DialPlan(std::string_view name) const;
  const v1::MailboxPolicy* Policy(std::string_view name) const;
  const v1::AutoAttendant* AutoAttendant(std::string_view name) const;
  const v1::Mailbox* Mailbox(std::string_view id) const;
  /// Everything that refers to the object.
  std::vector<const Entry*> Referrers(Kind kind, std::string_view name) const;

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
  std::array<std::shared_ptr<const Entries>, std::size(kKinds)> entries_;
};
using ModelPtr = std::shared_ptr<const Model>;

/// The keys an object takes, in the model it is in.
std::vector<Claim> ClaimsOf(const Model& model, const Entry& entry);
/// Ids of the objects that the object refers to, each once.
std::vector<std::string> ReferencedIds(const Model& model, const Entry& entry);

}  // namespace um::organisation
