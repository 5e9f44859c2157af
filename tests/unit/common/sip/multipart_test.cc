#include "common/sip/multipart.h"

#include <string>

#include "tests/support/catch.h"

namespace um::sip {
namespace {

constexpr char kMixed[] = "multipart/mixed; boundary=b1";

TEST_CASE("the parts of a body, with what they say of themselves") {
  const std::string body =
      "preamble\r\n"
      "--b1 \r\n"
      "content-type:\r\n Application/SDP; charset=utf-8\r\n"
      "Content-Disposition: Session;handling=REQUIRED\r\n"
      "\r\n"
      "v=0\r\n--b12\r\n"
      "\r\n--b1\r\n"
      "\r\n"
      "--b1\r\n"
      "Content-Type: application/isup\r\nContent-Transfer-Encoding: base64\r\n\r\nAAA\r\n"
      "--b1--\r\nepilogue --b1\r\n";
  const auto parts = ParseMultipart(kMixed, body);
  REQUIRE(parts);
  REQUIRE(parts->size() == 3);
  CHECK(parts->at(0).type == "application/sdp");
  CHECK(parts->at(0).disposition == "session");
  CHECK(parts->at(0).handling == "required");
  CHECK_FALSE(parts->at(0).is_encoded);
  CHECK(parts->at(0).body == "v=0\r\n--b12\r\n");
  CHECK(parts->at(1).type == "text/plain");
  CHECK(parts->at(1).body.empty());
  CHECK(parts->at(2).is_encoded);
  CHECK(parts->at(2).handling.empty());
}

TEST_CASE("lines may end in LF alone, and the boundary may be quoted") {
  const auto parts = ParseMultipart("multipart/mixed;a=\"x;boundary=no\";Boundary=\"b 1\"",
                                    "--b 1\nContent-Type: a/b\n\nx\n--b 1--");
  REQUIRE(parts);
  REQUIRE(parts->size() == 1);
  CHECK(parts->at(0).type == "a/b");
  CHECK(parts->at(0).body == "x");
}

TEST_CASE("bodies that are not whole are none") {
  CHECK_FALSE(ParseMultipart("multipart/mixed", "--\r\n\r\n----\r\n"));
  CHECK_FALSE(ParseMultipart("multipart/mixed;boundary=\"\"", "--\r\n\r\n----\r\n"));
  CHECK_FALSE(ParseMultipart("multipart/mixed;boundary=" + std::string(71, 'b'), ""));
  CHECK_FALSE(ParseMultipart(kMixed, ""));
  CHECK_FALSE(ParseMultipart(kMixed, "--b1--\r\n"));
  CHECK_FALSE(ParseMultipart(kMixed, "--b1\r\n\r\ncut off"));
  std::string many;
  for (int i = 0; i < 16; ++i) many += "--b1\r\n\r\nx\r\n";
  CHECK(ParseMultipart(kMixed, many + "--b1--")->size() == 16);
  CHECK_FALSE(ParseMultipart(kMixed, many + "--b1\r\n\r\n\r\n--b1--"));
}

}  // namespace
}  // namespace um::sip
