// Runs a fuzz target over its corpus: what a fuzzer once found stays fixed, without a fuzzer.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/catch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

TEST_CASE("every input of the corpus passes") {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(UM_CORPUS)) {
    CAPTURE(entry.path().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) ==
          0);
    ++inputs;
  }
  CHECK(inputs > 0);
}
