// A certificate authority of a test's own; files go into a folder of the test's.
#pragma once

#include <string>

namespace um::tests {

struct CertificateFiles {
  std::string certificate;  ///< path, PEM
  std::string key;          ///< path, PEM, mode 600
};

/// Every certificate is for 127.0.0.1 too.
class CertificateAuthority {
 public:
  /// Writes its own certificate to FOLDER/NAME.pem.
  CertificateAuthority(std::string folder, const std::string& name);
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  const std::string& file() const { return file_; }
  /// Writes FOLDER/FILE.pem and FILE.key, or replaces them. @param names more subject names, in
  /// OpenSSL's form: "email:ops@example.com" @param seconds from now until it expires
  CertificateFiles Issue(const std::string& file, const std::string& common_name,
                         const std::string& names = "", long seconds = 3600) const;

 private:
  struct Pair;
  const std::string folder_;
  std::string file_;
  Pair* const own_;
};

}  // namespace um::tests
