#include "mailbox/domain/clip.h"

#include <array>
#include <utility>

namespace um::domain {
namespace {

/// What each code of one law is in the other.
std::array<uint8_t, 256> Transcoding(Law from, Law to) {
  const auto& table = G711Table(from);
  std::array<uint8_t, 256> codes;
  for (size_t code = 0; code < codes.size(); ++code) codes[code] = EncodeG711(to, table[code]);
  return codes;
}

}  // namespace

Clip::Clip(std::vector<int16_t> samples) : samples_(std::move(samples)) {
  for (const Law law : {Law::kMu, Law::kA}) {
    std::vector<uint8_t>& codes = codes_[static_cast<int>(law)];
    codes.reserve(samples_.size());
    for (const int16_t sample : samples_) codes.push_back(EncodeG711(law, sample));
  }
}

std::shared_ptr<const Clip> Clip::OfG711(Law law, std::string_view codes) {
  const Law other = law == Law::kMu ? Law::kA : Law::kMu;
  const std::array<uint8_t, 256> transcoded = Transcoding(law, other);
  const std::shared_ptr<Clip> clip(new Clip);
  clip->codes_[static_cast<int>(law)].assign(codes.begin(), codes.end());
  std::vector<uint8_t>& to = clip->codes_[static_cast<int>(other)];
  to.reserve(codes.size());
  for (const char code : codes) to.push_back(transcoded[static_cast<uint8_t>(code)]);
  return clip;
}

Milliseconds Clip::length() const { return Milliseconds(codes_[0].size() * 1000 / kSampleRate); }

}  // namespace um::domain
