// A dialog as its callee keeps it (RFC 3261 section 12).   Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/net/transport.h"
#include "common/sip/message.h"
#include "mailbox/ua/outgoing_request.h"

namespace um::ua {

/// What tells one dialog from another (section 12).
struct DialogId {
  std::string call_id;
  std::string local_tag;
  std::string remote_tag;
  auto operator<=>(const DialogId&) const = default;
  /// The id of the dialog that a received request belongs to; local_tag is empty for one that
  /// begins a dialog.
  static DialogId Of(const sip::Message& request);
};

/// The URI of a Contact as written, without what may not stand in a Request-URI (section 19.1.1);
/// nullopt if the value is "*", no SIP URI, or longer than 1 kB.
std::optional<std::string> ContactUri(const sip::Message& message);

class Dialog {
 public:
  /// The dialog that a 101-299 to `invite` with To tag `local_tag` makes (section 12.1.1).
  /// kInvalidArgument: the INVITE has not exactly one usable Contact.
  static absl::StatusOr<Dialog> FromInvite(const sip::Message& invite, const net::Flow& flow,
                                           const std::string& local_tag);

  const DialogId& id() const { return id_; }
  /// False if `cseq` is lower than one before it; else remembers it (section 12.2.2).
  bool TakeCSeq(uint32_t cseq);
  /// The Contact of a re-INVITE, an UPDATE, or a 2xx to ours is where later requests go
  /// (section 12.2).
  void RefreshTarget(const sip::Message& message);

  /// A request of ours in the dialog, with the next CSeq (section 12.2.1.1).
  OutgoingRequest MakeRequest(const std::string& method);
  /// The ACK for a 2xx to our INVITE numbered `cseq` (section 13.2.2.4).
  OutgoingRequest MakeAck(uint32_t cseq) const;

  /// "sip:USER@HOST": `user` at the peer's PBX, which is the peer by its Contact, or, if proxies
  /// are in the path, the one nearest to the peer: then that is a telephone. "" if it cannot be
  /// read.
  std::string UriOfPeer(const std::string& user) const;
  /// Who we are in this dialog, without parameters.
  std::string LocalUri() const;

  /// Where requests go when the INVITE's stream is gone: the first route or the target. Names are
  /// not resolved: for those, the peer's address and the port its Via names.
  net::Endpoint NextHop() const;
  /// Where a response goes when the INVITE's stream is gone: the peer's address, the port its Via
  /// names (section 18.2.2).
  const net::Endpoint& ViaHop() const { return via_hop_; }

 private:
  Dialog() = default;
  OutgoingRequest Skeleton() const;

  DialogId id_;
  std::string local_;  // our From, their To
  std::string remote_;
  std::string target_;
  std::vector<std::string> routes_;
  uint32_t local_cseq_ = 0;
  uint32_t remote_cseq_ = 0;
  net::Endpoint via_hop_;
  uint16_t default_port_ = 5060;
};

}  // namespace um::ua
