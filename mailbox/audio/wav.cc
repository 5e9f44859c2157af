// RIFF/WAVE around G.711 codes. No library: the bytes stay as they were recorded.
#include <string>
#include <string_view>

#include "mailbox/audio/files.h"

namespace um::audio {
namespace {

void AppendLittleEndian(std::string& out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace

std::string WavOfG711(domain::Law law, std::string_view codes) {
  constexpr uint32_t kFormatBytes =
      18;  // WAVEFORMATEX with no extension: what tags other than PCM ask for
  constexpr uint32_t kFactBytes = 4;
  const auto size = static_cast<uint32_t>(codes.size());
  const uint32_t padding = size % 2;  // chunks are aligned to two bytes
  std::string out = "RIFF";
  AppendLittleEndian(out, 4 + (8 + kFormatBytes) + (8 + kFactBytes) + (8 + size + padding), 4);
  out += "WAVEfmt ";
  AppendLittleEndian(out, kFormatBytes, 4);
  AppendLittleEndian(out, law == domain::Law::kMu ? 7 : 6,
                     2);          // WAVE_FORMAT_MULAW, WAVE_FORMAT_ALAW
  AppendLittleEndian(out, 1, 2);  // channels
  AppendLittleEndian(out, domain::kSampleRate, 4);
  AppendLittleEndian(out, domain::kSampleRate, 4);  // bytes a second
  AppendLittleEndian(out, 1, 2);                    // bytes a sample
  AppendLittleEndian(out, 8, 2);                    // bits a sample
  AppendLittleEndian(out, 0, 2);                    // no extension
  out += "fact";
  AppendLittleEndian(out, kFactBytes, 4);
  AppendLittleEndian(out, size, 4);  // samples: one byte each
  out += "data";
  AppendLittleEndian(out, size, 4);
  out += codes;
  out.append(padding, '\0');
  return out;
}

}  // namespace um::audio
