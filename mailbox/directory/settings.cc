#include "mailbox/directory/settings.h"

#include <fmt/format.h>

#include "common/config/rules.h"
#include "mailbox/directory/attributes.h"

namespace um::directory {
namespace {

namespace v1 = um::config::v1;

bool Only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

/// An attribute's name or OID, and options (RFC 4512 section 2.5).
bool IsAttribute(const std::string& text) {
  return text.size() <= 128 && Only(text, std::string(kNameCharacters) + ".;_");
}

class Checker {
 public:
  Checker(const v1::Directory& settings, const std::string& path,
          std::vector<config::Problem>& problems)
      : settings_(settings), path_(path), problems_(problems) {}

  void Check() {
    for (const config::Problem& problem :
         config::Check(settings_, [](auto, auto) { return std::optional<std::string>(); })) {
      Wrong(problem.path, problem.text);
    }
    if (!Only(settings_.organisation(), std::string(kNameCharacters) + "_")) {
      Wrong("organisation", "must be an organisation's id: letters, digits, - and _");
    }
    if (settings_.urls().empty()) Wrong("urls", "must name a server, like ldaps://dc1.example.com");
    for (int i = 0; i < settings_.urls_size(); ++i) CheckUrl(fmt::format("urls[{}]", i), i);
    CheckCredentials();
    CheckNames();
  }

 private:
  void Wrong(const std::string& field, std::string text) {
    problems_.push_back({path_ + "." + field, 0, std::move(text)});
  }

  void CheckUrl(const std::string& field, int i) {
    const std::string& url = settings_.urls(i);
    const bool local = url.starts_with("ldapi://");
    const bool remote = url.starts_with("ldap://") || url.starts_with("ldaps://");
    if ((!local && !remote) ||
        !Only(url.substr(url.find(':') + 1), std::string(kNameCharacters) + "./:[]%_")) {
      Wrong(field, "must be like ldaps://dc1.example.com, ldap://dc1.example.com:389 or ldapi:///");
    } else if (remote && url.find_first_not_of('/', url.find(':') + 1) == std::string::npos) {
      Wrong(field, "must name a server");
    } else if (settings_.cleartext() && url.starts_with("ldaps://")) {
      Wrong("cleartext", "cannot be with ldaps://");
    }
  }

  /// A bind with a DN and no password succeeds as nobody (RFC 4513 section 5.1.2): never meant.
  void CheckCredentials() {
    if (settings_.bind_dn().empty() == settings_.password_file().empty()) return;
    if (settings_.bind_dn().empty()) return Wrong("bind_dn", "must say whose password it is");
    Wrong("password_file", "must say where the password is");
  }

  void CheckNames() {
    const v1::DirectoryAttributeNames& names = settings_.attribute_names();
    const auto& r = *names.GetReflection();
    for (int i = 0; i < names.GetDescriptor()->field_count(); ++i) {
      const auto* field = names.GetDescriptor()->field(i);
      if (IsAttribute(r.GetString(names, field))) continue;
      Wrong("attribute_names." + field->name(), "must be an attribute's name");
    }
  }

  const v1::Directory& settings_;
  const std::string& path_;
  std::vector<config::Problem>& problems_;
};

}  // namespace

void Complete(v1::Directory& settings, const std::string& path,
              std::vector<config::Problem>& problems) {
  config::FillDefaults(settings);
  if (settings.filter().empty()) settings.set_filter(UsualFilter(settings.attributes()));
  if (settings.ca_file().empty()) settings.set_ca_file("/etc/ssl/certs/ca-certificates.crt");
  Checker(settings, path, problems).Check();
}

}  // namespace um::directory
