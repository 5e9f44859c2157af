// The non-INVITE server transaction (RFC 3261 figure 8).
#pragma once

#include <string>

#include "mailbox/ua/server_transaction.h"

namespace um::ua {

//     | request
//     V
//   Trying ---------- 200-699 from TU ---------+
//     | 1xx from TU        (request: absorbed) |
//     V                                        V
//   Proceeding ------ 200-699 from TU ---> Completed -- timer J --> Terminated
//       request: last 1xx again              request: response again
class NonInviteServer final : public ServerTransaction {
 public:
  NonInviteServer(MachineContext context, const net::Flow& flow,
                  std::shared_ptr<const sip::Message> request, std::string to_tag);
  bool Respond(int status, std::string bytes) override;

 private:
  void Retransmit() override;
  void StopTimers() override { timer_j_.Stop(); }

  std::string last_;
  async::Timer timer_j_;
};

}  // namespace um::ua
