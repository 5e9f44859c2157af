// What a directory's people are to an organisation: mailboxes are made for them, and follow them.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "mailbox/domain/people.h"
#include "mailbox/organisation/change.h"

namespace um::organisation {

struct EnableOptions {
  std::string policy;
  // For one person; "": derived.
  std::string extension;
  std::string sip_resource_identifier;
  std::string id;
  /// Whoever cannot have a mailbox is passed over, with a warning.
  bool pass_over = false;
};

/// Mailboxes for people who have none. Extensions are the last digits of their telephone numbers if
/// none is given; in an e164 plan the number itself is the address. Paths are
/// "people[Ann Archer].extension".
Outcome EnablePeople(const Model& model, const std::vector<domain::PersonPtr>& people,
                     const EnableOptions& options, const Context& context);

/// A mailbox that an administrator should look at.
struct Concern {
  std::string mailbox;  ///< its id
  std::string text;     ///< "its person is gone from the directory"
};

/// What it takes for mailboxes to have the names and mail addresses of the people they follow. Who
/// is gone or disabled keeps the mailbox: people vanish from directories by mistake too.
struct Following {
  Operations operations;
  std::vector<Concern> concerns;
  size_t followers = 0;
};
Following FollowPeople(const Model& model, const domain::People& people);

}  // namespace um::organisation
