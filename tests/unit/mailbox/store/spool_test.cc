// The life of a recording, on a disk in memory.
#include "tests/unit/mailbox/store/spool_fixture.h"

namespace um::tests {
namespace {

using domain::MessageKind;

TEST_CASE("a sealed recording is stored whole, then the caller is told") {
  Node node;
  const auto facts = Facts();
  const std::string audio = Speech(2950ms);  // ends while it is loud
  auto call = node.spool->Begin(facts);
  for (size_t i = 0; i < audio.size(); i += 80) call->Append(Codes(audio).subspan(i, 80));
  std::optional<Saved> saved;
  call->Seal([&](Saved s) { saved = s; });
  CHECK_FALSE(saved);  // never inline
  node.Settle();
  CHECK(saved == Saved::kStored);
  CHECK(node.stored == 1);
  const auto entries = node.store.entries();
  REQUIRE(entries.size() == 1);
  const auto& [message, stored_audio] = entries.at(facts.message_id);
  CHECK(message.kind == MessageKind::kVoice);
  CHECK(message.duration == 2950ms);
  CHECK(message.call.caller.name == facts.caller.name);
  CHECK(message.stored == node.loop.WallNow());
  CHECK(stored_audio == audio);
}

TEST_CASE("silence after the last word is cut from audio and duration") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  const std::string speech = Speech(1900ms);  // ends while it is loud
  call->Append(Codes(speech + Silence(3000ms)));
  call.reset();
  node.Settle();
  const auto entry = node.store.entries().at(facts.message_id);
  CHECK(entry.message.duration == 1900ms + domain::kTail);
  CHECK(entry.audio == speech + Silence(domain::kTail));
}

TEST_CASE("too little speech leaves a missed call without audio") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  call->Append(Codes(Silence(4000ms)));
  std::optional<Saved> saved;
  call->Seal([&](Saved s) { saved = s; });
  node.Settle();
  CHECK(saved == Saved::kMissed);
  const auto entry = node.store.entries().at(facts.message_id);
  CHECK(entry.message.kind == MessageKind::kMissedCall);
  CHECK(entry.message.duration == 0ms);
  CHECK(entry.audio.empty());
}

TEST_CASE("a call that is dropped without a word is a missed call") {
  Node node;
  const auto facts = Facts();
  node.spool->Begin(facts).reset();
  node.Settle();
  CHECK(node.store.entries().at(facts.message_id).message.kind == MessageKind::kMissedCall);
}

TEST_CASE("only the first seal counts, and only it is told") {
  Node node;
  auto call = node.spool->Begin(Facts());
  call->Append(Codes(Speech(2000ms)));
  int first = 0, second = 0;
  call->Seal([&](Saved) { ++first; });
  call->Seal([&](Saved) { ++second; });
  call->Append(Codes(Speech(2000ms)));  // too late
  call->Erase();
  call->Discard();
  node.Settle();
  CHECK(first == 1);
  CHECK(second == 0);
  REQUIRE(node.store.entries().size() == 1);
  CHECK(node.store.entries().begin()->second.message.duration < 2100ms);
  CHECK(node.store.entries().begin()->second.message.kind == MessageKind::kVoice);
}

TEST_CASE("a caller who is gone is not told") {
  Node node;
  auto call = node.spool->Begin(Facts());
  bool told = false;
  call->Seal([&](Saved) { told = true; });
  call.reset();
  node.Settle();
  CHECK_FALSE(told);
  CHECK(node.store.entries().size() == 1);
}

TEST_CASE("being told may destroy the call") {
  Node node;
  auto call = node.spool->Begin(Facts());
  call->Seal([&](Saved) { call.reset(); });
  node.Settle();
  CHECK_FALSE(call);
}

TEST_CASE("a discarded call leaves nothing") {
  Node node;
  auto early = node.spool->Begin(Facts());
  early->Discard();
  auto call = node.spool->Begin(Facts());
  call->Append(Codes(Speech(2000ms)));
  node.Settle();
  CHECK(node.SpoolFiles().size() == 1);
  call->Discard();
  call->Discard();
  bool told = false;
  call->Seal([&](Saved) { told = true; });
  call.reset();
  early.reset();
  node.Settle();
  CHECK_FALSE(told);
  CHECK(node.SpoolFiles().empty());
  CHECK(node.store.entries().empty());
  node.DieAndRestart(Kept::kNothing);
  CHECK(node.store.entries().empty());
}

TEST_CASE("erased audio is gone, what follows is kept") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  call->Append(Codes(Speech(3000ms, 1)));
  node.Settle();  // on the disk
  call->Append(Codes(Speech(500ms, 2)));
  call->Erase();
  const std::string again = Speech(1500ms, 3);
  call->Append(Codes(again));
  call->Seal(nullptr);
  node.Settle();
  CHECK(node.store.entries().at(facts.message_id).audio == again);
  CHECK(node.files.Read(node.PathOf(facts))->find(Speech(3000ms, 1).substr(0, 100)) ==
        std::string::npos);
}

TEST_CASE("a recording can be read while it is made: what is on the disk, and what is not yet") {
  Node node;
  auto call = node.spool->Begin(Facts());
  const auto read = [&](uint64_t from, size_t most) {
    std::optional<std::string> audio;
    call->Read(from, most, [&](std::string a) { audio = std::move(a); });
    CHECK_FALSE(audio);  // never inline
    node.Settle();
    REQUIRE(audio);
    return *audio;
  };
  CHECK(read(0, 100).empty());
  const std::string first = Speech(1000ms, 1), second = Speech(500ms, 2);
  call->Append(Codes(first));
  node.Settle();  // on the disk
  call->Append(Codes(second));
  const std::string all = first + second;
  CHECK(read(0, SIZE_MAX) == all);
  CHECK(read(100, 50) == all.substr(100, 50));
  CHECK(read(first.size() - 10, 20) == all.substr(first.size() - 10, 20));
  CHECK(read(first.size() + 10, 20) == all.substr(first.size() + 10, 20));
  CHECK(read(all.size() - 5, 100) == all.substr(all.size() - 5));
  CHECK(read(all.size(), 100).empty());
  CHECK(read(all.size() + 1000, 100).empty());
  call->Erase();
  CHECK(read(0, 100).empty());
  node.files.FailAfter(0, absl::ResourceExhaustedError("disk full"), 1000);
  call->Append(Codes(first));
  CHECK(read(0, SIZE_MAX) == first);  // what the disk refuses is in memory
}

TEST_CASE("a message's marks are kept with it, and by the sealed file meanwhile") {
  Node node;
  node.store.SetStatus(absl::UnavailableError("no store"));
  const auto facts = Facts(), ordinary = Facts();
  auto by_policy = Facts();
  by_policy.marks.is_private = true;
  for (const auto& each : {facts, ordinary, by_policy}) {
    auto call = node.spool->Begin(each);
    call->Append(Codes(Speech(2000ms)));
    call->SetMarks({.important = true, .is_private = true});
    if (each.message_id != facts.message_id) call->SetMarks({});
    call->Seal(nullptr);
    call->SetMarks({});  // too late
    node.Settle();
  }
  node.DieAndRestart(Kept::kNothing);
  CHECK(node.store.entries().empty());
  node.store.SetStatus(absl::OkStatus());
  node.Pass(11s);
  const auto marks = [&](const domain::CallFacts& call) {
    return node.store.entries().at(call.message_id).message.call.marks;
  };
  CHECK(marks(facts).important);
  CHECK(marks(facts).is_private);
  CHECK_FALSE(marks(ordinary).important);
  CHECK_FALSE(marks(ordinary).is_private);
  CHECK_FALSE(marks(by_policy).important);
  CHECK(marks(by_policy).is_private);
}

TEST_CASE("how a message is to be mailed survives its node") {
  Node node;
  node.store.SetStatus(absl::UnavailableError("no store"));
  auto facts = Facts();
  facts.audio_format = domain::AudioFormat::kOpus;
  facts.language = "fr-FR";
  facts.time_zone = "Europe/Paris";
  facts.missed_call_notice = false;
  facts.mail_text = "Confidential.";
  auto call = node.spool->Begin(facts);
  call->Append(Codes(Speech(2000ms)));
  call.reset();
  node.Settle();
  node.DieAndRestart(Kept::kNothing);
  node.store.SetStatus(absl::OkStatus());
  node.Pass(11s);
  const domain::CallFacts kept = node.store.entries().at(facts.message_id).message.call;
  CHECK(kept.audio_format == domain::AudioFormat::kOpus);
  CHECK(kept.language == "fr-FR");
  CHECK(kept.time_zone == "Europe/Paris");
  CHECK_FALSE(kept.missed_call_notice);
  CHECK(kept.mail_text == "Confidential.");
}

TEST_CASE("audio is on the disk within a second though the call goes on") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  node.Settle();
  const std::string audio = Speech(1000ms);
  call->Append(Codes(audio));
  node.loop.RunFor(500ms);
  while (node.files.Read(node.PathOf(facts))->size() < audio.size()) std::this_thread::yield();
  call.reset();
}

TEST_CASE("while the store is away the sealed file is the promise, and the message follows") {
  Node node;
  node.store.SetStatus(absl::UnavailableError("no store"));
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  call->Append(Codes(Speech(2000ms)));
  std::optional<Saved> saved;
  call->Seal([&](Saved s) { saved = s; });
  node.Pass(1900ms);
  CHECK_FALSE(saved);
  node.Pass(200ms);
  CHECK(saved == Saved::kSealed);
  node.Pass(20s);
  CHECK(node.store.entries().empty());
  CHECK(node.store.inserts() >= 4);
  CHECK(node.store.inserts() < 20);  // it backs off
  node.store.SetStatus(absl::OkStatus());
  node.Pass(11s);
  CHECK(node.store.entries().size() == 1);
  CHECK(node.stored == 1);
  CHECK(saved == Saved::kSealed);  // told once
}

TEST_CASE("a missed call is told as such even when the store is away") {
  Node node;
  node.store.SetStatus(absl::UnavailableError("no store"));
  auto call = node.spool->Begin(Facts());
  std::optional<Saved> saved;
  call->Seal([&](Saved s) { saved = s; });
  node.Pass(2100ms);
  CHECK(saved == Saved::kMissed);
}

TEST_CASE("a store that hangs keeps the caller waiting for two seconds only") {
  Node node;
  node.store.Hold(true);
  auto call = node.spool->Begin(Facts());
  call->Append(Codes(Speech(2000ms)));
  std::optional<Saved> saved;
  call->Seal([&](Saved s) { saved = s; });
  node.spool->Drain();
  node.loop.RunFor(2100ms);
  CHECK(saved == Saved::kSealed);
  node.store.Hold(false);
  node.Settle();
  CHECK(node.store.entries().size() == 1);
}

TEST_CASE("what the store did not get before the end, it gets after the next start") {
  Node node;
  node.store.SetStatus(absl::UnavailableError("no store"));
  const auto facts = Facts();
  const std::string audio = Speech(1900ms);
  auto call = node.spool->Begin(facts);
  call->Append(Codes(audio));
  call.reset();
  node.Settle();
  node.Stop();
  node.store.SetStatus(absl::OkStatus());
  node.Start();
  node.Settle();
  CHECK(node.store.entries().at(facts.message_id).audio == audio);
  CHECK(node.stored == 1);
}

TEST_CASE("closing the spool seals what is open and makes it durable") {
  Node node;
  const auto facts = Facts();
  const std::string audio = Speech(1900ms);
  auto call = node.spool->Begin(facts);
  call->Append(Codes(audio));
  node.Stop();
  call->Append(Codes(audio));  // the call may outlive the spool
  call->Erase();
  call->Seal([](Saved) { FAIL("told by a spool that has gone"); });
  call.reset();
  node.loop.RunFor(1s);
  node.files.PowerLoss(Kept::kNothing);
  node.Start();
  node.Settle();
  CHECK(node.store.entries().at(facts.message_id).audio == audio);
}

TEST_CASE("a message is asserted again when the store has forgotten it") {
  Node node, failed_over;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  call->Append(Codes(Speech(1900ms)));
  call.reset();
  node.Settle();
  REQUIRE(node.store.entries().size() == 1);
  // The same disk beside a store that knows nothing.
  failed_over.files.Put(node.PathOf(facts), *node.files.Read(node.PathOf(facts)));
  failed_over.Stop();
  failed_over.Start();
  failed_over.Settle();
  CHECK(failed_over.store.entries().at(facts.message_id).audio ==
        node.store.entries().at(facts.message_id).audio);
}

TEST_CASE("a spool file is kept until its message is delivered and the retention is over") {
  Node node;
  const auto facts = Facts();
  node.spool->Begin(facts).reset();
  node.Settle();
  node.loop.RunFor(6min);
  node.Settle();
  CHECK(node.SpoolFiles().size() == 1);
  node.store.SetDelivered(facts.message_id, node.loop.WallNow());
  node.loop.RunFor(23h);
  node.Settle();
  CHECK(node.SpoolFiles().size() == 1);
  node.loop.RunFor(1h);
  node.Settle();
  node.loop.RunFor(6min);  // one more sweep, which nothing holds up
  node.Settle();
  CHECK(node.SpoolFiles().empty());
  CHECK(node.store.inserts() == 1);
}

TEST_CASE(
    "an erased message's spool file goes at once, or by the next sweep, and is not stored again") {
  Node node;
  const auto first = Facts(), second = Facts();
  for (const auto& facts : {first, second}) node.spool->Begin(facts).reset();
  node.Settle();
  REQUIRE(node.store.Erase({first.message_id, second.message_id}, {}, nullptr)->ids.size() == 2);
  node.spool->RemoveErased({first.message_id, "../no-ulid"});  // the node that was asked
  CHECK(node.SpoolFiles() == std::vector<std::string>{second.message_id + ".spool"});
  node.loop.RunFor(6min);  // another node
  node.Settle();
  CHECK(node.SpoolFiles().empty());
  CHECK(node.store.entries().empty());
}

TEST_CASE("what is recorded while its mailbox is erased stays") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  call->Append(Codes(Speech(2s)));
  node.Settle();
  node.spool->RemoveErased({facts.message_id});  // somebody holds it
  CHECK(node.SpoolFiles().size() == 1);
  call.reset();
  node.Settle();
  CHECK(node.store.entries().at(facts.message_id).audio.size() == 16000);
}

TEST_CASE("little free space refuses calls until there is some again") {
  Node node;
  CHECK(node.spool->Healthy());
  node.files.SetFreeBytes(1 << 20);
  node.Pass(1100ms);
  CHECK_FALSE(node.spool->Healthy());
  node.Stop();
  node.Start();
  CHECK_FALSE(node.spool->Healthy());  // from the first moment on
  node.files.SetFreeBytes(1 << 30);
  node.Pass(1100ms);
  CHECK(node.spool->Healthy());
}

TEST_CASE("a disk that is full for a while costs no audio") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  node.Settle();
  std::string audio;
  node.files.FailAfter(0, absl::ResourceExhaustedError("disk full"), 1000);
  for (int i = 0; i < 10; ++i) {
    const std::string more = Speech(1100ms, i);
    audio += more;
    call->Append(Codes(more));
    node.Pass(500ms);
  }
  CHECK_FALSE(node.spool->Healthy());
  node.files.FailAfter(0, absl::OkStatus(), 0);
  node.Pass(2s);
  CHECK(node.spool->Healthy());
  call.reset();
  node.Settle();
  CHECK(node.store.entries().at(facts.message_id).audio == audio);
}

TEST_CASE("the spool becomes healthy again though no call is there to find out") {
  Node node;
  auto call = node.spool->Begin(Facts());
  node.Settle();
  node.files.FailAfter(0, absl::ResourceExhaustedError("disk full"), 1000);
  call->Append(Codes(Speech(100ms)));
  node.Pass(600ms);
  call->Discard();
  node.Pass(600ms);
  CHECK_FALSE(node.spool->Healthy());
  node.files.FailAfter(0, absl::OkStatus(), 0);
  node.Pass(2s);
  CHECK(node.spool->Healthy());
  CHECK(node.SpoolFiles().empty());
}

TEST_CASE("a message the disk will not have goes to the store from memory") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  const std::string audio = Speech(1900ms);
  call->Append(Codes(audio).first(8000));
  node.Settle();
  node.files.FailAfter(0, absl::ResourceExhaustedError("disk full"), 1000);
  call->Append(Codes(audio).subspan(8000));
  std::optional<Saved> saved;
  call->Seal([&](Saved s) { saved = s; });
  node.Settle();
  CHECK(saved == Saved::kStored);
  CHECK(node.store.entries().at(facts.message_id).audio == audio);
  // Nothing durable, no store: then no promise either.
  node.store.SetStatus(absl::UnavailableError("no store"));
  auto other = node.spool->Begin(Facts());
  bool told = false;
  other->Seal([&](Saved) { told = true; });
  node.Pass(5s);
  CHECK_FALSE(told);
  node.files.FailAfter(0, absl::OkStatus(), 0);
  node.Pass(3s);
  CHECK(told);
}

TEST_CASE("a disk that stalls never stops the media thread, and calls are refused") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  node.Settle();
  node.files.Hold(true);
  const std::string second = Speech(1000ms);
  for (int i = 0; i < 100; ++i) {
    call->Append(Codes(second));
    node.loop.RunFor(1s);
  }
  CHECK_FALSE(node.spool->Healthy());
  node.files.Hold(false);
  node.Settle();
  call.reset();
  node.Settle();
  // The stall's first half minute is kept, beside what was being written when it began: as much at
  // most.
  const size_t kept = node.store.entries().at(facts.message_id).audio.size();
  CHECK(kept >= 30 * 8000 - 800);
  CHECK(kept <= 60 * 8000);
  node.Pass(2s);
  CHECK(node.spool->Healthy());
}

TEST_CASE("an id that is no ULID costs the id, not the message") {
  Node node;
  auto facts = Facts();
  facts.message_id = "../../etc/passwd";
  node.spool->Begin(facts).reset();
  node.Settle();
  REQUIRE(node.store.entries().size() == 1);
  CHECK(IsUlid(node.store.entries().begin()->first));
}

TEST_CASE("many calls at once are neither swapped nor cut") {
  Node node;
  std::vector<std::unique_ptr<domain::SpooledCall>> calls;
  std::vector<domain::CallFacts> facts;
  for (int i = 0; i < 50; ++i) {
    facts.push_back(Facts());
    calls.push_back(node.spool->Begin(facts.back()));
  }
  for (int n = 0; n < 19; ++n) {
    for (int i = 0; i < 50; ++i) {
      calls[i]->Append(Codes(Speech(1900ms, i)).subspan(n * 800, 800));
    }
    if (n % 5 == 0) node.loop.RunFor(500ms);
  }
  calls.clear();
  for (int i = 0; i < 30; ++i) node.Settle();
  const auto entries = node.store.entries();
  REQUIRE(entries.size() == 50);
  for (int i = 0; i < 50; ++i) CHECK(entries.at(facts[i].message_id).audio == Speech(1900ms, i));
}

}  // namespace
}  // namespace um::tests
