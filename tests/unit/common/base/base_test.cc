#include "common/base/bytes.h"
#include "common/base/ulid.h"
#include "common/base/utf8.h"
#include "tests/support/catch.h"

using namespace um;

TEST_CASE("base64url round-trips every length and refuses what it does not write") {
  for (size_t n = 0; n < 40; ++n) {
    const std::string bytes = RandomBytes(n);
    CHECK(FromBase64Url(Base64Url(bytes)) == bytes);
  }
  CHECK(Base64Url("\xfb\xff") == "-_8");
  for (const char* bad : {"A", "AB=", "A B", "AB", "A+/="}) {
    if (std::string(bad) == "AB") {
      CHECK_FALSE(FromBase64Url("AB"));  // padding bits that are not zero
    } else {
      CHECK_FALSE(FromBase64Url(bad));
    }
  }
}

TEST_CASE("code points are read from sequences of every length") {
  CHECK(CodePoint("A") == 'A');
  CHECK(CodePoint("\u00FC") == 0xFC);
  CHECK(CodePoint("\u202E") == 0x202E);
  CHECK(CodePoint("\U000E0041") == 0xE0041);
  CHECK(IsReadableLine(""));
  CHECK(IsReadableLine("Z\u00FCrich \u6771\u4EAC \U0001F600"));
  CHECK_FALSE(IsReadableLine("\xC0\xAF"));
  CHECK_FALSE(IsReadableLine("exe.\u202Epm3"));
}

TEST_CASE("HMAC-SHA-256 agrees with RFC 4231 test case 2") {
  CHECK(Hex(HmacSha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("ULIDs sort by time, differ, and are recognised") {
  const auto now = std::chrono::system_clock::time_point(std::chrono::milliseconds(1469918176385));
  const std::string a = NewUlid(now);
  const std::string b = NewUlid(now + std::chrono::milliseconds(1));
  CHECK(a.substr(0, 10) == "01ARYZ6S41");
  CHECK(a < b);
  CHECK(NewUlid(now) != a);
  CHECK(IsUlid(a));
  CHECK_FALSE(IsUlid("8" + a.substr(1)));
  CHECK_FALSE(IsUlid(a.substr(1)));
  CHECK_FALSE(IsUlid(a.substr(1) + "U"));
}
