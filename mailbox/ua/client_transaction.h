// Client transactions (RFC 3261 section 17.1, RFC 6026): one request of ours, and its responses.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/async/loop.h"
#include "common/net/transport.h"
#include "common/sip/message.h"
#include "mailbox/ua/outgoing_request.h"
#include "mailbox/ua/server_transaction.h"

namespace um::ua {

/// What its user hears of a client transaction. Never called from inside the function that started
/// it.
struct ClientCallbacks {
  /// Every provisional response; the final one; for INVITE every 2xx, repeated ones too (each wants
  /// its ACK).
  std::function<void(const sip::Message& response)> on_response;
  /// There will be no final response.
  std::function<void(TransactionFailure)> on_failure;
};

/// Thread: loop. Owned by the table of transactions; lives until it terminates.
class ClientTransaction : public std::enable_shared_from_this<ClientTransaction> {
 public:
  enum class State { kCalling, kTrying, kProceeding, kCompleted, kAccepted, kTerminated };

  /// The machine for `request`'s method (not ACK); Start() sends it. `via` holds a branch of its
  /// own.
  static std::shared_ptr<ClientTransaction> Create(MachineContext context, const net::Flow& flow,
                                                   OutgoingRequest request, std::string via,
                                                   ClientCallbacks callbacks);
  virtual ~ClientTransaction() = default;

  const net::Flow& flow() const { return flow_; }
  const std::string& method() const { return request_.method; }
  State state() const { return state_; }
  /// Sends the request. False: the transport did not take it; the machine has terminated without a
  /// callback.
  bool Start();
  virtual void OnResponse(const sip::Message& response) = 0;
  /// The stream is gone.
  void OnClosed();

 protected:
  ClientTransaction(State first, MachineContext context, const net::Flow& flow,
                    OutgoingRequest request, std::string via, ClientCallbacks callbacks);
  virtual void StartTimers() = 0;
  bool Send(std::string bytes);
  void Resend();
  void Tell(const sip::Message& response);
  /// Tells the user and terminates (figures 5 and 6: "inform TU").
  void Fail(TransactionFailure failure);
  void Terminate();
  bool reliable() const { return net::IsReliable(flow_.protocol); }

  MachineContext context_;
  State state_;
  const net::Flow flow_;
  const OutgoingRequest request_;
  const std::string via_;

 private:
  const ClientCallbacks callbacks_;
};

}  // namespace um::ua
