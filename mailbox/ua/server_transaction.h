// Server transactions (RFC 3261 section 17.2, RFC 6026): one received request, its responses, and
// their retransmission.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/async/loop.h"
#include "common/net/transport.h"
#include "common/sip/message.h"

namespace um::ua {

/// What a machine lives on.
struct MachineContext {
  async::Loop& loop;
  net::Transport& transport;
  std::function<void()> terminated;  ///< called once, last; may drop the machine
};

/// What a machine tells its user, the transaction user (TU), when it cannot go on.
enum class TransactionFailure {
  kTransport,  ///< the stream is gone, or would take no more
  kTimeout,    ///< timer B, F or H
};

/// One server transaction.   Thread: loop. Held by the table of transactions until it terminates,
/// and by its user as long as that likes: once terminated it does nothing any more.
class ServerTransaction : public std::enable_shared_from_this<ServerTransaction> {
 public:
  enum class State { kTrying, kProceeding, kCompleted, kConfirmed, kAccepted, kTerminated };
  using OnFailure = std::function<void(TransactionFailure)>;

  /// The machine for `request`'s method (not ACK). `to_tag` is the tag of all its responses but
  /// 100.
  static std::shared_ptr<ServerTransaction> Create(MachineContext context, const net::Flow& flow,
                                                   std::shared_ptr<const sip::Message> request,
                                                   std::string to_tag);
  virtual ~ServerTransaction() = default;

  const sip::Message& request() const { return *request_; }
  const std::shared_ptr<const sip::Message>& shared_request() const { return request_; }
  const net::Flow& flow() const { return flow_; }
  const std::string& to_tag() const { return to_tag_; }
  State state() const { return state_; }
  /// No final response has been given.
  bool pending() const { return state_ == State::kTrying || state_ == State::kProceeding; }

  /// Sends `bytes`, a whole response of this status, and keeps it for retransmission. In Accepted a
  /// 2xx is sent again (RFC 3261 section 13.3.1.4); what does not fit the state is dropped. False:
  /// the transport did not take it. Never calls back.
  virtual bool Respond(int status, std::string bytes) = 0;
  /// Called for failures that no Respond() shows: closed streams, timer H, failed retransmissions.
  /// At most once for each kind. Section 17.2.4 as changed by RFC 6026: the machine stays where it
  /// is and ends by its timers.
  void SetOnFailure(OnFailure on_failure) { on_failure_ = std::move(on_failure); }

  /// The request has come again (section 17.2.3 matched it).
  void OnRetransmission(const net::Flow& flow);
  /// An ACK matched. True: consumed; false: it acknowledges a 2xx and is the user's (RFC 6026
  /// section 7.1).
  virtual bool OnAck() { return true; }
  /// The stream it came by is gone.
  void OnClosed();
  /// To the end at once, without a call to anybody but the table.
  void Terminate();

 protected:
  ServerTransaction(MachineContext context, const net::Flow& flow,
                    std::shared_ptr<const sip::Message> request, std::string to_tag);
  virtual void Retransmit() = 0;
  virtual void StopTimers() = 0;  // its user may hold it on
  bool Send(const std::string& bytes);
  void Fail(TransactionFailure failure);
  bool reliable() const { return net::IsReliable(flow_.protocol); }

  MachineContext context_;
  State state_ = State::kTrying;

 private:
  const std::shared_ptr<const sip::Message> request_;
  const std::string to_tag_;
  net::Flow flow_;
  bool closed_ = false;
  bool told_[2] = {};
  OnFailure on_failure_;
};

}  // namespace um::ua
