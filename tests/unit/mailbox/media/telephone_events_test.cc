#include "mailbox/media/telephone_events.h"

#include <array>
#include <random>
#include <string>

#include "tests/support/catch.h"

using um::media::TelephoneEvents;

namespace {
struct Phone {
  TelephoneEvents events;
  std::string keys;
  void Send(uint32_t timestamp, int event, int duration, bool end = false, bool marker = false) {
    const std::array<uint8_t, 4> payload{
        static_cast<uint8_t>(event), static_cast<uint8_t>((end ? 0x80 : 0) | 10),
        static_cast<uint8_t>(duration >> 8), static_cast<uint8_t>(duration)};
    if (const auto key = events.Add(timestamp, marker, payload)) keys += *key;
  }
  /// A whole press of 100 ms; `lost` is a mask of packets that do not arrive.
  void Press(uint32_t timestamp, int event, unsigned lost = 0) {
    for (int i = 0; i < 8; ++i) {  // five updates, three ends
      if ((lost >> i & 1) != 0) continue;
      Send(timestamp, event, 160 * std::min(i + 1, 5), i >= 5, i == 0);
    }
  }
};
}  // namespace

TEST_CASE("a press is one key, whatever is lost of it") {
  for (unsigned lost = 0; lost < 255; ++lost) {
    Phone phone;
    phone.Press(1000, 5, lost);
    phone.Press(1000 + 1600, 5, lost);
    phone.Press(1000 + 3200, 11, lost);
    INFO("lost " << lost);
    CHECK(phone.keys == "55#");
  }
}

TEST_CASE("every key has its letter and other events have none") {
  Phone phone;
  for (int event = 0; event < 256; ++event) phone.Press(static_cast<uint32_t>(event) * 4000, event);
  CHECK(phone.keys == "0123456789*#ABCD");
}

TEST_CASE("late and repeated packets of an earlier press are no press") {
  Phone phone;
  phone.Press(8000, 1);
  phone.Press(16000, 2);
  phone.Press(8000, 1);
  phone.Press(16000, 2);
  CHECK(phone.keys == "12");
}

TEST_CASE("a very long press in segments is one key") {
  Phone phone;
  phone.Send(1000, 7, 160, false, true);
  phone.Send(1000, 7, 0xFFFF);
  phone.Send(1000 + 0xFFFF, 7, 160);
  phone.Send(1000 + 0xFFFF, 7, 320, true);
  CHECK(phone.keys == "7");
}

TEST_CASE("the timestamp may wrap between presses, and restart") {
  Phone phone;
  phone.Press(0xFFFFFF00, 1);
  phone.Press(0xFFFFFF00 + 4000, 2);
  phone.Press(0x80000000, 3);
  phone.events.Restart();
  phone.Press(5, 4);
  CHECK(phone.keys == "1234");
}

TEST_CASE("audio under a held key is known") {
  Phone phone;
  CHECK_FALSE(phone.events.Covers(0));
  phone.Send(8000, 1, 160, false, true);
  CHECK_FALSE(phone.events.Covers(7999));
  CHECK(phone.events.Covers(8000));
  CHECK(phone.events.Covers(8000 + 160 + 399));
  CHECK_FALSE(phone.events.Covers(8000 + 160 + 400));
  phone.Send(8000, 1, 800, true);
  CHECK(phone.events.Covers(8799));
  CHECK_FALSE(phone.events.Covers(8800));
}

TEST_CASE("short and random payloads are harmless") {
  TelephoneEvents events;
  const std::array<uint8_t, 3> small{1, 2, 3};
  CHECK_FALSE(events.Add(1, true, small));
  CHECK_FALSE(events.Add(1, true, {}));
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const uint32_t r = random();
    const std::array<uint8_t, 4> payload{static_cast<uint8_t>(r % 20), static_cast<uint8_t>(r >> 8),
                                         static_cast<uint8_t>(r >> 16),
                                         static_cast<uint8_t>(r >> 24)};
    const auto key = events.Add(random(), r % 2 == 0, payload);
    if (key) CHECK(std::string("0123456789*#ABCD").find(*key) != std::string::npos);
  }
}
