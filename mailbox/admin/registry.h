// Registry: this node's view of all organisations. It follows the store, whoever changes it, and
// makes changes itself.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/route.h"
#include "mailbox/organisation/change.h"
#include "mailbox/store/organisation_store.h"

namespace um::admin {

/// The welcome mails to users of mailboxes that a change makes or enables.
struct Welcome {
  bool none = false;    ///< nobody is told
  std::string address;  ///< where they go; "": to each mailbox' own address
};

/// Thread: any. Changes block on the store.
class Registry {
 public:
  using OnRouting = std::function<void(std::shared_ptr<const domain::RoutingCopy>)>;

  /// Loads every organisation, then looks twice a second for what other nodes have changed.
  /// `on_routing` is called at once and after every change, from a thread of the registry's or of
  /// who made the change. `store` outlives the registry.
  static absl::StatusOr<std::unique_ptr<Registry>> Open(store::OrganisationStore& store,
                                                        OnRouting on_routing);
  ~Registry();
  /// Ends the looking and the calls of `on_routing`. What is known can still be asked for.
  void Stop();

  std::vector<organisation::ModelPtr> Models() const;
  /// "" means the only one there is. kNotFound, kInvalidArgument (which of several?).
  absl::StatusOr<organisation::ModelPtr> Find(const std::string& id) const;
  /// The same as calls see it.
  absl::StatusOr<std::shared_ptr<const domain::Routes>> FindRoutes(const std::string& id) const;
  /// When the store was last reached: what calls are decided by is not older.
  std::chrono::steady_clock::time_point fresh() const;

  struct Result {
    organisation::Outcome outcome;
    int64_t sequence = 0;  ///< after the change
  };
  /// What to do, asked again if the organisation has moved on meanwhile.
  using Plan = std::function<organisation::Outcome(const organisation::Model& model,
                                                   const organisation::Context& context)>;
  /// Carries out what `plan` says, all or nothing. A new organisation is created if `display_name`
  /// is given. Problems are in the outcome; a status is a store that fails: kUnavailable, or
  /// kAborted if others were quicker twenty times.
  absl::StatusOr<Result> Change(const std::string& id, const std::string* display_name,
                                const std::string& actor, bool dry_run, const Plan& plan,
                                const Welcome& welcome = {});

  /// Reads what is new: afterwards nothing that is known is older than this call.
  absl::Status Refresh();

  /// Waits until an organisation is beyond `sequence`, at most `timeout`. True if it is.
  bool WaitBeyond(const std::string& id, int64_t sequence, std::chrono::milliseconds timeout) const;

 private:
  /// An organisation, and what calls need of it.
  struct Organisation {
    organisation::ModelPtr model;
    std::shared_ptr<const domain::Routes> routes;
    std::shared_ptr<const domain::Routes> before;  ///< kept: its end is not to be the loop's work
  };

  Registry(store::OrganisationStore& store, OnRouting on_routing)
      : store_(store), on_routing_(std::move(on_routing)) {}
  absl::StatusOr<const Organisation*> FindLocked(const std::string& id) const;
  absl::Status RefreshOne(const store::OrganisationRow& row);
  absl::StatusOr<organisation::ModelPtr> Load(const std::string& id);
  std::shared_ptr<const domain::Routes> RoutesOf(const organisation::Model& model) const;
  void Publish(const organisation::ModelPtr& model);
  void Follow();
  absl::StatusOr<int64_t> Commit(const organisation::Model& before,
                                 const organisation::Model& after,
                                 const organisation::Outcome& outcome, const std::string& actor,
                                 const Welcome& welcome);
  organisation::Context ContextFor(const std::string& id, const std::string& actor) const;

  store::OrganisationStore& store_;
  const OnRouting on_routing_;
  std::mutex refreshing_;  // one reads what is new at a time
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, Organisation> organisations_;  // guarded by mutex_, like all below
  std::chrono::steady_clock::time_point fresh_{};
  bool stopping_ = false;
  std::thread follower_;
};

}  // namespace um::admin
