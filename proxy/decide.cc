#include "proxy/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/sip/address.h"
#include "common/sip/text.h"

namespace um::proxy {
namespace {

constexpr std::string_view kAllow = "INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE";
constexpr std::string_view kEvent = "message-summary";  // RFC 3842
constexpr int kRetryAfter = 5;  // [s] long enough to spare us, short enough for a node's restart

// What OPTIONS learns of an extension is what the node behind the redirect makes of it (RFC 4028).
bool NodesUnderstand(std::string_view option_tag) { return option_tag == "timer"; }

bool SaysForbidden(const Surroundings& around, const Rules& rules) {
  return net::IsReliable(around.protocol) ? rules.forbid_unknown_tcp : rules.forbid_unknown_udp;
}

bool IsUnknownPeer(const Surroundings& around) { return around.topology_known && !around.gateway; }

Answer Unavailable(int id, std::string explanation) {
  return {.status = 503,
          .diagnostics_id = id,
          .explanation = std::move(explanation),
          .retry_after_s = kRetryAfter};
}

std::optional<Answer> CheckPool(const Surroundings& around) {
  if (around.draining) return Unavailable(kDraining, "this um-proxy is being stopped");
  if (!around.topology_known) {
    return Unavailable(kNoTopology, "no um-mailbox node has told this um-proxy its gateways yet");
  }
  if (!around.gateway->enabled) {
    return Answer{.status = 480,
                  .diagnostics_id = kGatewayDisabled,
                  .explanation = fmt::format("IP gateway {} is disabled", around.gateway->name)};
  }
  return std::nullopt;
}

// For requests that we answer ourselves. A redirect server passes over extensions that it does not
// know (RFC 3261 section 8.3): a call's are the node's affair.
std::optional<Answer> CheckExtensions(const RequestFacts& request) {
  std::string unsupported;
  for (const std::string& tag : request.require) {
    if (NodesUnderstand(tag)) continue;
    if (!unsupported.empty()) unsupported += ", ";
    unsupported += tag;
  }
  if (unsupported.empty()) return std::nullopt;
  return Answer{.status = 420,  // RFC 3261 section 8.2.2.3
                .diagnostics_id = kUnsupportedExtension,
                .explanation = "the request requires " + unsupported,
                .headers = {{"Unsupported", unsupported}}};
}

std::optional<Answer> CheckLoop(const RequestFacts& request, const Surroundings& around) {
  if (request.has_ticket) {
    return Answer{
        .status = 482,
        .diagnostics_id = kTicketCameBack,
        .explanation = fmt::format(
            "IP gateway {} sent the redirected call back to um-proxy: on the gateway, let a call "
            "follow the host "
            "and port of a 302's Contact instead of an outbound proxy or fixed trunk address",
            around.gateway->name)};
  }
  if (request.max_forwards <= 0) {
    return Answer{.status = 483,
                  .diagnostics_id = kTooManyHops,
                  .explanation = "Max-Forwards has reached 0: the call has gone round in circles"};
  }
  return std::nullopt;
}

Action AnswerOptions(const Surroundings& around) {
  if (!around.node_healthy) return NoNodeLeft("no um-mailbox node is connected and serving");
  return Answer{
      .status = 200,
      .headers = {
          {"Allow", std::string(kAllow)}, {"Accept", "application/sdp"}, {"Supported", "timer"}}};
}

}  // namespace

RequestFacts RequestFactsOf(const sip::Message& request) {
  RequestFacts facts;
  facts.method = request.method();
  facts.defect = request.defect();
  facts.in_dialog = !request.to_tag().empty();
  facts.max_forwards = request.max_forwards();
  facts.require = request.Headers("Require");
  const std::string event = request.Header("Event");
  std::string_view package = event;
  facts.event = sip::Trim(sip::TakeUntil(package, ';'));
  const auto uri = sip::Uri::Parse(request.request_uri());
  facts.has_ticket = uri && uri->Parameter(kTicketParameter).has_value();
  return facts;
}

Action Decide(const RequestFacts& request, const Surroundings& around, const Rules& rules) {
  // RFC 3261 section 8.2.7: a stateless server ignores ACK.
  if (request.method == "ACK") return Drop{};
  if (IsUnknownPeer(around)) {
    if (!SaysForbidden(around, rules)) return Drop{};
    return Answer{.status = 403,
                  .diagnostics_id = kUnknownPeer,
                  .explanation = "this address belongs to no IP gateway",
                  .close = net::IsReliable(around.protocol)};
  }
  if (request.defect)
    return Answer{.status = request.defect->code, .phrase = request.defect->phrase};
  if (request.method == "CANCEL") return Cancel{};
  const bool is_options = request.method == "OPTIONS";
  const bool is_subscribe = request.method == "SUBSCRIBE";
  if (request.method != "INVITE" && !is_options && !is_subscribe) {
    return Answer{.status = 405, .headers = {{"Allow", std::string(kAllow)}}};
  }
  if (auto answer = CheckPool(around)) return *answer;
  if (!is_options && request.in_dialog) {
    return Answer{
        .status = 481,
        .diagnostics_id = kNoSuchCall,
        .explanation = "um-proxy holds no calls: send requests of a call to the node's Contact"};
  }
  if (is_options) {
    const auto unsupported = CheckExtensions(request);
    return unsupported ? Action(*unsupported) : AnswerOptions(around);
  }
  if (is_subscribe && !sip::EqualsIgnoreCase(request.event, kEvent)) {
    return Answer{.status = 489, .headers = {{"Allow-Events", std::string(kEvent)}}};
  }
  if (auto answer = CheckLoop(request, around)) return *answer;
  return LookUp{};
}

bool DropUnparsed(std::string_view bytes, const Surroundings& around, const Rules& rules) {
  if (bytes.starts_with("ACK ")) return true;
  return IsUnknownPeer(around) && !SaysForbidden(around, rules);
}

Answer NoNodeLeft(std::string explanation) { return Unavailable(kNoNode, std::move(explanation)); }

}  // namespace um::proxy
