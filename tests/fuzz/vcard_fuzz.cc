// vCard files: whatever is in them, contacts are few, short, clean and can be looked up.
#include <cstdint>
#include <string_view>

#include "common/base/utf8.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/vcard.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace um::domain;
  const auto file = ReadVcards({reinterpret_cast<const char*>(data), size});
  if (!file.ok()) {
    UM_FUZZ_CHECK(
        um::IsReadableLine({file.status().message().data(), file.status().message().size()}));
    return 0;
  }
  UM_FUZZ_CHECK(file->contacts.size() <= kMaxContacts);
  UM_FUZZ_CHECK(file->skipped.size() <= kMaxSkippedTold);
  for (const auto& skipped : file->skipped) UM_FUZZ_CHECK(um::IsReadableLine(skipped.why));
  for (const Contact& contact : file->contacts) {
    UM_FUZZ_CHECK(!contact.name.empty() && um::IsReadableLine(contact.name));
    UM_FUZZ_CHECK(CountCharacters(contact.name) <= kMaxName);
    UM_FUZZ_CHECK(!contact.numbers.empty() || !contact.addresses.empty());
    for (const auto* texts : {&contact.numbers, &contact.addresses}) {
      UM_FUZZ_CHECK(texts->size() <= kMaxNumbers);
      for (const std::string& text : *texts) {
        UM_FUZZ_CHECK(text.size() <= 400 && um::IsReadableLine(text));
        UM_FUZZ_CHECK(!ContactKey(text).empty());
      }
    }
  }
  return 0;
}
