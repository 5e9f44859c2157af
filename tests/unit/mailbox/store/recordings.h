// Calls and what is said in them, for tests of the spool.
#pragma once

#include <random>
#include <span>
#include <string>
#include <string_view>

#include "common/base/ulid.h"
#include "mailbox/domain/message.h"

namespace um::tests {

inline std::span<const uint8_t> Codes(std::string_view audio) {
  return {reinterpret_cast<const uint8_t*>(audio.data()), audio.size()};
}

/// Something a meter takes for speech: 300 ms of noise, 100 ms of near silence, and so on. Never a
/// zero byte.
inline std::string Speech(domain::Milliseconds length, uint32_t seed = 1) {
  std::string audio(static_cast<size_t>(length.count()) * 8, '\xff');
  std::mt19937 random(seed);
  for (size_t i = 0; i < audio.size(); ++i) {
    const bool loud = i % 3200 < 2400;
    const int code =
        loud ? 0x90 + static_cast<int>(random() % 0x30) : 0xfe + static_cast<int>(random() % 2);
    audio[i] = static_cast<char>(code ^ (loud && random() % 2 ? 0x80 : 0));
  }
  return audio;
}

inline std::string Silence(domain::Milliseconds length) {
  return std::string(static_cast<size_t>(length.count()) * 8, '\xff');
}

inline domain::CallFacts Facts() {
  domain::CallFacts facts;
  facts.message_id = NewUlid(std::chrono::system_clock::now());
  facts.trace_id = "0123456789abcdef0123456789abcdef";
  facts.organisation = "acme";
  facts.mailbox_id = "ann";
  facts.extension = "1001";
  facts.caller = {"+4420", std::string("Bob \xff\0!", 7)};
  return facts;
}

}  // namespace um::tests
