// Parties of a call: what SIP's URIs say of numbers and addresses, as dial plans have them.   Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/sip/invite_facts.h"
#include "mailbox/domain/organisation.h"
#include "mailbox/domain/people.h"

namespace um::domain {

struct Caller {
  std::string number;  ///< a telephone number or SIP address; "" if withheld or unknown
  std::string
      name;  ///< as organisation, directory or contacts have it, else as signalled; "": unknown
  std::string email;  ///< of whom the organisation, its directory or the called user knows
};

/// A URI's user without visual separators (RFC 3966 section 5.1.1) and without what follows ';'.
std::string NumberOf(const sip::Uri& uri);

/// True for what telephones dial: digits, * and #, a + in front.
bool IsTelephoneNumber(std::string_view text);

/// The number as + and country code say it; "" if the plan's codes do not tell.
std::string GlobalNumber(const DialPlan& plan, std::string_view number);

/// The ways in which a plan's mailboxes may have what a URI names as an address, likeliest first:
/// the number as it is, the extension it carries (`ext`), the SIP address, the extension that the
/// plan's numbering plan formats make of it, the number with its country code, with and without +.
/// Ten at most.
std::vector<std::string> AddressesOf(const DialPlan& plan, const sip::Uri& uri);

/// What pilots are compared by: digits without separators and +, or a SIP address without port, in
/// lower case.
std::string PilotKey(std::string_view pilot);
/// The keys that a called URI may be known by.
std::vector<std::string> PilotKeysOf(const sip::Uri& uri);

/// Who calls, by what networks may say of it, the most trusted first: P-Asserted-Identity, else
/// Remote-Party-ID, then From (RFC 3325 section 9.1). Empty if the caller withholds it: by From
/// (RFC 3323 section 4.1.1.3), Privacy or Remote-Party-ID. Identities that only stand for an
/// unknown caller are left out.
std::vector<const sip::NameAddr*> IdentitiesOf(const sip::InviteFacts& facts);

/// Of the first kind of header that has one: the telephone number, else the SIP address. The name
/// is the first there is, unless it is a number or stands for no name.
Caller CallerOf(const sip::InviteFacts& facts);

/// Names a caller by the people whose number it is, in every way the number may be written, or
/// whose mail address it is. If these are of more than one name it is nobody's. False: nobody's.
bool NameByDirectory(const People& people, const DialPlan& plan, const sip::InviteFacts& facts,
                     Caller& caller);

}  // namespace um::domain
