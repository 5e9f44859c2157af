// The verbs that every kind of object has.
#pragma once

#include <functional>
#include <string>

#include "mailbox/cli/options.h"

namespace um::cli {

struct ListOptions {
  Output output;
  std::string search;
  std::string refers_to;  ///< "dial-plan Main", "dial-plan/Main"
  bool wide = false;
  bool all = false;  ///< all pages
  bool simulators = false;
  uint32_t limit = 100;
};
void ListObjects(const Client& client, Kind kind, const ListOptions& options);

void ShowObject(const Client& client, Kind kind, const std::string& name, const Output& output);

/// A new object as a step of a change.
organisation::v1::Object& AddCreate(admin::v1::ChangeRequest& request, Kind kind,
                                    const std::string& name);
void SetObject(const Client& client, Kind kind, const std::string& name,
               const PropertyValues& values, const ChangeOptions& options);
void DeleteObject(const Client& client, Kind kind, const std::string& name, bool cascade,
                  const ChangeOptions& options);
void RenameObject(const Client& client, Kind kind, const std::string& name, const std::string& to,
                  const ChangeOptions& options);
/// @param status a value of the property "status": "enabled"
void SetStatus(const Client& client, Kind kind, const std::string& name, const std::string& status,
               const ChangeOptions& options, const admin::v1::Welcome& welcome = {});

/// Reads an object, lets `change` work on the message inside, and writes `field` back, unless it
/// has changed meanwhile: then the program ends with what is wrong.
void ChangeObject(const Client& client, Kind kind, const std::string& name,
                  const std::string& field, const ChangeOptions& options,
                  const std::function<void(google::protobuf::Message&)>& change);

/// Gives a property a value that is known to be good.
void Put(google::protobuf::Message& message, const std::string& property, const std::string& value);

}  // namespace um::cli
