#include "mailbox/directory/ldap_session.h"

#include <fmt/format.h>
#include <lber.h>
#include <ldap.h>

#include <chrono>

#include "common/base/status.h"
#include "mailbox/domain/names.h"

namespace um::directory {
namespace {

using std::chrono::steady_clock;

constexpr ber_len_t kMostMessage = 16 << 20;      // [bytes] of one LDAP message
constexpr std::chrono::minutes kMostTime{10};     // of one search, all pages
constexpr std::chrono::milliseconds kSlice{200};  // how soon a stop is noticed
constexpr size_t kMostValues = 1000;              // of an attribute that are kept

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
      return absl::StatusCode::kPermissionDenied;
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
      return absl::StatusCode::kResourceExhausted;
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_FILTER_ERROR:
    case LDAP_UNDEFINED_TYPE:
    case LDAP_UNAVAILABLE_CRITICAL_EXTENSION:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

/// "bind: Invalid credentials (what the server adds)".
absl::Status Failure(LDAP* handle, const std::string& attempt, int error) {
  std::string text = attempt + ": " + ldap_err2string(error);
  char* more = nullptr;
  if (ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &more) == LDAP_OPT_SUCCESS && more) {
    const std::string clean = domain::CleanName(more, 200);
    if (!clean.empty()) text += " (" + clean + ")";
    ldap_memfree(more);
  }
  return absl::Status(CodeOf(error), text);
}

int ErrorOf(LDAP* handle) {
  int error = LDAP_OTHER;
  ldap_get_option(handle, LDAP_OPT_RESULT_CODE, &error);
  return error;
}

/// Of every connection that libldap makes: the watchdog, which it keeps for us, gets the socket.
int WatchSocket(LDAP* handle, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* callback) {
  int fd = -1;
  if (ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &fd) != 1) return -1;
  static_cast<Watchdog*>(callback->lc_arg)->Watch(fd);
  // It has done its part: with it, libldap would wait for the TLS handshake in a busy loop.
  ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, nullptr);
  return 0;
}
void ForgetSocket(LDAP*, Sockbuf*, ldap_conncb*) {}

/// Everything that ldap.conf or LDAP... variables might say otherwise is said here.
absl::Status SetOptions(LDAP* handle, const config::v1::Directory& settings) {
  const int version = LDAP_VERSION3;
  const int never = LDAP_DEREF_NEVER;
  const int unlimited = LDAP_NO_LIMIT;
  const timeval timeout{.tv_sec = settings.timeout_seconds(), .tv_usec = 0};
  ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
  ldap_set_option(handle, LDAP_OPT_DEREF, &never);
  ldap_set_option(handle, LDAP_OPT_SIZELIMIT, &unlimited);
  ldap_set_option(handle, LDAP_OPT_RESTART, LDAP_OPT_ON);
  ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &timeout);
  ldap_set_option(handle, LDAP_OPT_TIMEOUT, &timeout);
  Sockbuf* buffer = nullptr;
  ber_len_t most = kMostMessage;
  if (ldap_get_option(handle, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS ||
      ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &most) != 1) {
    return absl::InternalError("libldap cannot bound messages");
  }
  return absl::OkStatus();
}

/// The server's certificate is demanded, and must be of whom we called. Which versions of TLS will
/// do is left to GnuTLS: Debian's libldap ignores LDAP_OPT_X_TLS_PROTOCOL_MIN, and leaks if it is
/// told a cipher suite.
absl::Status SetTls(LDAP* handle, const config::v1::Directory& settings) {
  const int demand = LDAP_OPT_X_TLS_DEMAND;
  const int client = 0;
  if (ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != LDAP_OPT_SUCCESS ||
      ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, settings.ca_file().c_str()) !=
          LDAP_OPT_SUCCESS) {
    return absl::InternalError("libldap cannot verify certificates");
  }
  if (ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(fmt::format("TLS: ca_file {} cannot be used", settings.ca_file()));
}

absl::Status Bind(LDAP* handle, const config::v1::Directory& settings, const std::string& url,
                  const std::string& password) {
  const bool external = settings.bind_dn().empty() && url.starts_with("ldapi://");
  berval secret{.bv_len = password.size(), .bv_val = const_cast<char*>(password.data())};
  const int error = ldap_sasl_bind_s(handle, external ? nullptr : settings.bind_dn().c_str(),
                                     external ? "EXTERNAL" : LDAP_SASL_SIMPLE, &secret, nullptr,
                                     nullptr, nullptr);
  return error == LDAP_SUCCESS ? absl::OkStatus() : Failure(handle, "bind", error);
}

/// "proxyAddresses;range=0-1499" (Active Directory's first part of many values) in lower case
/// without its range.
std::string NameOf(const char* description) {
  std::string name(description);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name.substr(0, name.find(";range="));
}

Entry EntryOf(LDAP* handle, LDAPMessage* message) {
  Entry entry;
  if (char* dn = ldap_get_dn(handle, message)) {
    entry.dn = dn;
    ldap_memfree(dn);
  }
  BerElement* at = nullptr;
  for (char* name = ldap_first_attribute(handle, message, &at); name;
       name = ldap_next_attribute(handle, message, at)) {
    berval** values = ldap_get_values_len(handle, message, name);
    std::vector<std::string>& kept = entry.values[NameOf(name)];
    for (size_t i = 0; values && values[i] && kept.size() < kMostValues; ++i) {
      kept.emplace_back(values[i]->bv_val, values[i]->bv_len);
    }
    ldap_value_free_len(values);
    ldap_memfree(name);
  }
  ber_free(at, 0);
  return entry;
}

}  // namespace

void LdapSession::Close::operator()(ldap* handle) const {
  ldap_unbind_ext_s(handle, nullptr, nullptr);
}

LdapSession::LdapSession(const config::v1::Directory& settings)
    : settings_(settings), watchdog_(std::chrono::seconds(settings.timeout_seconds())) {}

absl::StatusOr<std::unique_ptr<LdapSession>> LdapSession::Open(
    const config::v1::Directory& settings, const std::string& url, const std::string& password) {
  std::unique_ptr<LdapSession> session(new LdapSession(settings));
  UM_RETURN_IF_ERROR(Annotate(session->Begin(url, password), url));
  return session;
}

absl::Status LdapSession::Begin(const std::string& url, const std::string& password) {
  LDAP* made = nullptr;
  if (const int error = ldap_initialize(&made, url.c_str()); error != LDAP_SUCCESS) {
    return absl::InvalidArgumentError(ldap_err2string(error));
  }
  handle_.reset(made);
  UM_RETURN_IF_ERROR(SetOptions(made, settings_));
  on_connect_ = std::make_shared<ldap_conncb>(ldap_conncb{WatchSocket, ForgetSocket, &watchdog_});
  ldap_set_option(made, LDAP_OPT_CONNECT_CB, on_connect_.get());
  const bool tls = !settings_.cleartext() && !url.starts_with("ldapi://");
  if (tls) UM_RETURN_IF_ERROR(SetTls(made, settings_));
  if (tls && url.starts_with("ldap://")) {
    const int error = ldap_start_tls_s(made, nullptr, nullptr);
    if (error != LDAP_SUCCESS) return Failure(made, "StartTLS", error);
  }
  return Bind(made, settings_, url, password);
}

/// A search, its pages one after the other.
class LdapSession::PagedSearch {
 public:
  PagedSearch(LdapSession& session, const Query& query, const std::atomic<bool>& stop,
              const std::function<void(Entry)>& on_entry)
      : handle_(session.handle_.get()),
        settings_(session.settings_),
        watchdog_(session.watchdog_),
        query_(query),
        stop_(stop),
        on_entry_(on_entry) {}
  ~PagedSearch() { ber_memfree(cookie_.bv_val); }
  PagedSearch(const PagedSearch&) = delete;
  PagedSearch& operator=(const PagedSearch&) = delete;

  absl::Status Run() {
    do {
      UM_RETURN_IF_ERROR(Ask());
      absl::StatusOr<bool> done = false;
      while (done.ok() && !*done) done = TakeOne();
      if (!done.ok()) {
        ldap_abandon_ext(handle_, id_, nullptr, nullptr);
        return done.status();
      }
    } while (cookie_.bv_len > 0);
    return absl::OkStatus();
  }

 private:
  using MessagePtr = std::unique_ptr<LDAPMessage, int (*)(LDAPMessage*)>;

  absl::Status Ask() {
    LDAPControl* page = nullptr;
    int error = ldap_create_page_control(handle_, static_cast<ber_int_t>(settings_.page_size()),
                                         &cookie_, 'T', &page);
    if (error != LDAP_SUCCESS) return Failure(handle_, "search", error);
    LDAPControl* controls[] = {page, nullptr};
    std::vector<char*> wanted;
    for (const std::string& name : query_.attributes) {
      wanted.push_back(const_cast<char*>(name.c_str()));
    }
    wanted.push_back(nullptr);
    error = ldap_search_ext(handle_, settings_.base().c_str(), LDAP_SCOPE_SUBTREE,
                            query_.filter.c_str(), wanted.data(), 0, controls, nullptr, nullptr,
                            LDAP_NO_LIMIT, &id_);
    ldap_control_free(page);
    watchdog_.Feed();
    return error == LDAP_SUCCESS ? absl::OkStatus() : Failure(handle_, "search", error);
  }

  /// True: the page has ended.
  absl::StatusOr<bool> TakeOne() {
    if (stop_) return absl::CancelledError("the search was given up");
    if (steady_clock::now() - begun_ > kMostTime)
      return absl::UnavailableError("search: it takes too long");
    timeval slice{.tv_sec = 0, .tv_usec = std::chrono::microseconds(kSlice).count()};
    LDAPMessage* taken = nullptr;
    const int type = ldap_result(handle_, id_, LDAP_MSG_ONE, &slice, &taken);
    const MessagePtr message(taken, ldap_msgfree);
    if (type == 0) return false;
    if (type < 0) return Failure(handle_, "search", ErrorOf(handle_));
    watchdog_.Feed();
    if (type == LDAP_RES_SEARCH_RESULT) return EndPage(taken);
    if (type != LDAP_RES_SEARCH_ENTRY) return false;  // a referral
    if (++count_ > query_.most) {
      return absl::ResourceExhaustedError(
          fmt::format("search: there are more than {} people", query_.most));
    }
    on_entry_(EntryOf(handle_, taken));
    return false;
  }

  absl::StatusOr<bool> EndPage(LDAPMessage* message) {
    ber_memfree(cookie_.bv_val);
    cookie_ = {};
    int result = LDAP_OTHER;
    LDAPControl** controls = nullptr;
    const int error =
        ldap_parse_result(handle_, message, &result, nullptr, nullptr, nullptr, &controls, 0);
    if (error != LDAP_SUCCESS) return Failure(handle_, "search", error);
    if (LDAPControl* page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr)) {
      ber_int_t estimate = 0;
      ldap_parse_pageresponse_control(handle_, page, &estimate, &cookie_);
    }
    ldap_controls_free(controls);
    if (result != LDAP_SUCCESS) return Failure(handle_, "search", result);
    return true;
  }

  LDAP* const handle_;
  const config::v1::Directory& settings_;
  Watchdog& watchdog_;
  const Query& query_;
  const std::atomic<bool>& stop_;
  const std::function<void(Entry)>& on_entry_;
  const steady_clock::time_point begun_ = steady_clock::now();
  berval cookie_{};
  size_t count_ = 0;
  int id_ = -1;
};

absl::Status LdapSession::Search(const Query& query, const std::atomic<bool>& stop,
                                 const std::function<void(Entry)>& on_entry) {
  return PagedSearch(*this, query, stop, on_entry).Run();
}

}  // namespace um::directory
