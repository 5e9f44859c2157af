// compare_audio SENT RECEIVED [MINIMUM]: is what arrived what was said?
//
// SENT is headerless G.711 µ-law at 8 kHz, RECEIVED any audio file. Finds where in RECEIVED the
// speech begins and prints
//   correlation=0.9987 stoi=0.998 lead_ms=120 length_ms=10120 sent_ms=10000 missing_ms=0
// correlation: normalised cross-correlation over the part both have; stoi: how much of it can be
// understood (intelligibility.h); lead: what RECEIVED has before
// the speech; missing: how much of SENT's end RECEIVED lacks. Exit status 1: the correlation is
// below MINIMUM (default 0.99).
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "mailbox/audio/files.h"
#include "mailbox/domain/g711.h"
#include "tests/support/intelligibility.h"

namespace {

using Samples = std::span<const int16_t>;
constexpr long kRate = um::domain::kSampleRate;
constexpr long kMaxLead = 5 * kRate;  // [samples] how late the speech may begin
constexpr long kMaxCut = kRate / 2;   // [samples] how much of its beginning may be missing
constexpr long kProbe =
    2 * kRate;  // [samples] the part of the speech that the first search looks for

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fmt::print(stderr, "compare_audio: cannot read {}\n", path);
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<int16_t> FromMuLaw(const std::string& codes) {
  const auto& table = um::domain::G711Table(um::domain::Law::kMu);
  std::vector<int16_t> samples;
  samples.reserve(codes.size());
  for (const char code : codes) samples.push_back(table[static_cast<uint8_t>(code)]);
  return samples;
}

int64_t Dot(Samples a, Samples b) {
  int64_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += int64_t{a[i]} * b[i];
  return sum;
}

/// How much of the energy of a recording lies before each sample.
std::vector<int64_t> EnergyBefore(Samples samples) {
  std::vector<int64_t> sums(samples.size() + 1);
  for (size_t i = 0; i < samples.size(); ++i) {
    sums[i + 1] = sums[i] + int64_t{samples[i]} * samples[i];
  }
  return sums;
}

/// Compares what was sent with what was received, shifted by a lead, over the samples that both
/// have.
class Comparison {
 public:
  Comparison(Samples sent, Samples received)
      : sent_(sent),
        received_(received),
        sent_energy_(EnergyBefore(sent)),
        received_energy_(EnergyBefore(received)) {}

  double Correlation(long lead) const {
    const long skip =
        std::max(0L, -lead);  // of the beginning of what was sent, nothing was received
    const long begin = std::max(0L, lead);
    const long both = std::min(std::ssize(sent_) - skip, std::ssize(received_) - begin);
    if (both <= 0) return 0;
    const double energies =
        static_cast<double>(sent_energy_[skip + both] - sent_energy_[skip]) *
        static_cast<double>(received_energy_[begin + both] - received_energy_[begin]);
    if (energies <= 0) return 0;
    return static_cast<double>(Dot(sent_.subspan(skip, both), received_.subspan(begin, both))) /
           std::sqrt(energies);
  }

 private:
  Samples sent_;
  Samples received_;
  std::vector<int64_t> sent_energy_;
  std::vector<int64_t> received_energy_;
};

/// The lead at which the beginning of `sent` fits best.
long FindLead(Samples sent, Samples received) {
  const Samples probe = sent.first(std::min<size_t>(sent.size(), kProbe));
  const Comparison comparison(probe, received);
  long best = 0;
  double best_correlation = -1;
  for (long lead = -kMaxCut; lead <= std::min(kMaxLead, std::ssize(received)); ++lead) {
    const long common = std::min(std::ssize(probe), std::ssize(received) - std::max(0L, lead));
    if (common < std::ssize(probe) / 2) break;  // too little left for a meaningful comparison
    const double correlation = comparison.Correlation(lead);
    if (correlation > best_correlation) best = lead, best_correlation = correlation;
  }
  return best;
}

/// `sent` and what came of it, from where it begins.
double IntelligibilityOf(const std::string& sent, const std::string& received, long lead) {
  constexpr int kAsDefined = um::tests::kIntelligibilityRate;
  const auto said = um::audio::Decode(um::audio::WavOfG711(um::domain::Law::kMu, sent), kAsDefined);
  const auto heard = um::audio::Decode(received, kAsDefined);
  if (!said.ok() || !heard.ok()) return 0;
  const auto skip = [](Samples samples, long at_rate) {
    const long samples_to_skip = std::max(0L, at_rate * kAsDefined / kRate);
    return samples.subspan(std::min(samples.size(), static_cast<size_t>(samples_to_skip)));
  };
  return um::tests::Intelligibility(skip(*said, -lead), skip(*heard, lead));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: compare_audio SENT.ulaw RECEIVED [MINIMUM]\n");
    return 2;
  }
  const std::string sent_codes = ReadFile(argv[1]), file = ReadFile(argv[2]);
  const std::vector<int16_t> sent = FromMuLaw(sent_codes);
  const auto received = um::audio::Decode(file, kRate);
  if (!received.ok()) {
    fmt::print(stderr, "compare_audio: {}: {}\n", argv[2],
               std::string(received.status().message()));
    return 2;
  }
  const long lead = FindLead(sent, *received);
  const double correlation = Comparison(sent, *received).Correlation(lead);
  const long missing = std::max(0L, std::ssize(sent) - (std::ssize(*received) - lead));
  fmt::print("correlation={:.4f} stoi={:.3f} lead_ms={} length_ms={} sent_ms={} missing_ms={}\n",
             correlation, IntelligibilityOf(sent_codes, file, lead), lead * 1000 / kRate,
             std::ssize(*received) * 1000 / kRate, std::ssize(sent) * 1000 / kRate,
             missing * 1000 / kRate);
  return correlation >= (argc > 3 ? std::atof(argv[3]) : 0.99) ? 0 : 1;
}
