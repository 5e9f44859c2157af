#include "tests/support/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdlib>

namespace um::tests {

struct CertificateAuthority::Pair {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ~Pair() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

namespace {

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  if (!extension) abort();
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void Fill(X509* certificate, EVP_PKEY* key, const std::string& common_name, long seconds) {
  static long serial = 0;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
}

void WriteCertificate(const std::string& path, X509* certificate) {
  FILE* file = fopen(path.c_str(), "we");
  if (!file || PEM_write_X509(file, certificate) != 1) abort();
  fclose(file);
}

}  // namespace

CertificateAuthority::CertificateAuthority(std::string folder, const std::string& name)
    : folder_(std::move(folder)), file_(folder_ + "/" + name + ".pem"), own_(new Pair) {
  Fill(own_->certificate, own_->key, name, 3600);
  X509_set_issuer_name(own_->certificate, X509_get_subject_name(own_->certificate));
  AddExtension(own_->certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(own_->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  X509_sign(own_->certificate, own_->key, EVP_sha256());
  WriteCertificate(file_, own_->certificate);
}

CertificateAuthority::~CertificateAuthority() { delete own_; }

CertificateFiles CertificateAuthority::Issue(const std::string& file,
                                             const std::string& common_name,
                                             const std::string& names, long seconds) const {
  const CertificateFiles files{folder_ + "/" + file + ".pem", folder_ + "/" + file + ".key"};
  const Pair made;
  Fill(made.certificate, made.key, common_name, seconds);
  X509_set_issuer_name(made.certificate, X509_get_subject_name(own_->certificate));
  AddExtension(made.certificate, NID_subject_alt_name,
               "IP:127.0.0.1" + (names.empty() ? "" : "," + names));
  X509_sign(made.certificate, own_->key, EVP_sha256());
  FILE* key = fopen(files.key.c_str(), "we");
  if (!key || chmod(files.key.c_str(), 0600) != 0 ||
      PEM_write_PrivateKey(key, made.key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    abort();
  }
  fclose(key);
  WriteCertificate(files.certificate, made.certificate);
  return files;
}

}  // namespace um::tests
