// Who may do what: the roles, and what each method of um.admin.v1 needs.   Pure; thread: any.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "um/config/v1/administration.pb.h"

namespace um::admin {

/// What may be done: a set of the following.
using Permissions = uint32_t;
inline constexpr Permissions kView = 1;              ///< see objects and their audit
inline constexpr Permissions kUnifiedMessaging = 2;  ///< change the rest of the organisation
inline constexpr Permissions kMailboxes = 4;     ///< change mailboxes, their PINs, rules, greetings
inline constexpr Permissions kPrompts = 8;       ///< change prompts
inline constexpr Permissions kCallRecords = 16;  ///< see who called whom, and when
inline constexpr Permissions kRecordings = 32;   ///< hear messages
inline constexpr Permissions kViewServers = 64;  ///< see how the node is
inline constexpr Permissions kServers = 128;     ///< act on the node
inline constexpr Permissions kEverything = 255;

Permissions PermissionsOf(config::v1::Role role);

/// What somebody may, and where.
struct Rights {
  Permissions everywhere = 0;             ///< in all organisations, and on the node itself
  std::map<std::string, Permissions> in;  ///< in organisations by id, beside that

  Permissions In(const std::string& organisation) const;
  /// All permissions that are held in one organisation or other.
  Permissions Somewhere() const;
};

/// What a request is about.
enum class Scope {
  kOrganisation,  ///< the one that its field `organisation` names
  kDocument,      ///< the one that its field `document` has the id of
  kNode,          ///< no organisation's: needs a permission everywhere
  kVisible        ///< all that the caller may see; the method leaves the rest out
};

/// What a method needs: one of these permissions; what a request asks for may need more.
struct Rule {
  std::string_view method;  ///< "um.admin.v1.Messages.GetStatus"
  Permissions any;
  Scope scope;
  const char* to = "";  ///< what it does, for who may not; "": as the permission's own words say
};
/// nullptr: there is none, and nobody may call it.
const Rule* RuleFor(std::string_view method);

/// Whether such a caller may use the method at all: asked before a request is read.
absl::Status MayCall(const std::string& caller, const Rights& rights, const Rule& rule);

/// Whether such a caller may make this request. Names the organisation in it where the caller left
/// that out and may see one only. kNotFound for the organisations of others, whether they exist or
/// not; kPermissionDenied says what is missing.
absl::Status MayRequest(const std::string& caller, const Rights& rights, const Rule& rule,
                        google::protobuf::Message& request);

/// Whether such a caller holds one of these permissions in an organisation, to do something: for
/// what a request turns out to be about. kPermissionDenied.
absl::Status MayDo(const std::string& caller, const Rights& rights, Permissions any,
                   const std::string& to, const std::string& organisation);

}  // namespace um::admin
