// Slapd: a real LDAP server for a test, on loopback, in a folder of its own.
#pragma once

#include <sys/types.h>

#include <string>

namespace um::tests {

/// Starts with the object and ends with it, leaving nothing. Needs Debian's slapd and ldap-utils.
/// It serves dc=example,dc=com with ou=people in it; the administrator is
/// cn=admin,dc=example,dc=com with the password "secret". inetOrgPerson is known, and `user` with
/// Active Directory's attributes.   Thread: one.
class Slapd {
 public:
  /// `more`: lines of slapd.conf for the database. `tls_names`: StartTLS and ldaps too, with a
  /// certificate of these: "IP:127.0.0.1,DNS:localhost".
  explicit Slapd(const std::string& more = "", const std::string& tls_names = "");
  ~Slapd();
  Slapd(const Slapd&) = delete;
  Slapd& operator=(const Slapd&) = delete;

  /// kill -9, and up again on the same ports with the same people.
  void Kill();
  void Start();

  const std::string& url() const { return url_; }      ///< ldap://127.0.0.1:PORT
  const std::string& ldaps() const { return ldaps_; }  ///< ldaps://127.0.0.1:PORT
  const std::string& ldapi() const { return ldapi_; }  ///< the local socket
  std::string ca_file() const { return directory_ + "/ca.pem"; }
  /// A file of its own in the server's folder.
  std::string File(const std::string& name) const { return directory_ + "/" + name; }

  /// Adds, changes and deletes: LDIF as ldapmodify(1) takes it; adds where no changetype says
  /// otherwise.
  void Modify(const std::string& ldif);
  /// A person below ou=people.
  void Add(const std::string& uid, const std::string& name, const std::string& telephone);

 private:
  void MakeCertificates(const std::string& names);
  void Configure(const std::string& more);
  void Spawn();
  bool Answers() const;

  const bool tls_;
  std::string directory_;
  std::string url_;
  std::string ldaps_;
  std::string ldapi_;
  pid_t pid_ = -1;
};

}  // namespace um::tests
