#include "mailbox/store/contacts.h"

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/domain/names.h"

namespace um::store {

using domain::ContactName;

void StoreContacts::Ask(const domain::CallFacts& facts, domain::CallerKeys keys,
                        std::function<void(ContactName)> answer) {
  // The answer is handed back whole: what it holds may end on the loop alone.
  const bool taken = questions_.Submit([this, facts, keys = std::move(keys), answer]() mutable {
    loop_.Post([alive = alive_, name = Find(facts, keys), answer = std::move(answer)] {
      if (*alive) answer(name);
    });
  });
  if (!taken) answer({});
}

ContactName StoreContacts::Find(const domain::CallFacts& facts, const domain::CallerKeys& keys) {
  const auto known = store_.Known(facts.organisation, domain::FoldName(facts.mailbox_id), keys);
  if (!known.ok()) {
    log::Warning("contacts.unreadable",
                 {{"trace", facts.trace_id}, {"error", Message(known.status())}});
    return {};
  }
  ContactName name = domain::NameByContacts(keys, *known);
  if (!known->empty()) {
    log::Info("caller.looked-for",
              {{"trace", facts.trace_id}, {"in", "contacts"}, {"named", !name.name.empty()}});
  }
  return name;
}

}  // namespace um::store
