#include "mailbox/media/tone_keys.h"

#include <spandsp.h>

#include <algorithm>
#include <array>
#include <utility>

namespace um::media {
namespace {

// What a line may do to a tone and it still counts (ITU-T Q.24 annex A has the networks' figures):
// one of the two frequencies may be louder than the other by so much [dB], and both must have this
// level [dBm0].
constexpr int kTwist = 8;         // the higher one is weaker
constexpr int kReverseTwist = 6;  // the lower one is weaker
constexpr int kThreshold = -36;

// A pause of the sender that ends a tone: the detector wants to hear three steps of it.
constexpr size_t kPause = 3 * ToneKeys::kStep;
constexpr uint32_t kShortGap = 60 * 8;  // [timestamp units] lost audio in which a tone may go on

}  // namespace

struct ToneKeys::Detector {
  explicit Detector(std::function<void(char)> told)
      : pressed(std::move(told)), state(dtmf_rx_init(nullptr, nullptr, nullptr)) {
    dtmf_rx_parms(state, 0, kTwist, kReverseTwist, kThreshold);
    dtmf_rx_set_realtime_callback(state, &Detector::OnChange, this);
  }
  ~Detector() { dtmf_rx_free(state); }
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  /// `code`: the key, or 0 when it is released.
  static void OnChange(void* self, int code, int, int) {
    auto& detector = *static_cast<Detector*>(self);
    detector.held = code != 0;
    if (code == 0) return;
    detector.is_new = true;
    detector.pressed(static_cast<char>(code));
  }

  const std::function<void(char)> pressed;
  dtmf_rx_state_t* const state;
  bool held = false;
  bool is_new = false;
};

ToneKeys::ToneKeys(std::function<void(char key)> pressed)
    : detector_(std::make_unique<Detector>(std::move(pressed))) {}

ToneKeys::~ToneKeys() = default;

ToneKeys::Tone ToneKeys::Hear(std::span<const uint8_t> codes, domain::Law law) {
  next_.reset();  // the packets of this audio are not counted here
  const auto& linear = domain::G711Table(law);
  std::array<int16_t, kStep> samples;
  const size_t n = std::min(codes.size(), kStep);
  std::transform(codes.begin(), codes.begin() + static_cast<ptrdiff_t>(n), samples.begin(),
                 [&](uint8_t code) { return linear[code]; });
  detector_->is_new = false;
  dtmf_rx(detector_->state, samples.data(), static_cast<int>(n));
  if (detector_->is_new) return Tone::kNew;
  return detector_->held ? Tone::kHeld : Tone::kNone;
}

void ToneKeys::HearPacket(int64_t sequence, uint32_t timestamp, std::span<const uint8_t> codes,
                          domain::Law law) {
  const auto place = next_;
  if (place && sequence < place->sequence) return;
  if (place) SkipTo(sequence, timestamp);
  const Place after{sequence + 1, timestamp + static_cast<uint32_t>(codes.size())};
  while (!codes.empty()) {
    const size_t n = std::min(codes.size(), kStep);
    Hear(codes.first(n), law);
    codes = codes.subspan(n);
  }
  next_ = after;
}

void ToneKeys::SkipTo(int64_t sequence, uint32_t timestamp) {
  const uint32_t gap = timestamp - next_->timestamp;
  if (gap == 0) return;
  if (sequence != next_->sequence && gap <= kShortGap) {
    dtmf_rx_fillin(detector_->state, static_cast<int>(gap));
    return;
  }
  const std::array<int16_t, kPause> silence{};
  dtmf_rx(detector_->state, silence.data(), static_cast<int>(kPause));
}

}  // namespace um::media
