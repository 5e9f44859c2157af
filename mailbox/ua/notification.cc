#include "mailbox/ua/notification.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/sip/address.h"

namespace um::ua {
namespace {

OutgoingRequest RequestFor(const NotificationContext& context, const Notification& notification,
                           const net::Flow& flow) {
  const net::Endpoint here = context.transport.Advertised(flow);
  sip::Uri contact;
  contact.scheme = "sip";
  if (const auto user = sip::Uri::Parse(notification.uri)) contact.user = user->user;
  contact.host = here.ip.ToUriHost();
  contact.port = here.port;
  contact.parameters = {{"transport", std::string(net::ToString(flow.protocol))}};
  OutgoingRequest request;
  request.method = "NOTIFY";
  request.uri = notification.uri;
  request.from = fmt::format("<{}>;tag={}", notification.uri, Hex(RandomBytes(8)));
  request.to = fmt::format("<{}>", notification.uri);
  request.call_id = Hex(RandomBytes(16)) + "@" + here.ip.ToUriHost();
  request.cseq = 1;
  request.headers = fmt::format(
      "Contact: <{}>\r\nEvent: {}\r\nSubscription-State: terminated\r\nUser-Agent: {}\r\n",
      contact.ToString(), notification.event, context.responder.product());
  request.content_type = notification.content_type;
  request.body = notification.body;
  return request;
}

}  // namespace

void SendNotification(const NotificationContext& context, const Notification& notification,
                      std::function<void(const NotifyAnswer&)> done) {
  const auto fail = [&](std::string why) {
    context.loop.Post([done, answer = NotifyAnswer{0, std::move(why)}] { done(answer); });
  };
  const absl::StatusOr<net::Flow> flow =
      context.transport.Connect(notification.protocol, notification.peer);
  if (!flow.ok()) return fail(Message(flow.status()));
  ClientCallbacks callbacks;
  callbacks.on_response = [done](const sip::Message& response) {
    if (response.status() >= 200) done({response.status(), response.phrase()});
  };
  callbacks.on_failure = [done](TransactionFailure failure) {
    done({0, failure == TransactionFailure::kTimeout ? "no answer" : "no connection"});
  };
  if (!context.transactions.SendRequest(*flow, RequestFor(context, notification, *flow),
                                        std::move(callbacks))) {
    fail("the request could not be sent");
  }
}

}  // namespace um::ua
