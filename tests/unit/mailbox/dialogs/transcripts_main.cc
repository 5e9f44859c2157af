// um_transcripts: prints deploy/reference/call-answering.md.
#include <cstdio>

#include "tests/unit/mailbox/dialogs/transcripts.h"

int main() {
  std::fputs(um::tests::Transcripts().c_str(), stdout);
  return 0;
}
