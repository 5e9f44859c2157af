#include "mailbox/store/greetings.h"

#include <map>
#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/domain/names.h"

namespace um::store {

using domain::GreetingKind;
using domain::OwnWords;

void StoreGreetings::Ask(const domain::CallFacts& facts, std::function<void(OwnWords)> answer) {
  // The answer is handed back whole: what it holds may end on the loop alone.
  const bool taken = questions_.Submit([this, facts, answer]() mutable {
    loop_.Post([alive = alive_, own = Find(facts), answer = std::move(answer)] {
      if (*alive) answer(own);
    });
  });
  if (!taken) answer({});
}

OwnWords StoreGreetings::Find(const domain::CallFacts& facts) {
  absl::StatusOr<OwnWords> own = Read(facts);
  // A recording was replaced between the two looks.
  if (absl::IsNotFound(own.status())) own = Read(facts);
  if (own.ok()) return *std::move(own);
  log::Warning("greeting.unreadable",
               {{"trace", facts.trace_id}, {"error", Message(own.status())}});
  return {};
}

absl::StatusOr<OwnWords> StoreGreetings::Read(const domain::CallFacts& facts) {
  const std::string mailbox = domain::FoldName(facts.mailbox_id);
  UM_ASSIGN_OR_RETURN(const OwnGreetings own, store_.Of(facts.organisation, mailbox));
  std::map<GreetingKind, const Recorded*> there;
  for (const Recorded& each : own.recorded) there[each.kind] = &each;
  const auto key = [&](GreetingKind kind) {
    return fmt::format("{}\n{}\n{}", facts.organisation, mailbox, ToString(kind));
  };
  // What is gone from the store stays in no memory.
  for (const GreetingKind kind : domain::kGreetingKinds) {
    if (!there.contains(kind)) kept_.Erase(key(kind));
  }
  OwnWords words;
  const auto chosen =
      domain::ChooseGreeting(there.contains(GreetingKind::kPersonal),
                             there.contains(GreetingKind::kAway), own.away, facts.started);
  if (chosen) {
    UM_ASSIGN_OR_RETURN(words.greeting,
                        ClipOf(key(*chosen), facts.organisation, there.at(*chosen)->id));
    words.kind = chosen;
  }
  if (there.contains(GreetingKind::kName)) {
    UM_ASSIGN_OR_RETURN(words.name, ClipOf(key(GreetingKind::kName), facts.organisation,
                                           there.at(GreetingKind::kName)->id));
  }
  return words;
}

absl::StatusOr<domain::ClipPtr> StoreGreetings::ClipOf(const std::string& key,
                                                       const std::string& organisation,
                                                       const std::string& id) {
  if (const Kept* kept = kept_.Find(key); kept && kept->id == id) return kept->clip;
  UM_ASSIGN_OR_RETURN(const std::string codes, store_.Audio(organisation, id));
  const domain::ClipPtr clip = domain::Clip::OfG711(domain::Law::kMu, codes);
  kept_.Insert(key, {id, clip}, 2 * codes.size());  // a clip is encoded in both laws
  return clip;
}

}  // namespace um::store
