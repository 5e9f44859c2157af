// The INVITE client transaction (RFC 3261 figure 5, RFC 6026 figure 4).
#pragma once

#include <string>

#include "mailbox/ua/client_transaction.h"

namespace um::ua {

//               | INVITE sent
//               V
//            Calling -- timer A: INVITE again; timer B: Terminated (TU told)
//       1xx |    |  2xx to TU
//           V    +-----------------------> Accepted -- timer M --> Terminated
//       Proceeding -- 2xx to TU ------------^   2xx: to TU again
//           |
//           | 300-699 to TU, ACK sent (from Calling too)
//           V
//       Completed -- 300-699: ACK again; timer D --> Terminated
class InviteClient final : public ClientTransaction {
 public:
  InviteClient(MachineContext context, const net::Flow& flow, OutgoingRequest request,
               std::string via, ClientCallbacks callbacks);
  void OnResponse(const sip::Message& response) override;

 private:
  void StartTimers() override;
  void OnFailureResponse(const sip::Message& response);

  std::string ack_;
  async::Duration interval_{};
  async::Timer retransmit_;  // A
  async::Timer end_;         // B, D or M, by state
};

}  // namespace um::ua
