// What real devices send, through um-proxy's sockets, the hand-over, and a node's own look at the
// call that follows the redirect.
#include "tests/support/gateway_traces.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "common/log/log.h"
#include "common/sip/message.h"
#include "mailbox/handover/ticket.h"
#include "proxy/app.h"
#include "tests/integration/handover/bench.h"

namespace um::tests {
namespace {

/// A gateway's UDP socket.
class Gateway {
 public:
  Gateway(const std::string& own, const net::Endpoint& proxy)
      : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_storage address{};
    socklen_t length = net::Endpoint::Parse(own + ":0")->ToSockaddr(address);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    length = proxy.ToSockaddr(address);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), length) == 0);
  }
  ~Gateway() { close(fd_); }
  sip::Message Answer(async::EpollLoop& loop, const std::string& request) {
    REQUIRE(send(fd_, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
    std::string heard;
    REQUIRE(TurnUntil(loop, [&] {
      char buffer[8192];
      const ssize_t n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0) heard.assign(buffer, static_cast<size_t>(n));
      return n > 0;
    }));
    auto answer = sip::Message::Parse(heard);
    REQUIRE(answer.ok());
    return *std::move(answer);
  }

 private:
  int fd_;
};

/// The INVITE from a port of ours: the answer comes to it only by rport (RFC 3581 section 4), else
/// to the device's own (RFC 3261 section 18.2.2).
std::string FromAnyPort(std::string invite) {
  const size_t via = invite.find("\r\nVia: ") + 2;
  const size_t end = invite.find("\r\n", via);
  if (invite.substr(via, end - via).find(";rport") == std::string::npos) {
    invite.insert(end, ";rport");
  }
  return invite;
}

std::atomic<int> connected_nodes = 0;  // NOLINT: the log's sink has no other way to tell

/// The INVITE as a gateway sends it on to the contact of a redirect, saying that it was diverted
/// from the pilot too.
std::string Redirected(const std::string& invite, const std::string& contact,
                       const std::string& pilot) {
  std::string again = "INVITE " + contact + invite.substr(invite.find(" SIP/2.0"));
  const size_t body = again.rfind("\r\n\r\n");
  return again.insert(body + 2,
                      "Diversion: <sip:" + pilot + "@192.0.2.1>;reason=unconditional\r\n");
}

}  // namespace

TEST_CASE("um-proxy and um-mailbox agree on every device's call") {
  connected_nodes = 0;
  log::SetSink([](std::string_view line) {
    if (line.find("node.connected") != std::string_view::npos) ++connected_nodes;
  });
  async::EpollLoop loop;
  PoolNode node(loop, "a", TraceOrganisation());
  proxy::Config config;
  config.name = "proxy-1";
  config.nodes = {node.address};
  config.listeners = {
      {.protocol = net::Protocol::kUdp, .address = *net::Endpoint::Parse("127.0.0.1:0")}};
  auto started = proxy::App::Start(loop, config);
  REQUIRE(started.ok());
  const std::unique_ptr<proxy::App> app = *std::move(started);
  REQUIRE(TurnUntil(loop, [] { return connected_nodes == 1; }));

  const handover::TicketKeys keys{{{1, std::string(32, 'k')}}};
  for (const GatewayTrace& trace : GatewayTraces()) {
    CAPTURE(trace.name);
    const std::string address = TraceGateways().at(trace.Expected("gateway"));
    Gateway gateway(address, app->endpoints().at(0));
    const sip::Message answer = gateway.Answer(loop, FromAnyPort(trace.invite));
    if (trace.head.contains("refused")) {
      CHECK(answer.status() == 404);
      CHECK(answer.Header("ms-diagnostics").starts_with(trace.Expected("refused") + ";"));
      continue;
    }
    REQUIRE(answer.status() == 302);
    const auto contact = sip::NameAddr::Parse(answer.Header("Contact"));
    REQUIRE(contact);
    const handover::TicketClaim claim{"example", trace.Expected("gateway"),
                                      trace.Expected("mailbox"), ""};
    CHECK(handover::Check(keys, contact->uri.Parameter("um-ticket").value_or(""), claim,
                          loop.WallNow()) == handover::TicketCheck::kGood);

    const auto invite =
        sip::Message::Parse(Redirected(trace.invite, contact->uri.ToString(), contact->uri.user));
    REQUIRE(invite.ok());
    const auto facts = sip::FactsOf(*invite);
    REQUIRE(facts.ok());
    const auto outcome = node.node.routing().Route(*net::IpAddress::Parse(address), *facts);
    REQUIRE(std::holds_alternative<domain::CallRoute>(outcome));
    const auto& route = std::get<domain::CallRoute>(outcome);
    CHECK(route.mailbox.id == trace.Expected("mailbox"));
    CHECK(route.caller.number == trace.Expected("caller-number"));
    CHECK(facts->ticket == contact->uri.Parameter("um-ticket"));
  }
  log::SetSink(nullptr);
}

}  // namespace um::tests
