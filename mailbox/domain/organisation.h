// The organisation as calls see it: gateways, hunt groups, dial plans, mailboxes.   Pure values.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/shared_map.h"
#include "common/net/endpoint.h"
#include "mailbox/domain/keeping.h"
#include "mailbox/domain/number_mask.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// How far the hand-over ticket is insisted on (B2BUAs lose URI parameters and change Call-IDs).
enum class TicketRule { kPreferred, kRequired };
/// Whose RTP a call takes: only the address the SDP names, or that of the first valid packet.
enum class RtpSourceRule { kLearn, kStrict };
/// Whose a call is that was diverted more than once. kNewestMailbox passes over those who have no
/// mailbox.
enum class DivertedParty { kNewestMailbox, kNewest, kOldest };
/// How a dial plan's gateways write its users.
enum class UriType { kTelephoneExtension, kE164, kSipName };

/// What our own requests to a gateway go by.
enum class SipTransport { kTcp, kUdp };

/// A PBX, gateway or SBC that may send us calls, known by its address.
struct IpGateway {
  std::string name;
  std::vector<net::Network> addresses;
  bool enabled = true;
  TicketRule ticket = TicketRule::kPreferred;
  RtpSourceRule rtp_source = RtpSourceRule::kLearn;
  /// What this gateway should use for us in SIP contacts and SDP instead of the listener's address
  /// (NAT, SBC).
  std::optional<net::IpAddress> advertised_address;
  DivertedParty diverted_party = DivertedParty::kNewestMailbox;
  /// Where our own requests go, and by what; nullopt: no address is known.
  std::optional<net::Endpoint> contact;
  SipTransport transport = SipTransport::kTcp;
  bool lamp_allowed = true;  ///< it may be told of waiting messages
  /// How long a call that names neither caller nor called waits to hear of them; 0: it does not.
  Milliseconds parties_wait{0};
};

/// A pilot number of a gateway, and the dial plan its calls belong to. An empty pilot takes every
/// call of the gateway.
struct HuntGroup {
  std::string name;
  std::string gateway;
  std::string pilot;
  std::string dial_plan;
};

struct DialPlan {
  std::string name;
  int extension_digits = 4;
  UriType uri_type = UriType::kTelephoneExtension;
  /// Numbers besides the hunt groups' that its calls come in on.
  std::vector<std::string> pilots;
  /// What full numbers of its extensions look like.
  std::vector<NumberMask> number_formats;
  std::string country_code, international_prefix, national_prefix;
  /// Dial plans in which callers are looked for as if they were this one.
  std::vector<std::string> equivalent_plans;
  /// Callers are looked for among the directory's telephone numbers too.
  bool search_directory = true;
  std::string language = "en-US";
  Milliseconds max_recording = 20min;
  Milliseconds max_call = 30min;
  Milliseconds recording_idle_timeout = 5s;
  /// Wrong or missing answers to one menu after which it is given up.
  int input_failures = 3;
  /// Speech that makes a recording a message; less makes it a missed call.
  Milliseconds min_speech = 1s;
  std::string operator_number;  ///< where 0 leads if the mailbox says nothing; "": nowhere
};

/// What recordings are mailed as. kOpus is a file of Ogg.
enum class AudioFormat { kMp3, kGsm, kG711, kOpus };

/// Which of the messages that callers leave are private.
enum class Privacy { kNone, kMarked, kAll };

struct Mailbox {
  std::string id;  ///< stable; names it in the store
  std::string dial_plan;
  std::string extension;
  std::string name;   ///< "Ann Archer"
  std::string email;  ///< where its messages go
  /// Further addresses that lead here: extensions, SIP addresses, E.164 numbers.
  struct Address {
    std::string dial_plan;
    std::string value;
  };
  std::vector<Address> addresses;
  /// The SIP address or E.164 number, where the dial plan has such; "": it has none.
  std::string sip_resource;
  std::vector<std::string> calling_line_ids;  ///< numbers the user calls from besides those
  Quota quota;
  std::string operator_number;  ///< where 0 leads during the greeting; "": the dial plan's
  bool takes_anonymous = true;  ///< callers without number may leave messages
  Privacy privacy = Privacy::kNone;
  AudioFormat audio_format = AudioFormat::kMp3;  ///< its own, else the dial plan's
  std::string language;                          ///< of its mails; "": the dial plan's
  std::string time_zone;                         ///< IANA; "": the node's
  bool lamp_allowed = true;        ///< its policy: the user's telephone may be told of messages
  bool missed_call_notice = true;  ///< its own and its policy's
  std::shared_ptr<const std::string> mail_text;  ///< its policy's, of voice messages; null: none
};

/// The mailboxes of an organisation, by id and by address. Copies share what they have in common.
/// Thread: immutable, any.
class Mailboxes {
 public:
  Mailboxes() = default;
  Mailboxes(std::initializer_list<Mailbox> mailboxes)
      : Mailboxes(std::vector<Mailbox>(mailboxes)) {}
  explicit Mailboxes(std::vector<Mailbox> mailboxes) : Mailboxes(Mailboxes().With({}, mailboxes)) {}

  size_t size() const { return by_id_.size(); }
  /// nullptr: there is none.
  const Mailbox* Find(std::string_view id) const;
  /// By extension, SIP address (user@host) or E.164 number. nullptr: nobody's.
  const Mailbox* At(std::string_view dial_plan, std::string_view address) const;
  /// Those with a calling line id that is the same number, each once.
  std::vector<const Mailbox*> CallingFrom(std::string_view number) const;
  /// The first one in no order for which `f` holds; it looks at all. nullptr: none.
  const Mailbox* FindIf(const std::function<bool(const Mailbox&)>& f) const;

  /// Without those of these ids, and with the others.
  Mailboxes With(const std::vector<std::string>& gone, std::vector<Mailbox> come) const;

 private:
  using MailboxPtr = std::shared_ptr<const Mailbox>;
  SharedMap<MailboxPtr> by_id_;
  SharedMap<MailboxPtr> by_address_;            // "plan\naddress"
  SharedMap<std::vector<MailboxPtr>> by_line_;  // LineKey()
};

struct Organisation {
  std::string id;
  std::vector<IpGateway> gateways;
  std::vector<HuntGroup> hunt_groups;
  std::vector<DialPlan> dial_plans;
  Mailboxes mailboxes;
};

}  // namespace um::domain
