// Input that nobody should send, and random input that is the same in every run.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace um::tests {

/// Empty, huge, NUL, control characters, broken UTF-8, SQL, LDAP and format strings.
inline std::vector<std::string> HostileTexts() {
  using std::string;
  return {"",
          " ",
          string(1 << 20, '1'),
          string(1 << 20, 'x'),
          string(1 << 20, '*'),
          string(1 << 20, ' '),
          string(1 << 20, '\xFF'),
          string("12\0"
                 "34",
                 5),
          string(1, '\0'),
          "\x1B[2J",
          "12\n34",
          "\xC3",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "\xC0\xAF",
          "\xC2\x85",
          "'; DROP TABLE mailboxes; --",
          "*)(uid=*))(|(uid=*",
          "%s%n{}{0}",
          "\xEF\xBC\x91\xEF\xBC\x92",  // fullwidth 1 2
          "../../etc/passwd"};
}

/// Seeded: a failure can be repeated.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  /// 0..bound-1.
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(engine_() % bound); }
  std::string Text(size_t max_length, std::string_view alphabet) {
    std::string text;
    for (size_t n = Below(static_cast<uint32_t>(max_length) + 1); n > 0; --n) {
      text += alphabet[Below(static_cast<uint32_t>(alphabet.size()))];
    }
    return text;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace um::tests
