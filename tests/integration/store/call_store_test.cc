// CallStore's contract, on both engines.
#include "mailbox/store/call_store.h"

#include "common/base/ulid.h"
#include "tests/integration/store/places.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::store {
namespace {

using domain::CallRecord;
using domain::MessageKind;
using domain::WallTime;
using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using namespace std::chrono_literals;

WallTime At(int seconds) { return WallTime(1'790'000'000s + std::chrono::seconds(seconds)); }

/// A record in which every field says something.
CallRecord Full(const std::string& id, int at = 0) {
  return {.id = id,
          .trace_id = "trace-" + id,
          .organisation = "acme",
          .node = "node-1",
          .started = At(at),
          .duration = 12'345ms,
          .sip_call_id = "call-" + id,
          .gateway = "pbx",
          .dial_plan = "Main",
          .called = "1001",
          .caller = {"+12025550142",
                     std::string("B\xf6"
                                 "b\0",
                                 4),
                     "bob@example.com"},
          .reason = domain::CallReason::kDivertBusy,
          .mailbox_id = "ann",
          .offer = domain::OfferResult::kAnswer,
          .drop_reason = "hung-up",
          .parent_call = std::string(32, 'd'),
          .dialled = "200",
          .codec = "PCMA",
          .quality = domain::CallQuality{3.92, 0.1, 0.39},
          .packets_received = 617,
          .jitter_ms = 1.5,
          .loss_percent = 0.25,
          .round_trip_ms = 20,
          .bursts = {25, 400, 9000},
          .steps = {{"invite", At(at)}, {"answered", At(at + 1)}}};
}

std::vector<std::string> Ids(const absl::StatusOr<std::vector<StoredCall>>& calls) {
  RequireOk(calls.status());
  std::vector<std::string> ids;
  for (const StoredCall& call : *calls) ids.push_back(call.record.id);
  return ids;
}

std::string Ulid(int at) { return NewUlid(At(at)); }

}  // namespace

TEMPLATE_TEST_CASE("a record is read back as it was written, by any of its names", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const Stores stores = OpenStores(place.options());
  const CallRecord record = Full(Ulid(0));
  RequireOk(stores.calls->Write({record}));
  RequireOk(stores.calls->Write({record}));  // again is no error
  for (const std::string& name : {record.id, record.trace_id, record.sip_call_id}) {
    const auto found = stores.calls->Find("acme", name);
    RequireOk(found.status());
    const CallRecord& read = found->record;
    CHECK(read.id == record.id);
    CHECK(read.trace_id == record.trace_id);
    CHECK(read.organisation == "acme");
    CHECK(read.node == "node-1");
    CHECK(read.started == record.started);
    CHECK(read.duration == record.duration);
    CHECK(read.sip_call_id == record.sip_call_id);
    CHECK(read.gateway == "pbx");
    CHECK(read.dial_plan == "Main");
    CHECK(read.called == "1001");
    CHECK(read.caller.number == record.caller.number);
    CHECK(read.caller.name == record.caller.name);
    CHECK(read.caller.email == record.caller.email);
    CHECK(read.reason == record.reason);
    CHECK(read.mailbox_id == "ann");
    CHECK(read.offer == record.offer);
    CHECK(read.drop_reason == "hung-up");
    CHECK(read.codec == "PCMA");
    REQUIRE(read.quality);
    CHECK(read.quality->nmos == 3.92);
    CHECK(read.quality->degradation() == Approx(0.49));
    CHECK(read.packets_received == 617);
    CHECK(read.jitter_ms == 1.5);
    CHECK(read.loss_percent == 0.25);
    CHECK(read.round_trip_ms == 20);
    CHECK(read.bursts.density_percent == 25);
    CHECK(read.bursts.burst_ms == 400);
    CHECK(read.bursts.gap_ms == 9000);
    CHECK(read.parent_call == std::string(32, 'd'));
    CHECK(read.dialled == "200");
    REQUIRE(read.steps.size() == 2);
    CHECK(read.steps[1].what == "answered");
    CHECK(read.steps[1].at == At(1));
    CHECK_FALSE(found->kind);
  }
  CHECK(stores.calls->Find("other", record.id).status().code() == absl::StatusCode::kNotFound);
  CHECK(stores.calls->Find("acme", "x' OR '1'='1").status().code() == absl::StatusCode::kNotFound);
}

TEMPLATE_TEST_CASE("calls are listed newest first, by mailbox, time and page", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const Stores stores = OpenStores(place.options());
  std::vector<CallRecord> records;
  for (int i = 0; i < 4; ++i) records.push_back(Full(Ulid(i), i));
  records[2].mailbox_id = "bela";
  records[3].organisation = "other";
  RequireOk(stores.calls->Write(records));
  using Strings = std::vector<std::string>;
  const auto ids = [&](CallStore::Query query) {
    query.organisation = "acme";
    return Ids(stores.calls->List(query));
  };
  CHECK(ids({}) == Strings{records[2].id, records[1].id, records[0].id});
  CHECK(ids({.mailbox_id = "ann"}) == Strings{records[1].id, records[0].id});
  CHECK(ids({.since = At(1)}) == Strings{records[2].id, records[1].id});
  CHECK(ids({.limit = 1}) == Strings{records[2].id});
  CHECK(ids({.before = records[1].id}) == Strings{records[0].id});
}

TEMPLATE_TEST_CASE("what its message was is known, whichever is written first, and outlives it", "",
                   Embedded, PostgreSql) {
  const TestType place;
  const Stores stores = OpenStores(place.options());
  StoredMessage message{.kind = MessageKind::kMissedCall, .stored = At(5)};
  message.call = tests::Facts();
  const bool message_first = GENERATE(true, false);
  CallRecord record = domain::RecordOf(message.call);
  record.drop_reason = "hung-up";
  if (message_first) RequireOk(stores.messages->Insert(message, ""));
  RequireOk(stores.calls->Write({record}));
  if (!message_first) RequireOk(stores.messages->Insert(message, ""));

  auto found = stores.calls->Find("acme", record.id);
  RequireOk(found.status());
  CHECK(found->kind == MessageKind::kMissedCall);
  CHECK(found->stored == At(5));
  CHECK(found->record.drop_reason == "hung-up");
  RequireOk(stores.messages->Erase({record.id}, At(9), nullptr).status());
  found = stores.calls->Find("acme", record.id);
  RequireOk(found.status());
  CHECK(found->kind == MessageKind::kMissedCall);
  CHECK_FALSE(found->stored);
}

TEMPLATE_TEST_CASE("a call whose node died has the record that its message makes", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const Stores stores = OpenStores(place.options());
  StoredMessage message{.kind = MessageKind::kVoice, .duration = 3s, .stored = At(5)};
  message.call = tests::Facts();
  message.call.sip_call_id = "c-1";
  RequireOk(stores.messages->Insert(message, "audio"));
  const auto found = stores.calls->Find("acme", "c-1");
  RequireOk(found.status());
  CHECK(found->kind == MessageKind::kVoice);
  CHECK(found->record.caller.number == "+4420");
  CHECK(found->record.drop_reason.empty());
}

TEMPLATE_TEST_CASE("old records are deleted, a few at a time", "", Embedded, PostgreSql) {
  const TestType place;
  const Stores stores = OpenStores(place.options());
  for (int i = 0; i < 5; ++i) RequireOk(stores.calls->Write({Full(Ulid(i), i)}));
  CHECK(stores.calls->DeleteBefore(At(3), 2).value() == 2);
  CHECK(stores.calls->DeleteBefore(At(3), 2).value() == 1);
  CHECK(stores.calls->DeleteBefore(At(3), 2).value() == 0);
  CHECK(Ids(stores.calls->List({.organisation = "acme"})).size() == 2);
}

}  // namespace um::store
