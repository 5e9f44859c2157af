#include "mailbox/handover/ticket.h"

#include <fmt/format.h>

#include <set>

#include "tests/support/catch.h"

namespace um::handover {
namespace {

using namespace std::chrono_literals;

const TicketKeys kKeys{{{1, std::string(32, 'a')}, {2, std::string(32, 'b')}}};
const TicketClaim kClaim{"contoso", "pbx", "mailbox-1", "0123456789abcdef0123456789abcdef"};
const domain::WallTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)};

TEST_CASE("a ticket is good for what it was issued for, and short enough for a URI") {
  const std::string ticket = Issue(kKeys, kClaim, kNow + 60s);
  CHECK(ticket.size() <= 64);
  CHECK(ticket.find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
        std::string::npos);
  CHECK(Check(kKeys, ticket, kClaim, kNow) == TicketCheck::kGood);
}

TEST_CASE("a ticket with any character changed is refused") {
  const std::string ticket = Issue(kKeys, kClaim, kNow + 60s);
  for (size_t i = 0; i < ticket.size(); ++i) {
    for (const char c : std::string("AZaz09_-B")) {
      if (ticket[i] == c) continue;
      std::string forged = ticket;
      forged[i] = c;
      CHECK(Check(kKeys, forged, kClaim, kNow) != TicketCheck::kGood);
    }
  }
}

TEST_CASE("a ticket cut short, made longer or made of other characters is malformed") {
  const std::string ticket = Issue(kKeys, kClaim, kNow + 60s);
  for (size_t n = 0; n < ticket.size(); ++n) {
    CHECK(Check(kKeys, ticket.substr(0, n), kClaim, kNow) == TicketCheck::kMalformed);
  }
  CHECK(Check(kKeys, ticket + "A", kClaim, kNow) == TicketCheck::kMalformed);
  CHECK(Check(kKeys, ticket + "AAAA", kClaim, kNow) == TicketCheck::kMalformed);
  CHECK(Check(kKeys, std::string(52, '='), kClaim, kNow) == TicketCheck::kMalformed);
  CHECK(Check(kKeys, std::string(5000, 'A'), kClaim, kNow) == TicketCheck::kMalformed);
}

TEST_CASE("a ticket of another gateway, organisation or called mailbox is forged") {
  const std::string ticket = Issue(kKeys, kClaim, kNow + 60s);
  TicketClaim other = kClaim;
  other.gateway = "sbc";
  CHECK(Check(kKeys, ticket, other, kNow) == TicketCheck::kForged);
  other = kClaim;
  other.organisation = "fabrikam";
  CHECK(Check(kKeys, ticket, other, kNow) == TicketCheck::kForged);
  other = kClaim;
  other.called = "mailbox-2";
  CHECK(Check(kKeys, ticket, other, kNow) == TicketCheck::kForged);
  // The parts are not simply strung together.
  other = kClaim;
  other.organisation = "contosop";
  other.gateway = "bx";
  CHECK(Check(kKeys, ticket, other, kNow) == TicketCheck::kForged);
}

TEST_CASE("the trace is not compared but carried") {
  TicketClaim other = kClaim;
  other.trace_id = "00000000000000000000000000000000";
  const std::string ticket = Issue(kKeys, kClaim, kNow + 60s);
  CHECK(Check(kKeys, ticket, other, kNow) == TicketCheck::kGood);
  CHECK(TraceOf(ticket) == kClaim.trace_id);
  CHECK_FALSE(TraceOf("nonsense"));
}

TEST_CASE("a ticket expires, at most 8 s late") {
  const std::string ticket = Issue(kKeys, kClaim, kNow + 60s);
  CHECK(Check(kKeys, ticket, kClaim, kNow + 60s) == TicketCheck::kGood);
  CHECK(Check(kKeys, ticket, kClaim, kNow + 69s) == TicketCheck::kExpired);
}

TEST_CASE("the same offer gets the same ticket, another call another one") {
  CHECK(Issue(kKeys, kClaim, kNow + 57s) == Issue(kKeys, kClaim, kNow + 60s));
  TicketClaim other = kClaim;
  other.trace_id = "00000000000000000000000000000000";
  CHECK(Issue(kKeys, kClaim, kNow + 60s) != Issue(kKeys, other, kNow + 60s));
}

TEST_CASE("a ticket survives one rotation of the key and not the key's end") {
  const TicketKeys old{{{1, std::string(32, 'a')}}};
  const std::string ticket = Issue(old, kClaim, kNow + 60s);
  CHECK(Check(kKeys, ticket, kClaim, kNow) == TicketCheck::kGood);
  const TicketKeys next{{{2, std::string(32, 'b')}, {3, std::string(32, 'c')}}};
  CHECK(Check(next, ticket, kClaim, kNow) == TicketCheck::kForged);
  // A generation that has come round to the same 16 bits has another key.
  const TicketKeys round{{{1 + 65536, std::string(32, 'z')}}};
  CHECK(Check(round, ticket, kClaim, kNow) == TicketCheck::kForged);
}

TEST_CASE("without a key there is no ticket") {
  CHECK(Issue({}, kClaim, kNow).empty());
  CHECK(Check({}, Issue(kKeys, kClaim, kNow + 60s), kClaim, kNow) == TicketCheck::kForged);
  CHECK(DeriveKey({}, "proxy").empty());
}

TEST_CASE("derived keys differ by purpose and from the ticket key") {
  CHECK(DeriveKey(kKeys, "proxy") == DeriveKey(kKeys, "proxy"));
  CHECK(DeriveKey(kKeys, "proxy") != DeriveKey(kKeys, "other"));
  CHECK(DeriveKey(kKeys, "proxy").size() == 32);
}

TEST_CASE("a used ticket lets the same call retry and no other call in") {
  UsedTickets used;
  const std::string ticket = Issue(kKeys, kClaim, kNow + 60s);
  CHECK(used.Use(ticket, "call-1;tag-1", kNow));
  CHECK(used.Use(ticket, "call-1;tag-1", kNow + 2s));
  CHECK_FALSE(used.Use(ticket, "call-2;tag-2", kNow + 2s));
  CHECK_FALSE(used.Use("not a ticket", "call-2;tag-2", kNow));
}

TEST_CASE("used tickets are forgotten when they have expired, and are bounded") {
  UsedTickets used;
  TicketClaim claim = kClaim;
  for (int i = 0; i < 1000; ++i) {
    claim.trace_id = fmt::format("{:032x}", i);
    CHECK(used.Use(Issue(kKeys, claim, kNow + 60s), "call", kNow));
  }
  CHECK(used.size() == 1000);
  claim.trace_id = fmt::format("{:032x}", 5000);
  CHECK(used.Use(Issue(kKeys, claim, kNow + 200s), "call", kNow + 70s));
  CHECK(used.size() == 1);
}

}  // namespace
}  // namespace um::handover
