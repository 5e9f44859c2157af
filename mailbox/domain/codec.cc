#include "mailbox/domain/codec.h"

#include <algorithm>
#include <iterator>

namespace um::domain {
namespace {
// G.722's clock of 8000 Hz is an error of RFC 1890 that stayed (RFC 3551 section 4.5.2).
constexpr CodecForm kForms[] = {
    {Codec::kPcmu, "PCMU", 8000, 1, 0, 10},  {Codec::kPcma, "PCMA", 8000, 1, 8, 10},
    {Codec::kG722, "G722", 8000, 1, 9, 10},  {Codec::kOpus, "OPUS", 48000, 2, 107, 20},
    {Codec::kG7231, "G723", 8000, 1, 4, 30},
};
}  // namespace

const CodecForm& FormOf(Codec codec) {
  return *std::find_if(std::begin(kForms), std::end(kForms),
                       [&](const CodecForm& form) { return form.codec == codec; });
}

}  // namespace um::domain
