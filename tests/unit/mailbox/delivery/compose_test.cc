#include <cmath>

#include "mailbox/audio/files.h"
#include "mailbox/delivery/mail.h"
#include "mailbox/domain/loudness.h"
#include "tests/support/catch.h"
#include "tests/support/memory_message_store.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;

const Originator kOriginator{"voicemail@example.com", "node1.example.com"};

/// The attachment of a mail: what is base64 after the last blank line but one.
std::string Attached(const std::string& mail) {
  const size_t part = mail.rfind("Content-Disposition: attachment");
  REQUIRE(part != std::string::npos);
  const size_t begin = mail.find("\r\n\r\n", part) + 4;
  const size_t end = mail.find("\r\n--", begin);
  std::string out;
  uint32_t bits = 0;
  int have = 0;
  for (const char c : mail.substr(begin, end - begin)) {
    static const std::string kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t value = kAlphabet.find(c);
    if (value == std::string::npos) continue;
    bits = bits << 6 | static_cast<uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have);
  }
  return out;
}

}  // namespace

TEST_CASE("a quiet caller who was slow to begin is mailed loud and at once, and kept as it was") {
  for (const auto format : {domain::AudioFormat::kG711, domain::AudioFormat::kMp3}) {
    tests::MemoryMessageStore store;
    store::StoredMessage message;
    message.call.message_id = "01JGXYZ0123456789ABCDEFGHJ";
    message.call.email = "ann@example.com";
    message.call.audio_format = format;
    message.duration = 7s;
    // Two seconds of silence, five of a swelling tone at -30 dBov.
    std::string codes;
    for (int i = 0; i < 7 * domain::kSampleRate; ++i) {
      const double tone = i < 2 * domain::kSampleRate
                              ? 0
                              : 1500 * std::sin(i * 0.5) * std::abs(std::sin(i * 0.0016));
      codes += static_cast<char>(
          domain::EncodeG711(domain::Law::kMu, static_cast<int16_t>(std::lround(tone))));
    }
    REQUIRE(store.Insert(message, codes).ok());
    const auto mail = ComposeMail(store, message, kOriginator);
    REQUIRE(mail.ok());
    CHECK(mail->find("(5 seconds)") != std::string::npos);
    const auto heard = audio::Decode(Attached(*mail), domain::kSampleRate);
    REQUIRE(heard.ok());
    CHECK(domain::ActiveLevel(*heard) == Approx(domain::kSpeechLevel).margin(1));
    CHECK(static_cast<double>(heard->size()) / domain::kSampleRate == Approx(5.1).margin(0.1));
    const auto kept = ComposeAudio(store, message, domain::AudioFormat::kG711);
    REQUIRE(kept.ok());
    CHECK(kept->ends_with(codes));
  }
}

}  // namespace um::delivery
