#include "proxy/pool.h"

#include <algorithm>

namespace um::proxy {
namespace {

using namespace std::chrono_literals;

constexpr int kFailuresToOpen = 3;
constexpr async::Duration kFirstPause = 5s;
constexpr async::Duration kLongestPause = 60s;
// From an acceptance to the snapshot that counts its call: the redirected INVITE, and the node's
// look every second.
constexpr async::Duration kUncounted = 2s;
// One call at a time tries whether a paused node is back.
constexpr async::Duration kProbe = 1500ms;

// FNV-1a, then the finaliser of SplitMix64: every proxy must compute the same order, so it is not
// std::hash.
uint64_t Weight(std::string_view key, std::string_view node) {
  uint64_t h = 14695981039346656037u;
  const auto mix = [&h](std::string_view text) {
    for (const unsigned char c : text) h = (h ^ c) * 1099511628211u;
    h = (h ^ 0xff) * 1099511628211u;
  };
  mix(key);
  mix(node);
  h += 0x9e3779b97f4a7c15u;
  h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
  h = (h ^ h >> 27) * 0x94d049bb133111ebu;
  return h ^ h >> 31;
}

}  // namespace

std::string AffinityKey(std::string_view dial_plan, std::string_view number,
                        std::string_view call_id) {
  std::string digits;
  for (const char c : number) {
    if (c == ';' || c == '@') break;
    if (c >= '0' && c <= '9') digits += c;
  }
  // A SIP URI dial plan's user has no digits perhaps: then it is the key as it is.
  if (digits.empty()) digits = number;
  if (digits.empty()) return "call\n" + std::string(call_id);
  return std::string(dial_plan) + '\n' + digits;
}

void Pool::Adopt(const topology::v1::Snapshot& snapshot) {
  topology_ = Topology(snapshot);
  for (auto& [id, state] : states_) state.listed = false;
  for (const Node& node : topology_.nodes()) {
    State& state = states_[node.rpc];
    state.node = node;
    state.listed = true;
  }
  std::erase_if(states_,
                [](const auto& item) { return !item.second.listed && !item.second.connected; });
}

bool Pool::Usable(const State& state, async::Time now) {
  return state.listed && state.connected && state.node.serving && state.closed_until <= now;
}

int Pool::Load(const State& state, async::Time now) {
  const auto first = std::upper_bound(state.taken.begin(), state.taken.end(), now - kUncounted);
  return state.node.calls + static_cast<int>(state.taken.end() - first);
}

bool Pool::HasHealthyNode(async::Time now) const {
  return std::any_of(states_.begin(), states_.end(),
                     [now](const auto& item) { return Usable(item.second, now); });
}

std::vector<std::string> Pool::Candidates(std::string_view affinity_key, async::Time now) const {
  struct Candidate {
    uint64_t weight;
    const std::string* id;
    int load;
    bool last_resort;  // full, or above the bound
  };
  std::vector<Candidate> candidates;
  int64_t total = 1;  // with the call to be placed
  for (const auto& [id, state] : states_) {
    if (!Usable(state, now)) continue;
    const bool full = state.node.max_calls > 0 && Load(state, now) >= state.node.max_calls;
    candidates.push_back({Weight(affinity_key, id), &id, Load(state, now), full});
    total += Load(state, now);
  }
  // Bounded load: no node takes a call that lifts it above 1.25 times the mean (rounded up) while
  // another does not.
  const auto n = static_cast<int64_t>(candidates.size());
  const int64_t bound = n == 0 ? 0 : (5 * total + 4 * n - 1) / (4 * n);
  for (Candidate& candidate : candidates) candidate.last_resort |= candidate.load >= bound;
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.last_resort != b.last_resort ? b.last_resort : a.weight > b.weight;
  });
  std::vector<std::string> ids;
  ids.reserve(candidates.size());
  for (const Candidate& candidate : candidates) ids.push_back(*candidate.id);
  return ids;
}

std::string Pool::NameOf(const std::string& node) const {
  const auto it = states_.find(node);
  return it == states_.end() || it->second.node.name.empty() ? node : it->second.node.name;
}

void Pool::OnConnected(const std::string& node) {
  State& state = states_[node];
  state.connected = true;
  state.failures = 0;
  state.closed_until = {};
}

void Pool::OnBroken(const std::string& node) {
  const auto it = states_.find(node);
  if (it == states_.end()) return;
  it->second.connected = false;
  if (!it->second.listed) states_.erase(it);
}

void Pool::OnOffered(const std::string& node, async::Time now) {
  const auto it = states_.find(node);
  if (it != states_.end() && it->second.failures >= kFailuresToOpen) {
    it->second.closed_until = now + kProbe;
  }
}

void Pool::OnAnswered(const std::string& node) {
  const auto it = states_.find(node);
  if (it == states_.end()) return;
  it->second.failures = 0;
  it->second.closed_until = {};
}

void Pool::OnAccepted(const std::string& node, async::Time now) {
  const auto it = states_.find(node);
  if (it == states_.end()) return;
  auto& taken = it->second.taken;
  while (!taken.empty() && now - taken.front() > kUncounted) taken.pop_front();
  taken.push_back(now);
}

void Pool::OnSilent(const std::string& node, async::Time now) {
  const auto it = states_.find(node);
  if (it == states_.end()) return;
  State& state = it->second;
  if (++state.failures < kFailuresToOpen) return;
  const int doublings = std::min(state.failures - kFailuresToOpen, 4);
  state.closed_until = now + std::min(kFirstPause * (1 << doublings), kLongestPause);
}

}  // namespace um::proxy
