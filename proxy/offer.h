// The offer that an INVITE becomes, and the hash that names its transaction in the whole pool.
// Pure.
#pragma once

#include <string>

#include "common/net/endpoint.h"
#include "common/net/transport.h"
#include "common/sip/message.h"
#include "um/handover/v1/handover.pb.h"

namespace um::proxy {

/// 16 bytes, keyed: peer, Call-ID, From tag, CSeq number and top Via. A retransmission and a CANCEL
/// have their INVITE's (RFC 3261 sections 9.1 and 17.2.3), whichever proxy gets them.
std::string CallHash(const std::string& key, const sip::Message& request,
                     const net::IpAddress& peer);

/// The To tag of every answer to it (RFC 3261 section 8.2.7: made without state).
std::string ToTag(const std::string& key, const std::string& call_hash);

/// All of an offer but its id and deadline.
handover::v1::Offer OfferOf(const sip::Message& invite, const net::Flow& flow,
                            const std::string& call_hash, const std::string& trace_id);

/// The number the call was diverted from, for the pool's affinity: the newest diversion's user; ""
/// without one.
std::string DivertedNumber(const sip::Message& invite);

/// A contact that a node sent, checked: a URI with host, port and transport that cannot end the
/// header. "" if it is not.
std::string ContactHeader(const std::string& uri);

}  // namespace um::proxy
