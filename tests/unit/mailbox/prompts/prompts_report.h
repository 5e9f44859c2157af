// How prompts sound, measured: deploy/reference/prompts.md, made of every phrase and of everything
// that the calls of call-answering.md join of them.
#pragma once

#include <string>
#include <vector>

#include "mailbox/dialogs/call.h"
#include "mailbox/prompts/library.h"

namespace um::tests {

/// One clip, as it is played.
struct MeasuredClip {
  std::string words;  ///< what it says
  bool recorded = false;
  double seconds = 0;
  double level = 0, peak = 0;    ///< [dBov]
  int flat = 0;                  ///< [samples]
  double before = 0, after = 0;  ///< [ms] of silence
  int step = 0;                  ///< at its edges
};

/// Clips played as one, as rtp_sender joins them: without a sample between.
struct MeasuredJoins {
  std::string words;
  std::vector<double> gaps;  ///< [ms] of silence at each join
  int step = 0;              ///< the largest at a join
};

struct PromptsMeasured {
  std::vector<MeasuredClip> clips;  ///< of every phrase, then some names
  std::vector<MeasuredJoins> joined;
};
/// Of the English voice, with the prompts of this machine.
PromptsMeasured MeasurePrompts();

/// The whole page.
std::string PromptsReport(const PromptsMeasured& measured);

}  // namespace um::tests
