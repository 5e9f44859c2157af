#include "common/log/log.h"

#include "tests/support/catch.h"

namespace {
std::string captured;
void Capture(std::string_view line) { captured += line; }
}  // namespace

TEST_CASE("a log line is one JSON object whatever the fields hold") {
  um::log::SetSink(&Capture);
  captured.clear();
  um::log::Info("call.answered", {{"name", "a\"b\\\n\x01\xff\xc3\xa9"}, {"n", 41}, {"ok", true}});
  um::log::Debug("not.written");
  um::log::SetSink(nullptr);
  CHECK(captured.find(
            R"("event":"call.answered","name":"a\"b\\\u000a\u0001\ufffdé","n":41,"ok":true})") !=
        std::string::npos);
  CHECK(std::count(captured.begin(), captured.end(), '\n') == 1);
}
