// What the framer lets through: parse it, read all of it, answer it, and read the answer.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/sip/framer.h"
#include "common/sip/invite_facts.h"
#include "common/sip/message.h"
#include "tests/fuzz/check.h"

using um::sip::FactsOf;
using um::sip::Message;
using um::sip::ResponseBuilder;

namespace {

void Answer(const Message& request) {
  for (const int status : {100, 200, 302, 486}) {
    const std::string response =
        ResponseBuilder(request, "192.0.2.1", 5060, status, "Phrase", "our-tag")
            .Add("Contact", request.request_uri())
            .Finish("text/plain", request.body());
    // An answer to anything is itself well framed, and says what it answers.
    const auto framed = um::sip::CheckDatagram(response, {.header_bytes = 1 << 20,
                                                          .header_lines = 1 << 20,
                                                          .message_bytes = 1 << 20,
                                                          .datagram_bytes = 1 << 20});
    UM_FUZZ_CHECK(framed.ok() && *framed == response);
    const auto parsed = Message::Parse(*framed);
    // sofia reads some broken headers in a way that it would not read back: they are defects, or
    // lower Vias.
    if (!parsed.ok() && request.defect()) continue;
    UM_FUZZ_CHECK(parsed.ok());
    UM_FUZZ_CHECK(parsed->status() == status);
    // sofia reads some lower Vias that it would not have written; the top one decides where the
    // answer goes.
    UM_FUZZ_CHECK(parsed->via_count() <= request.via_count());
    if (request.defect()) continue;
    UM_FUZZ_CHECK(parsed->top_via().branch == request.top_via().branch);
    UM_FUZZ_CHECK(parsed->from_tag() == request.from_tag());
    UM_FUZZ_CHECK(parsed->cseq().number == request.cseq().number);
    UM_FUZZ_CHECK(parsed->body() == request.body());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto framed = um::sip::CheckDatagram(bytes, um::sip::FrameLimits());
  if (!framed.ok()) return 0;
  const auto message = Message::Parse(*framed);
  if (!message.ok()) return 0;
  for (const char* name :
       {"Via", "From", "To", "Contact", "Route", "Record-Route", "Diversion", "History-Info",
        "P-Asserted-Identity", "Supported", "Require", "Subject", "Content-Type", "Session-Expires",
        "Min-SE", "Warning", "Authorization", "X-Unknown"}) {
    for (const std::string& value : message->Headers(name)) {
      UM_FUZZ_CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
  }
  (void)message->HasOption("Require", "100rel");
  (void)message->max_forwards();
  UM_FUZZ_CHECK(message->via_count() > 0);
  if (!message->is_request()) return 0;
  const auto facts = FactsOf(*message);
  UM_FUZZ_CHECK(message->defect() || facts.ok());
  if (facts.ok()) UM_FUZZ_CHECK(facts->diversions.size() <= 32);
  Answer(*message);
  return 0;
}
