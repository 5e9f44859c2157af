#include "mailbox/media/clip.h"

#include <utility>

namespace um::media {

Clip::Clip(std::vector<int16_t> samples) : samples_(std::move(samples)) {
  for (const domain::Law law : {domain::Law::kMu, domain::Law::kA}) {
    std::vector<uint8_t>& codes = codes_[static_cast<int>(law)];
    codes.reserve(samples_.size());
    for (const int16_t sample : samples_) codes.push_back(domain::EncodeG711(law, sample));
  }
}

std::shared_ptr<const Clip> Clip::OfG711(domain::Law law, std::string_view codes) {
  const auto& table = domain::G711Table(law);
  std::vector<int16_t> samples;
  samples.reserve(codes.size());
  for (const char code : codes) samples.push_back(table[static_cast<uint8_t>(code)]);
  return std::make_shared<const Clip>(std::move(samples));
}

domain::Milliseconds Clip::length() const {
  return domain::Milliseconds(samples_.size() * 1000 / domain::kSampleRate);
}

}  // namespace um::media
