#include <cmath>

#include "mailbox/audio/files.h"
#include "mailbox/delivery/mail.h"
#include "mailbox/domain/loudness.h"
#include "tests/support/catch.h"
#include "tests/support/memory_message_store.h"
#include "tests/unit/mailbox/delivery/parsed_mail.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;

const Originator kOriginator{"voicemail@example.com", "node1.example.com"};

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
    const Parsed parsed(*mail);
    CHECK(parsed.Subject().ends_with("(5 seconds)"));
    const auto heard =
        audio::Decode(Parsed::Content(Parsed::Child(parsed.Root(), 1)), domain::kSampleRate);
    REQUIRE(heard.ok());
    CHECK(domain::ActiveLevel(*heard) == Approx(domain::kSpeechLevel).margin(1));
    CHECK(static_cast<double>(heard->size()) / domain::kSampleRate == Approx(5.1).margin(0.1));
    const auto kept = ComposeAudio(store, message, domain::AudioFormat::kG711);
    REQUIRE(kept.ok());
    CHECK(kept->ends_with(codes));
  }
}

}  // namespace um::delivery
