// um_prompts_report: prints deploy/reference/prompts.md.
#include <cstdio>

#include "tests/unit/mailbox/prompts/prompts_report.h"

int main() {
  std::fputs(um::tests::PromptsReport(um::tests::MeasurePrompts()).c_str(), stdout);
  return 0;
}
