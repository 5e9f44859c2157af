#include "proxy/pending.h"

#include <algorithm>
#include <utility>

namespace um::proxy {

LookUpEntry* Pending::Find(const std::string& call_hash) {
  const auto it = entries_.find(call_hash);
  return it == entries_.end() ? nullptr : it->second.get();
}

LookUpEntry* Pending::Add(std::string call_hash, sip::Message invite, const net::Flow& flow) {
  if (entries_.size() >= limit_) return nullptr;
  auto entry = std::make_unique<LookUpEntry>(call_hash, std::move(invite), flow);
  return entries_.emplace(std::move(call_hash), std::move(entry)).first->second.get();
}

void Pending::Remove(LookUpEntry& entry) {
  ForgetOffers(entry);
  const std::string key = entry.call_hash;
  entries_.erase(key);
}

uint64_t Pending::Ask(LookUpEntry& entry, const std::string& node) {
  const uint64_t id = ++last_offer_;
  entry.asked.emplace(id, node);
  offers_.emplace(id, &entry);
  return id;
}

LookUpEntry* Pending::TakeAnswer(uint64_t offer_id) {
  const auto it = offers_.find(offer_id);
  if (it == offers_.end()) return nullptr;
  LookUpEntry* entry = it->second;
  offers_.erase(it);
  entry->asked.erase(offer_id);
  return entry;
}

std::vector<LookUpEntry*> Pending::TakeAllOf(const std::string& node) {
  std::vector<LookUpEntry*> waiting;
  for (auto& [hash, entry] : entries_) {
    const auto is_of_node = [&](const auto& asked) { return asked.second == node; };
    const auto it = std::find_if(entry->asked.begin(), entry->asked.end(), is_of_node);
    if (it == entry->asked.end()) continue;
    offers_.erase(it->first);
    entry->asked.erase(it);
    waiting.push_back(entry.get());
  }
  return waiting;
}

void Pending::ForgetOffers(LookUpEntry& entry) {
  for (const auto& [id, node] : entry.asked) offers_.erase(id);
  entry.asked.clear();
}

}  // namespace um::proxy
