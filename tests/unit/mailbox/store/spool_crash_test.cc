// Nothing promised is ever lost: death and power loss at every file operation.
#include <thread>

#include "mailbox/store/crc32c.h"
#include "tests/unit/mailbox/store/spool_fixture.h"

namespace um::tests {
namespace {

using domain::MessageKind;

constexpr domain::Milliseconds kPiece = 700ms;

/// What the outside world knows of a call when the process dies.
struct Seen {
  domain::CallFacts facts = Facts();
  std::string audio;   // all that was said
  size_t durable = 0;  // of it, what was said before the last group commit that was completed
  bool begun = false;  // the file had time to become durable
  std::optional<Saved> saved;
};

/// One call: begins, speaks in pieces with a group commit after each, seals. Leaves off where the
/// disk dies.
Seen Script(Node& node) {
  Seen seen;
  auto call = node.spool->Begin(seen.facts);
  node.Settle();
  seen.begun = !node.files.crashed();
  for (int i = 0; i < 4 && !node.files.crashed(); ++i) {
    const std::string piece = Speech(kPiece, i);
    seen.audio += piece;
    call->Append(Codes(piece));
    node.Settle();
    if (!node.files.crashed()) seen.durable = seen.audio.size();
  }
  if (!node.files.crashed()) {
    // The last words and the seal reach the disk, or not, by one sync.
    const std::string last = Speech(200ms, 9);
    seen.audio += last;
    call->Append(Codes(last));
  }
  call->Seal([&](Saved s) { seen.saved = s; });
  node.Settle();
  return seen;
}

void CheckAfterRecovery(Node& node, const Seen& seen, Kept kept) {
  const auto entries = node.store.entries();
  INFO("durable " << seen.durable << " of " << seen.audio.size());
  if (!seen.begun && entries.empty()) return;  // died before the call was on the disk
  REQUIRE(entries.size() == 1);
  const auto& [message, audio] = entries.at(seen.facts.message_id);
  CHECK(message.call.caller.name == seen.facts.caller.name);
  if (seen.durable >= 16000) CHECK(message.kind == MessageKind::kVoice);
  if (message.kind == MessageKind::kMissedCall) {
    CHECK(seen.saved != Saved::kStored);
    CHECK(seen.saved != Saved::kSealed);
    return;
  }
  // Judging cuts silence only: the recording ends within a quiet 100 ms or right after speech.
  CHECK(audio.size() + 800 >= seen.durable);
  CHECK(audio.substr(0, seen.durable) ==
        seen.audio.substr(0, std::min(audio.size(), seen.durable)));
  if (seen.saved) CHECK(audio.size() + 800 >= seen.audio.size());
  if (kept == Kept::kNothing || kept == Kept::kAll) CHECK(seen.audio.starts_with(audio));
  // A seal that came to the disk before the audio it speaks of does not count.
  CHECK_FALSE(audio.ends_with('\0'));
  const auto files = node.SpoolFiles();
  CHECK(std::ranges::count(files, seen.facts.message_id + ".spool") == 1);
}

int OperationsOfTheScript() {
  Node node;
  node.Settle();
  const int before = node.files.operations();
  Script(node);
  return node.files.operations() - before;
}

void CrashEverywhere(Kept kept, int seeds, const absl::Status& store_status) {
  const int operations = OperationsOfTheScript();
  REQUIRE(operations > 10);
  for (int n = 0; n <= operations; ++n) {
    for (int seed = 0; seed < seeds; ++seed) {
      INFO("crash at operation " << n << " of " << operations << ", seed " << seed);
      Node node;
      node.Settle();
      node.store.SetStatus(store_status);
      node.files.CrashAfter(n);
      Seen seen = Script(node);
      node.Pass(2100ms);
      node.store.SetStatus(absl::OkStatus());
      node.DieAndRestart(kept, static_cast<uint32_t>(seed));
      CheckAfterRecovery(node, seen, kept);
      // Once more: recovery is idempotent, also when it is cut off itself.
      const auto before = node.store.entries().size();
      node.DieAndRestart(kept, static_cast<uint32_t>(seed + 100));
      CHECK(node.store.entries().size() == before);
    }
  }
}

TEST_CASE("kill -9 at any file operation loses nothing") {
  CrashEverywhere(Kept::kAll, 1, absl::OkStatus());
}

TEST_CASE("power loss at any file operation loses nothing that was synced") {
  CrashEverywhere(Kept::kNothing, 1, absl::OkStatus());
}

TEST_CASE("power loss that leaves unsynced data in pieces loses nothing that was synced") {
  CrashEverywhere(Kept::kRandom, 8, absl::OkStatus());
}

TEST_CASE("power loss while the store is away loses nothing that was promised") {
  CrashEverywhere(Kept::kNothing, 1, absl::UnavailableError("no store"));
  CrashEverywhere(Kept::kRandom, 4, absl::UnavailableError("no store"));
}

TEST_CASE("death at any operation of the recovery loses nothing") {
  for (int n = 0; n < 12; ++n) {
    for (const Kept kept : {Kept::kAll, Kept::kNothing, Kept::kRandom}) {
      INFO("recovery dies at operation " << n);
      Node node;
      const auto facts = Facts();
      const std::string audio = Speech(1900ms);
      auto call = node.spool->Begin(facts);
      call->Append(Codes(audio));
      node.Settle();
      node.files.CrashAfter(0);
      call.reset();
      node.Stop();
      node.files.PowerLoss(Kept::kNothing);
      node.store.SetStatus(absl::UnavailableError("no store"));
      node.files.CrashAfter(n);
      node.Start();
      node.Settle();
      node.store.SetStatus(absl::OkStatus());
      node.DieAndRestart(kept, static_cast<uint32_t>(n));
      REQUIRE(node.store.entries().size() == 1);
      CHECK(node.store.entries().at(facts.message_id).audio == audio);
    }
  }
}

TEST_CASE("any one operation may fail, at any time, and nothing is lost") {
  const int operations = OperationsOfTheScript();
  for (const int times : {1, 2, 5}) {
    for (int n = 0; n <= operations; ++n) {
      INFO(times << " failures from operation " << n);
      Node node;
      node.Settle();
      node.files.FailAfter(n, absl::ResourceExhaustedError("disk full"), times);
      Seen seen = Script(node);
      node.Pass(3s);
      REQUIRE(seen.saved);
      CHECK(node.spool->Healthy());
      // Durable by now, whatever failed: a failed sync must not be taken for done the second time.
      node.Stop();
      node.files.PowerLoss(Kept::kNothing);
      const std::string file = *node.files.Read(node.PathOf(seen.facts));
      CHECK(file.ends_with(seen.audio));
      const auto preamble = store::DecodePreamble(file);
      REQUIRE(preamble.ok());
      CHECK(preamble->seal.state == store::SealState::kSealed);
      CHECK(preamble->seal.audio_crc == store::Crc32c(seen.audio));
      node.Start();
      node.Settle();
      REQUIRE(node.store.entries().size() == 1);
      CHECK(node.store.entries().at(seen.facts.message_id).audio.size() + 800 >= seen.audio.size());
    }
  }
}

TEST_CASE("a discard that was cut off is carried out, or the call is a message: never both") {
  for (int n = 0; n < 8; ++n) {
    for (const Kept kept : {Kept::kAll, Kept::kNothing, Kept::kRandom}) {
      INFO("discard dies at operation " << n);
      Node node;
      auto call = node.spool->Begin(Facts());
      call->Append(Codes(Speech(1900ms)));
      node.Settle();
      const bool cut_off = n < 2;  // before the record was synced
      node.files.CrashAfter(n);
      call->Discard();
      node.Settle();
      call.reset();
      node.DieAndRestart(kept, 7);
      CHECK(node.store.entries().size() <= (cut_off ? 1u : 0u));
      if (!cut_off) CHECK(node.SpoolFiles().empty());
    }
  }
}

TEST_CASE(
    "erasing survives death at any operation: old audio, new audio or none, never a mixture") {
  for (int n = 0; n < 10; ++n) {
    INFO("dies at operation " << n);
    Node node;
    const auto facts = Facts();
    // The new audio is shorter: of the old nothing may stick out behind it.
    const std::string old_audio = Speech(1900ms, 1), new_audio = Speech(1500ms, 2);
    auto call = node.spool->Begin(facts);
    call->Append(Codes(old_audio));
    node.Settle();
    node.files.CrashAfter(n);
    call->Erase();
    node.Settle();
    call->Append(Codes(new_audio));
    node.Settle();
    call.reset();
    node.DieAndRestart(Kept::kAll);
    REQUIRE(node.store.entries().size() == 1);
    const auto entry = node.store.entries().at(facts.message_id);
    CHECK((entry.audio.empty() || entry.audio == old_audio || entry.audio == new_audio));
  }
}

TEST_CASE("files that are damaged are put aside, foreign ones left, and the good ones recovered") {
  Node node;
  const auto facts = Facts(), cut = Facts(), renamed = Facts(), empty = Facts(), newer = Facts();
  auto call = node.spool->Begin(facts);
  call->Append(Codes(Speech(1900ms)));
  call.reset();
  node.store.SetStatus(absl::UnavailableError("no store"));
  node.Settle();
  const std::string good = *node.files.Read(node.PathOf(facts));
  std::string next = good;
  next[8] = 2;  // version
  node.Stop();
  node.files.Put(node.PathOf(cut), good.substr(0, 70));
  node.files.Put(node.PathOf(renamed), good);
  node.files.Put(node.PathOf(empty), std::string(4096, '\0'));
  node.files.Put(node.PathOf(newer), next);
  node.files.Put("/spool/notes.txt", "mine");
  node.files.Put("/spool/foreign.spool", "not ours");
  node.store.SetStatus(absl::OkStatus());
  node.Start();
  node.Settle();
  CHECK(node.store.entries().size() == 1);
  CHECK(node.files.Read("/spool/damaged/" + cut.message_id + ".spool").ok());
  CHECK(node.files.Read("/spool/damaged/" + renamed.message_id + ".spool").ok());
  CHECK_FALSE(node.files.Read(node.PathOf(cut)).ok());
  CHECK_FALSE(node.files.Read(node.PathOf(empty)).ok());
  CHECK(node.files.Read(node.PathOf(newer)).ok());
  CHECK(node.files.Read("/spool/notes.txt").ok());
  CHECK(node.files.Read("/spool/foreign.spool").ok());
}

TEST_CASE("any damaged byte of a spool file costs no more than it must, and never a crash") {
  Node maker;
  const auto facts = Facts();
  auto call = maker.spool->Begin(facts);
  call->Append(Codes(Speech(1200ms)));
  call.reset();
  maker.Settle();
  const std::string good = *maker.files.Read(maker.PathOf(facts));
  for (size_t at = 0; at < 250; ++at) {
    INFO("byte " << at);
    Node node;
    node.Stop();
    node.files.Put(node.PathOf(facts), good);
    node.files.Rot(node.PathOf(facts), at);
    node.Start();
    node.Settle();
    const bool stored = node.store.entries().size() == 1;
    const bool aside = node.files.Read("/spool/damaged/" + facts.message_id + ".spool").ok();
    const bool left = node.files.Read(node.PathOf(facts)).ok();
    CHECK((aside || left));                            // never lost
    CHECK((stored || aside || (at >= 8 && at < 12)));  // those make it a newer release's
    // Facts that cannot be trusted would deliver the message to somebody else.
    const bool in_facts = at >= store::kPreambleSize && at < store::EncodeHeader(facts).size();
    CHECK(aside == (at < 8 || (at >= 12 && at < 20) || in_facts));
  }
}

TEST_CASE("audio that rotted after it was sealed is delivered as it is") {
  Node maker;
  const auto facts = Facts();
  auto call = maker.spool->Begin(facts);
  const std::string audio = Speech(1900ms);
  call->Append(Codes(audio));
  call.reset();
  maker.Settle();
  Node node;
  node.Stop();
  const std::string file = *maker.files.Read(maker.PathOf(facts));
  node.files.Put(node.PathOf(facts), file);
  node.files.Rot(node.PathOf(facts), file.size() - 5000);
  node.Start();
  node.Settle();
  REQUIRE(node.store.entries().size() == 1);
  CHECK(node.store.entries().at(facts.message_id).audio.size() == audio.size());
}

TEST_CASE("rubbish of any length in place of a spool file does no harm") {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    Node node;
    node.Stop();
    const auto facts = Facts();
    std::string bytes = i % 2 ? store::EncodeHeader(facts) : "";
    const size_t keep = bytes.size() * (random() % 5) / 4;
    bytes.resize(keep);
    while (bytes.size() < keep + random() % 300) bytes.push_back(static_cast<char>(random()));
    node.files.Put(node.PathOf(facts), bytes);
    node.Start();
    node.Settle();
    CHECK(node.store.entries().size() <= 1);
  }
}

TEST_CASE("a file that somebody has locked is left to him") {
  Node node;
  const auto facts = Facts();
  auto call = node.spool->Begin(facts);
  node.Settle();
  node.loop.RunFor(6min);  // a sweep, while the call goes on
  node.Settle();
  CHECK(node.store.entries().empty());
  call.reset();
  node.Settle();
  CHECK(node.store.entries().size() == 1);
}

TEST_CASE("the checksum is CRC-32C") {
  STATIC_REQUIRE(store::Crc32c("123456789") ==
                 0xe3069283);  // RFC 3720 has the polynomial, this is its check value
  STATIC_REQUIRE(store::Crc32c("6789", store::Crc32c("12345")) == 0xe3069283);
}

}  // namespace
}  // namespace um::tests
