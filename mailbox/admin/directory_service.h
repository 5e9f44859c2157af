// um.admin.v1.Directory: people of the directories, and mailboxes for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/directory/ldap_directory.h"
#include "um/admin/v1/directory.pb.h"

namespace um::admin {

/// Thread: gRPC's; requests block on the store and on LDAP.
class DirectoryService final {
 public:
  /// All of them outlive the service; one directory an organisation.
  DirectoryService(Registry& registry, const std::vector<directory::LdapDirectory*>& directories);
  void ServeThrough(Door& door);

  grpc::Status ListPeople(const Call& call, const v1::ListPeopleRequest* request,
                          v1::ListPeopleResponse* response);
  grpc::Status GetPerson(const Call& call, const v1::GetPersonRequest* request,
                         v1::Person* response);
  grpc::Status Refresh(const Call& call, const v1::RefreshRequest* request,
                       v1::DirectoryStatus* response);
  grpc::Status GetDirectoryStatus(const Call& call, const v1::GetDirectoryStatusRequest* request,
                                  v1::GetDirectoryStatusResponse* response);
  grpc::Status Enable(const Call& call, const v1::EnableRequest* request,
                      v1::ChangeResponse* response);

 private:
  /// An organisation and its directory.
  struct Place {
    organisation::ModelPtr model;
    directory::LdapDirectory* directory = nullptr;
  };
  /// kNotFound: no such organisation, or it has none.
  absl::StatusOr<Place> Find(const std::string& organisation) const;

  Registry& registry_;
  std::map<std::string, directory::LdapDirectory*> directories_;  // by organisation
};

}  // namespace um::admin
