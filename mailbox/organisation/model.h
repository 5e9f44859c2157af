// Model: one organisation as it is at one moment, all objects with their ids and versions.
// Immutable: a change makes a new one that shares what stayed.   Pure; thread: any.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/organisation/entries.h"

namespace um::organisation {

/// A key that no two objects may share, for the store to insist on as well: {"address/PLAN-ID",
/// "1001"}. A scope that begins with "pool/" is shared by all organisations.
struct Claim {
  std::string scope;
  std::string value;
  auto operator<=>(const Claim&) const = default;
};

class Model {
 public:
  Model(std::string organisation, std::string display_name);

  const std::string& id() const { return id_; }
  const std::string& display_name() const { return display_name_; }
  /// Of the organisation's last change; 0: it has none yet.
  int64_t sequence() const { return sequence_; }

  const Entries& entries(Kind kind) const { return *entries_[static_cast<size_t>(kind)]; }
  /// True: both have the same objects of a kind, surely. False: they may differ.
  bool Shares(const Model& other, Kind kind) const {
    return &entries(kind) == &other.entries(kind);
  }
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
