// What hostile or broken peers can make the SIP sockets spend. Every limit has a default that suits
// a PBX.
#pragma once

#include <cstddef>

#include "common/async/loop.h"
#include "common/sip/framer.h"

namespace um::net {

struct Limits {
  sip::FrameLimits frame;
  /// Streams in all, ours and the peers'. Above, a new one is closed at once.
  int connections = 4096;
  /// Streams per peer address: an SBC uses a few, a farm of phones behind one NAT some hundreds.
  int connections_per_peer = 512;
  /// For a peer's first whole message after connecting, and for the rest of any message begun:
  /// longer is an attack or a port scan.
  async::Duration first_message = std::chrono::seconds(10);
  /// Silence before a stream is closed. PBXs keep connections open, and nothing need pass between
  /// the ACK and the BYE of a call: twice the longest call of a usual dial plan (30 minutes). Dead
  /// peers are noticed by TCP long before.
  async::Duration idle = std::chrono::hours(1);
  /// Bytes waiting to be sent on one stream, or one UDP socket: a peer that does not read.
  size_t send_queue = size_t{1} << 20;
  /// For a connection of ours to come about.
  async::Duration connect = std::chrono::seconds(5);
  /// For the peer to take what was queued before Close(), and to close in turn.
  async::Duration linger = std::chrono::seconds(2);
};

}  // namespace um::net
