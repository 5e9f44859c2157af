// One connection to an LDAP server: TLS, bind, searches page by page. The only place that knows
// libldap.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/directory/attributes.h"
#include "mailbox/directory/watchdog.h"

struct ldap;         // libldap's
struct ldap_conncb;  // libldap's

namespace um::directory {

/// Blocking; thread: one. How long the server may be silent is bounded by the settings'
/// timeout_seconds.
class LdapSession {
 public:
  /// Connects, verifies the server's certificate unless the settings say cleartext, and binds.
  /// kUnavailable: not reached, or no TLS that can be trusted. kPermissionDenied: it does not take
  /// our credentials.
  /// @param settings complete; @param password of bind_dn
  static absl::StatusOr<std::unique_ptr<LdapSession>> Open(const config::v1::Directory& settings,
                                                           const std::string& url,
                                                           const std::string& password);

  struct Query {
    std::string filter;
    std::vector<std::string> attributes;
    size_t most = 0;  ///< more entries than this are a failure
  };
  /// Hands over every entry below the base that the filter takes. Either all of them, or it fails:
  /// kResourceExhausted: there are more than `most`, or the server gives no more; kCancelled:
  /// `stop` was set; kUnavailable: the server went silent; kFailedPrecondition: it does not like
  /// the question. Referrals are not followed.
  absl::Status Search(const Query& query, const std::atomic<bool>& stop,
                      const std::function<void(Entry)>& on_entry);

 private:
  struct Close {
    void operator()(ldap* handle) const;
  };
  using Handle = std::unique_ptr<ldap, Close>;

  explicit LdapSession(const config::v1::Directory& settings);
  absl::Status Begin(const std::string& url, const std::string& password);
  class PagedSearch;

  const config::v1::Directory& settings_;
  Watchdog watchdog_;
  std::shared_ptr<ldap_conncb> on_connect_;  // libldap keeps its address
  Handle handle_;                            // goes before the watchdog: what ends it may block too
};

}  // namespace um::directory
