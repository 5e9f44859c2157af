// The names of other objects inside an object: wherever a field's rules say refers_to.   Pure.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>

#include "mailbox/organisation/model.h"

namespace um::organisation {

/// Calls `f` for every name that is set: {"key_mapping[2].leave_message_for", kMailbox, "ann"}.
void ForEachReference(
    const google::protobuf::Message& message,
    const std::function<void(const std::string& path, Kind kind, const std::string& name)>& f);

/// Gives every name of the object (its folded name) another one.
void RenameReferences(google::protobuf::Message& message, const Reference& from,
                      const std::string& to);

/// Takes every name of the object out: of lists, and of fields that can do without. A list's part
/// that consists of little else (an address of a dial plan) goes as a whole. False, and nothing is
/// changed: a field that is required names it.
bool DropReferences(google::protobuf::Message& message, const Reference& gone);

}  // namespace um::organisation
