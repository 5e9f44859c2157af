// LdapDirectory: an organisation's people as LDAP has them, kept up to date. While LDAP is away the
// last good copy stays.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "mailbox/directory/attributes.h"
#include "mailbox/directory/copy_file.h"
#include "mailbox/directory/ldap_session.h"
#include "um/config/v1/directory.pb.h"

namespace um::directory {

/// Thread: any. It has one of its own, which does nothing but wait and ask.
class LdapDirectory {
 public:
  using OnPeople = std::function<void(const domain::People& people)>;

  /// Takes the copy of `folder`, if there is one, and begins to ask the server: at once, then as
  /// often as the settings say, after failures again after 1 s, 2 s, 4 s... `on_people` is called
  /// after every answer, also if nothing has changed, one call at a time. `files` outlives it.
  /// @param settings complete (settings.h)
  static std::unique_ptr<LdapDirectory> Start(const config::v1::Directory& settings,
                                              store::Files& files, const std::string& folder,
                                              OnPeople on_people);
  /// Gives up what is under way; a server that takes no connection can hold it up for the settings'
  /// timeout.
  ~LdapDirectory();

  const config::v1::Directory& settings() const { return settings_; }

  struct State {
    domain::PeoplePtr people;    ///< never null
    int64_t read = 0;            ///< Unix time [s] as of when they are; 0: never read
    int64_t read_everybody = 0;  ///< the same of all of them, also those who are gone by now
    std::string failure;         ///< of the last attempt; "": it went well
  };
  State Now() const;

  /// Asks now. When it returns, people are as the server had them at the time of the call, or it
  /// says why not. Blocking. @param everybody not only what has changed
  absl::Status Refresh(bool everybody);

  /// Who goes by `text` (People::Named()). If the copy knows nobody the server is asked: somebody
  /// new is found at once. Empty: nobody. kUnavailable: the copy knows nobody, and the server does
  /// not answer. Blocking.
  absl::StatusOr<std::vector<domain::PersonPtr>> Named(const std::string& text);

 private:
  /// What a search brought.
  struct Read {
    std::vector<domain::PersonPtr> people;
    int64_t changed = 0;
    size_t left_out = 0;  ///< values and entries that are no good
  };

  LdapDirectory(const config::v1::Directory& settings, store::Files& files,
                const std::string& folder, OnPeople on_people);
  void Load();
  void Run();
  absl::Status RefreshLocked(bool everybody);
  absl::StatusOr<Copy> Ask(const Copy& before, bool everybody, size_t& left_out);
  absl::StatusOr<std::unique_ptr<LdapSession>> Connect() const;
  absl::StatusOr<Read> Search(const std::string& filter, size_t most);
  void Publish(const Copy& copy);
  void NoteFailure(const absl::Status& status);
  Copy Current() const;

  const config::v1::Directory settings_;
  const AttributeNames names_;
  const std::string source_;  // tells these settings from others
  store::Files& files_;
  const std::string file_;
  const OnPeople on_people_;

  std::mutex refreshing_;    // one at a time
  int since_everybody_ = 0;  // guarded by refreshing_
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Copy copy_;  // guarded by mutex_, like the next
  std::string failure_;
  bool told_stale_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace um::directory
