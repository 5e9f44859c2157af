// The INVITE server transaction (RFC 3261 figure 7, RFC 6026 figure 5).
#pragma once

#include <string>

#include "mailbox/ua/server_transaction.h"

namespace um::ua {

//                    | INVITE
//                    V
//              Proceeding ---- 2xx from TU ----> Accepted -- timer L --> Terminated
//                    |  INVITE: last 1xx again      INVITE: absorbed, ACK: to the TU
//                    | 300-699 from TU
//                    V
//               Completed ------ timer H --------> Terminated (TU told)
//                    |  INVITE, timer G: response again
//                    | ACK
//                    V
//               Confirmed ------ timer I --------> Terminated
class InviteServer final : public ServerTransaction {
 public:
  InviteServer(MachineContext context, const net::Flow& flow,
               std::shared_ptr<const sip::Message> request, std::string to_tag);
  bool Respond(int status, std::string bytes) override;
  bool OnAck() override;

 private:
  void Retransmit() override;
  void StopTimers() override;
  void OnTimerG();

  std::string last_;
  async::Duration interval_{};
  async::Timer retransmit_;  // G
  async::Timer end_;         // H, I or L, by state
};

}  // namespace um::ua
