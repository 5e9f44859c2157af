#include "tests/support/intelligibility.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace um::tests {
namespace {

// The paper's figures.
constexpr int kFrame = 256;           // samples, half of which the next frame has too
constexpr int kTransform = 512;       // samples, with zeros after the frame
constexpr double kLowestBand = 150;   // [Hz] the centre of the lowest of the bands
constexpr int kBands = 15;            // each a third of an octave
constexpr int kSegment = 30;          // frames: 384 ms
constexpr double kDynamicRange = 40;  // [dB] quieter frames are silence
constexpr double kLowestRatio = -15;  // [dB] worse does not count as worse

using Frames = std::vector<std::array<double, kFrame>>;
using Bands = std::array<double, kBands>;

const std::array<double, kFrame>& Window() {
  static const auto window = [] {
    std::array<double, kFrame> w;
    for (int i = 0; i < kFrame; ++i) {
      w[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * (i + 1) / (kFrame + 1));
    }
    return w;
  }();
  return window;
}

double Energy(const std::array<double, kFrame>& frame) {
  double energy = 1e-9;
  for (const double x : frame) energy += x * x;
  return energy;
}

Frames FramesOf(std::span<const int16_t> samples) {
  Frames frames;
  for (size_t at = 0; at + kFrame <= samples.size(); at += kFrame / 2) {
    auto& frame = frames.emplace_back();
    for (int i = 0; i < kFrame; ++i) frame[i] = samples[at + i] * Window()[i];
  }
  return frames;
}

/// The frames in which something was said, in both.
void DropSilence(Frames& said, Frames& heard) {
  double loudest = 0;
  for (const auto& frame : said) loudest = std::max(loudest, Energy(frame));
  const double least = loudest * std::pow(10, -kDynamicRange / 10);
  size_t kept = 0;
  for (size_t i = 0; i < said.size(); ++i) {
    if (Energy(said[i]) < least) continue;
    said[kept] = said[i];
    heard[kept++] = heard[i];
  }
  said.resize(kept);
  heard.resize(kept);
}

/// The magnitude in each band.
Bands BandsOf(const std::array<double, kFrame>& frame) {
  static const auto turns = [] {
    std::array<std::complex<double>, kTransform> t;
    for (int i = 0; i < kTransform; ++i) {
      t[i] = std::polar(1.0, -2 * std::numbers::pi * i / kTransform);
    }
    return t;
  }();
  Bands bands{};
  for (int band = 0; band < kBands; ++band) {
    const double centre = kLowestBand * std::exp2(band / 3.0);
    const auto bin = [](double hertz) {
      return static_cast<int>(std::lround(hertz * kTransform / kIntelligibilityRate));
    };
    for (int k = bin(centre * std::exp2(-1 / 6.0)); k < bin(centre * std::exp2(1 / 6.0)); ++k) {
      std::complex<double> sum;
      for (int i = 0; i < kFrame; ++i) sum += frame[i] * turns[i * k % kTransform];
      bands[band] += std::norm(sum);
    }
    bands[band] = std::sqrt(bands[band]);
  }
  return bands;
}

using Envelope = std::array<double, kSegment>;

double Correlation(const Envelope& a, const Envelope& b) {
  double mean_a = 0, mean_b = 0;
  for (int i = 0; i < kSegment; ++i) mean_a += a[i] / kSegment, mean_b += b[i] / kSegment;
  double ab = 0, aa = 1e-12, bb = 1e-12;
  for (int i = 0; i < kSegment; ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

/// How alike a band's envelopes are over one segment, once they are of one loudness and clipped.
double Likeness(const Envelope& said, Envelope heard) {
  double said_energy = 0, heard_energy = 1e-12;
  for (int i = 0; i < kSegment; ++i) {
    said_energy += said[i] * said[i];
    heard_energy += heard[i] * heard[i];
  }
  const double gain = std::sqrt(said_energy / heard_energy);
  const double most = 1 + std::pow(10, -kLowestRatio / 20);
  for (int i = 0; i < kSegment; ++i) heard[i] = std::min(heard[i] * gain, said[i] * most);
  return Correlation(said, heard);
}

}  // namespace

double Intelligibility(std::span<const int16_t> said, std::span<const int16_t> heard) {
  const size_t both = std::min(said.size(), heard.size());
  Frames said_frames = FramesOf(said.first(both)), heard_frames = FramesOf(heard.first(both));
  DropSilence(said_frames, heard_frames);
  std::vector<Bands> x, y;
  for (const auto& frame : said_frames) x.push_back(BandsOf(frame));
  for (const auto& frame : heard_frames) y.push_back(BandsOf(frame));
  double sum = 0;
  int segments = 0;
  for (size_t end = kSegment; end <= x.size(); ++end) {
    for (int band = 0; band < kBands; ++band, ++segments) {
      Envelope a, b;
      for (int i = 0; i < kSegment; ++i) {
        a[i] = x[end - kSegment + i][band];
        b[i] = y[end - kSegment + i][band];
      }
      sum += Likeness(a, b);
    }
  }
  return segments == 0 ? 0 : sum / segments;
}

}  // namespace um::tests
