// What is measured of prompts: how loud they are, whether they are clipped, how long they are
// silent at their ends and where they are joined, and whether a join clicks.   Pure; 8000 samples a
// second.
#pragma once

#include <cstdint>
#include <span>

namespace um::tests {

using Audio = std::span<const int16_t>;

/// The active speech level [dBov] by ITU-T P.56, method B: pauses longer than 200 ms do not count.
/// 0 dBov is a full-scale square wave. -100: silence.
double SpeechLevel(Audio audio);

/// The highest sample [dBov].
double PeakLevel(Audio audio);

/// The longest run of equal samples within 1 dB of the highest one: what clipping leaves, whatever
/// became of the level afterwards. Loud speech has two or three by chance.
int FlatTop(Audio audio);

/// [ms] before the first and after the last 5 ms that are louder than -50 dBov.
double SilenceBefore(Audio audio);
double SilenceAfter(Audio audio);

/// The largest step between neighbouring samples in the 2 ms on each side of `at`, a place in
/// `audio`: a join, or where silence ends.
int Step(Audio audio, size_t at);
/// ... and at both edges of what is between the digital silence around it.
int EdgeStep(Audio audio);

/// What a prompt must keep to.
inline constexpr double kLevelMargin = 2;                    ///< [dB] around prompts::kSpeechLevel
inline constexpr int kMostFlat = 4;                          ///< [samples]
inline constexpr double kMostBefore = 60, kMostAfter = 200;  ///< [ms]
inline constexpr double kLeastGap = 80, kMostGap = 250;      ///< [ms] between joined parts
inline constexpr int kMostStep = 150;                        ///< of 32768: -47 dBov

}  // namespace um::tests
