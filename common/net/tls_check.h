// What is wrong with certificates: of the files before they are used, and of a connection that did
// not come about.   Blocking.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/status.h"

namespace um::net {

/// kInvalidArgument: one of the files (PEM) cannot be read, is none, they do not belong together,
/// the certificate has expired, or everybody may read the key.
absl::Status CheckCertificateFiles(const std::string& certificate, const std::string& key);
/// kInvalidArgument: the file (PEM) cannot be read or has no certificate.
absl::Status CheckCaFile(const std::string& ca);

struct TlsTarget {
  std::string host;  ///< name or address; the certificate must be for it
  std::string port;
  std::string ca_file;
  std::string certificate_file;  ///< ours; "": none
  std::string key_file;
};
/// Why no TLS connection to the target comes about, in words for people: tries once. OK: one does.
absl::Status TryTls(const TlsTarget& target, std::chrono::milliseconds timeout);

}  // namespace um::net
