// The non-INVITE client transaction (RFC 3261 figure 6).
#pragma once

#include "mailbox/ua/client_transaction.h"

namespace um::ua {

//              | request sent
//              V
//           Trying ---- timer E: request again, T1 doubling to T2; timer F: Terminated (TU told)
//       1xx |    |  200-699 to TU
//           V    +------------------------> Completed -- timer K --> Terminated
//       Proceeding -- 200-699 to TU ----------^   responses: absorbed
//           timer E: request again, every T2; timer F: Terminated (TU told)
class NonInviteClient final : public ClientTransaction {
 public:
  NonInviteClient(MachineContext context, const net::Flow& flow, OutgoingRequest request,
                  std::string via, ClientCallbacks callbacks);
  void OnResponse(const sip::Message& response) override;

 private:
  void StartTimers() override;
  void OnTimerE();

  async::Duration interval_{};
  async::Timer retransmit_;  // E
  async::Timer end_;         // F or K, by state
};

}  // namespace um::ua
