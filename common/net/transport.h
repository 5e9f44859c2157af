// SIP messages in and out, whatever carries them. Framing and every limit on hostile input are
// below this interface.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/net/endpoint.h"

namespace um::sip {
class Message;
}

namespace um::net {

enum class Protocol { kUdp, kTcp, kTls };
/// "udp", "tcp", "tls": the `transport` URI parameter.
std::string_view ToString(Protocol protocol);
/// "UDP", "TCP", "TLS": the Via header's transport.
std::string_view ViaName(Protocol protocol);
/// True where the transport itself delivers (RFC 3261 section 17: no retransmission by the
/// transaction).
inline bool IsReliable(Protocol protocol) { return protocol != Protocol::kUdp; }

/// Where a message came from, and so where its answers go (RFC 3261 section 18.2.2, RFC 3581).
struct Flow {
  Protocol protocol = Protocol::kTcp;
  uint64_t connection = 0;  ///< a stream's id, never used twice; 0 for UDP
  Endpoint local;           ///< our socket's address
  Endpoint peer;
  bool operator==(const Flow&) const = default;
};

/// Where the answers to `request`, which came by `flow`, go: over a stream back by it; over UDP to
/// its source address and, if the Via has no `rport`, to the port that the Via names, for peers
/// that send from another port than they listen on (RFC 3261 section 18.2.2, RFC 3581 section 4).
Flow ReplyFlow(const sip::Message& request, const Flow& flow);

/// One program's SIP sockets.   Thread: loop.
class Transport {
 public:
  /// What arrives. Both functions may call any member of the transport.
  class Handler {
   public:
    virtual ~Handler() = default;
    /// One whole message: headers end in CRLFCRLF and the body has the length the headers say.
    /// `bytes` is valid during the call. Nothing else about it has been checked.
    virtual void OnMessage(const Flow& flow, std::string_view bytes) = 0;
    /// The stream is gone, whoever closed it. Not called for a flow that Close() closed.
    virtual void OnClosed(const Flow& flow) = 0;
  };

  virtual ~Transport() = default;
  /// Queues `bytes` for sending. False if the stream is gone or its send queue is over its limit
  /// (then it is closed).
  virtual bool Send(const Flow& flow, std::string bytes) = 0;
  /// A flow to `peer`: for UDP at once; for a stream an open connection to it, or a new one that
  /// connects in the background (what is sent meanwhile waits; failure is reported by OnClosed()).
  virtual absl::StatusOr<Flow> Connect(Protocol protocol, const Endpoint& peer) = 0;
  /// Closes a stream once what was queued is sent. No effect on UDP.
  virtual void Close(const Flow& flow) = 0;
  /// The host and port that peers should use for us on this flow (Via sent-by, Contact).
  virtual Endpoint Advertised(const Flow& flow) const = 0;
};

}  // namespace um::net
