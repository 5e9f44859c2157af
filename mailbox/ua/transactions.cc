#include "mailbox/ua/transactions.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/bytes.h"

namespace um::ua {
namespace {

constexpr std::string_view kMagicCookie = "z9hG4bK";  // RFC 3261 section 8.1.1.7
constexpr std::string_view kOldRules = "RFC 2543\n";
constexpr size_t kTagBytes = 12;  // section 19.3 asks for 4 at least

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string SentBy(const sip::Via& via) { return fmt::format("{}:{}", Lower(via.host), via.port); }

// Section 17.2.3. Two requests belong together when their keys are equal. `method` stands in for
// the request's own: an ACK belongs to its INVITE, a CANCEL is looked up as what it cancels. '\n'
// cannot occur in a parsed field.
std::string ServerKey(const sip::Message& request, std::string_view method) {
  const sip::Via& via = request.top_via();
  if (Lower(via.branch).starts_with(Lower(std::string(kMagicCookie))) &&
      via.branch.size() > kMagicCookie.size()) {
    return fmt::format("{}\n{}\n{}", via.branch, SentBy(via), method);
  }
  // RFC 2543: the whole identity. The To tag is left out for INVITE, where the ACK has the one that
  // we gave.
  return fmt::format("{}{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", kOldRules, request.request_uri(),
                     request.from_tag(), request.call_id(), request.cseq().number, via.protocol,
                     SentBy(via), via.branch, method == "INVITE" ? std::string() : request.to_tag(),
                     method);
}

std::string ClientKey(const std::string& branch, std::string_view method) {
  return fmt::format("{}\n{}", branch, method);
}

// Section 8.2.2.2, for INVITE, where answering twice would do harm. Health checks are often all
// alike.
std::string MergeKey(const sip::Message& request) {
  if (request.method() != "INVITE" || !request.to_tag().empty()) return "";
  return fmt::format("{}\n{}\n{}", request.from_tag(), request.call_id(), request.cseq().number);
}

}  // namespace

Transactions::Transactions(async::Loop& loop, net::Transport& transport, TransactionLimits limits)
    : loop_(loop), transport_(transport), limits_(limits) {}

Transactions::~Transactions() {
  while (!servers_.empty()) {
    const auto transaction = servers_.begin()->second.transaction;
    transaction->Terminate();
  }
}

bool Transactions::MayAdd(const net::Flow& flow, bool of_call) const {
  const size_t more = of_call ? limits_.for_calls : 0;
  if (size() >= limits_.total + more) return false;
  const auto it = per_peer_.find(flow.peer.ip);
  return it == per_peer_.end() || it->second < limits_.per_peer + more;
}

void Transactions::Count(const net::Flow& flow) { ++per_peer_[flow.peer.ip]; }

void Transactions::Uncount(const net::Flow& flow) {
  const auto it = per_peer_.find(flow.peer.ip);
  if (it != per_peer_.end() && --it->second == 0) per_peer_.erase(it);
}

Transactions::Received Transactions::OnRequest(const net::Flow& flow,
                                               const std::shared_ptr<const sip::Message>& request,
                                               bool of_call) {
  const bool ack = request->method() == "ACK";
  const std::string key = ServerKey(*request, ack ? "INVITE" : std::string_view(request->method()));
  if (const auto it = servers_.find(key); it != servers_.end()) {
    const auto transaction = it->second.transaction;
    if (!ack) {
      transaction->OnRetransmission(flow);
      return {};
    }
    // By the rules of RFC 2543 an ACK is told by the tag that we gave.
    const bool ours = !key.starts_with(kOldRules) || request->to_tag() == transaction->to_tag();
    return {ours && transaction->OnAck() ? Kind::kConsumed : Kind::kAck, nullptr};
  }
  if (ack) return {Kind::kAck, nullptr};
  if (!MayAdd(flow, of_call)) return {Kind::kOverLimit, nullptr};

  const std::string tag =
      request->to_tag().empty() ? Base64Url(RandomBytes(kTagBytes)) : request->to_tag();
  MachineContext context{loop_, transport_, [this, key] { RemoveServer(key); }};
  auto transaction = ServerTransaction::Create(std::move(context), flow, request, tag);
  const std::string merge_key = MergeKey(*request);
  const bool merged = !merge_key.empty() && merge_keys_[merge_key]++ > 0;
  servers_[key] = {transaction, flow, merge_key};
  Count(flow);
  if (flow.connection != 0) streams_[flow.connection].servers.insert(key);
  return {merged ? Kind::kMerged : Kind::kNew, std::move(transaction)};
}

void Transactions::RemoveServer(const std::string& key) {
  const auto it = servers_.find(key);
  if (it == servers_.end()) return;
  const ServerEntry entry = std::move(it->second);
  const std::string own_key = it->first;
  servers_.erase(it);
  if (const auto merge = merge_keys_.find(entry.merge_key); merge != merge_keys_.end()) {
    if (--merge->second == 0) merge_keys_.erase(merge);
  }
  Uncount(entry.first_flow);
  if (const auto stream = streams_.find(entry.first_flow.connection); stream != streams_.end()) {
    stream->second.servers.erase(own_key);
    if (stream->second.servers.empty() && stream->second.clients.empty()) streams_.erase(stream);
  }
}

void Transactions::RemoveClient(const std::string& key) {
  const auto it = clients_.find(key);
  if (it == clients_.end()) return;
  const auto transaction = it->second;
  const std::string own_key = it->first;
  clients_.erase(it);
  Uncount(transaction->flow());
  if (const auto stream = streams_.find(transaction->flow().connection); stream != streams_.end()) {
    stream->second.clients.erase(own_key);
    if (stream->second.servers.empty() && stream->second.clients.empty()) streams_.erase(stream);
  }
}

void Transactions::OnResponse(const sip::Message& response) {
  // Section 8.1.3.3: a response with more than our Via has gone astray.
  if (response.via_count() != 1) return;
  const auto it = clients_.find(ClientKey(response.top_via().branch, response.cseq().method));
  if (it == clients_.end()) return;
  const auto transaction = it->second;
  transaction->OnResponse(response);
}

void Transactions::OnClosed(const net::Flow& flow) {
  const auto it = streams_.find(flow.connection);
  if (flow.connection == 0 || it == streams_.end()) return;
  const OfStream keys = it->second;  // machines remove themselves while they are told
  for (const std::string& key : keys.servers) {
    if (const auto server = servers_.find(key); server != servers_.end()) {
      const auto transaction = server->second.transaction;
      transaction->OnClosed();
    }
  }
  for (const std::string& key : keys.clients) {
    if (const auto client = clients_.find(key); client != clients_.end()) {
      const auto transaction = client->second;
      transaction->OnClosed();
    }
  }
}

std::shared_ptr<ServerTransaction> Transactions::FindCancelled(const sip::Message& cancel) const {
  // Only INVITE can be cancelled to any effect (section 9.1).
  const auto it = servers_.find(ServerKey(cancel, "INVITE"));
  return it == servers_.end() ? nullptr : it->second.transaction;
}

std::string Transactions::NewVia(const net::Flow& flow) {
  const net::Endpoint here = transport_.Advertised(flow);
  return fmt::format("SIP/2.0/{} {};branch={}{};rport", net::ViaName(flow.protocol),
                     here.ToString(), kMagicCookie, Base64Url(RandomBytes(kTagBytes)));
}

bool Transactions::SendRequest(const net::Flow& flow, OutgoingRequest request,
                               ClientCallbacks callbacks) {
  if (!MayAdd(flow, true)) return false;  // we ask nothing outside calls
  std::string via = NewVia(flow);
  const size_t branch = via.find(kMagicCookie);
  const std::string key =
      ClientKey(via.substr(branch, via.find(';', branch) - branch), request.method);
  MachineContext context{loop_, transport_, [this, key] { RemoveClient(key); }};
  auto transaction = ClientTransaction::Create(std::move(context), flow, std::move(request),
                                               std::move(via), std::move(callbacks));
  clients_[key] = transaction;
  Count(flow);
  if (flow.connection != 0) streams_[flow.connection].clients.insert(key);
  return transaction->Start();
}

bool Transactions::SendAck(const net::Flow& flow, const OutgoingRequest& ack) {
  return transport_.Send(flow, ack.ToText(NewVia(flow)));
}

}  // namespace um::ua
