#include "mailbox/handover/ticket.h"

#include <algorithm>
#include <cstdint>

#include "common/base/bytes.h"

namespace um::handover {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kExpiryAt = 3;
constexpr size_t kTraceAt = 7;
constexpr size_t kTraceBytes = 16;
constexpr size_t kMacAt = kTraceAt + kTraceBytes;
constexpr size_t kMacBytes = 16;
constexpr size_t kBytes = kMacAt + kMacBytes;  // 39: base64url without spare bits to tamper with
constexpr size_t kCharacters = kBytes / 3 * 4;
constexpr int64_t kExpiryStep = 8;  // [s]
constexpr size_t kMostUsed = 100'000;

void AppendInteger(std::string& out, uint64_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes) & 255);
}

uint32_t ReadInteger(std::string_view bytes) {
  uint32_t value = 0;
  for (const unsigned char c : bytes) value = value << 8 | c;
  return value;
}

// Each part with its length before it, so that no two lists of parts give the same text.
void AppendPart(std::string& out, std::string_view part) {
  AppendInteger(out, part.size(), 4);
  out += part;
}

std::string Mac(const std::string& key, std::string_view front, const TicketClaim& claim) {
  std::string text = "ticket";
  AppendPart(text, front);
  AppendPart(text, claim.organisation);
  AppendPart(text, claim.gateway);
  AppendPart(text, claim.called);
  return HmacSha256(key, text).substr(0, kMacBytes);
}

domain::WallTime ExpiryOf(std::string_view bytes) {
  return domain::WallTime(
      std::chrono::seconds(ReadInteger(bytes.substr(kExpiryAt, 4)) * kExpiryStep));
}

// The bytes of a well-formed ticket; nullopt for other text.
std::optional<std::string> Decode(std::string_view ticket) {
  if (ticket.size() != kCharacters) return std::nullopt;
  auto bytes = FromBase64Url(ticket);
  if (!bytes || bytes->size() != kBytes || static_cast<uint8_t>((*bytes)[0]) != kVersion) {
    return std::nullopt;
  }
  return bytes;
}

const std::string* KeyOf(const TicketKeys& keys, uint32_t generation) {
  for (auto it = keys.keys.rbegin(); it != keys.keys.rend(); ++it) {
    if ((static_cast<uint32_t>(it->first) & 0xffff) == generation) return &it->second;
  }
  return nullptr;
}

}  // namespace

std::string Issue(const TicketKeys& keys, const TicketClaim& claim, domain::WallTime expiry) {
  if (keys.keys.empty()) return "";
  const auto& [generation, key] = *keys.keys.rbegin();
  const int64_t seconds =
      std::chrono::ceil<std::chrono::seconds>(expiry.time_since_epoch()).count();
  std::string ticket;
  AppendInteger(ticket, kVersion, 1);
  AppendInteger(ticket, static_cast<uint32_t>(generation) & 0xffff, 2);
  AppendInteger(ticket, static_cast<uint64_t>((seconds + kExpiryStep - 1) / kExpiryStep), 4);
  std::string trace = FromHex(claim.trace_id).value_or("");
  trace.resize(kTraceBytes);
  ticket += trace;
  ticket += Mac(key, ticket, claim);
  return Base64Url(ticket);
}

TicketCheck Check(const TicketKeys& keys, std::string_view ticket, const TicketClaim& claim,
                  domain::WallTime now) {
  const auto bytes = Decode(ticket);
  if (!bytes) return TicketCheck::kMalformed;
  const std::string* key = KeyOf(keys, ReadInteger(bytes->substr(1, 2)));
  if (!key) return TicketCheck::kForged;
  const std::string_view all = *bytes;
  if (!EqualInConstantTime(all.substr(kMacAt), Mac(*key, all.substr(0, kMacAt), claim))) {
    return TicketCheck::kForged;
  }
  return ExpiryOf(all) < now ? TicketCheck::kExpired : TicketCheck::kGood;
}

std::optional<std::string> TraceOf(std::string_view ticket) {
  const auto bytes = Decode(ticket);
  if (!bytes) return std::nullopt;
  return Hex(std::string_view(*bytes).substr(kTraceAt, kTraceBytes));
}

std::string DeriveKey(const TicketKeys& keys, std::string_view purpose) {
  if (keys.keys.empty()) return "";
  std::string text = "derive";
  AppendPart(text, purpose);
  return HmacSha256(keys.keys.rbegin()->second, text);
}

bool UsedTickets::Use(const std::string& ticket, const std::string& call_id_and_tag,
                      domain::WallTime now) {
  Forget(now);
  const std::string call = HmacSha256("um used ticket", call_id_and_tag);
  if (const auto it = used_.find(ticket); it != used_.end()) return it->second.call == call;
  const auto bytes = Decode(ticket);
  if (!bytes) return false;
  used_.emplace(ticket, Use_{call, ExpiryOf(*bytes)});
  order_.push_back(ticket);
  return true;
}

void UsedTickets::Forget(domain::WallTime now) {
  // Expiries stand in the order of use but for a lifetime, so looking at the front is enough.
  while (!order_.empty()) {
    const auto it = used_.find(order_.front());
    if (it->second.expiry >= now && used_.size() < kMostUsed) return;
    used_.erase(it);
    order_.pop_front();
  }
}

}  // namespace um::handover
