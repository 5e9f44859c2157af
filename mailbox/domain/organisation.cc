#include "mailbox/domain/organisation.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "mailbox/domain/address_key.h"
#include "mailbox/domain/call_answering_rule.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

/// Numbers that SameNumber() takes for one have the same. "": it is no number.
std::string LineKey(std::string_view number) {
  constexpr size_t kEnough = 7;
  const auto normal = NormalizeNumber(number);
  if (!normal.ok()) return "";
  const std::string digits = normal->substr(normal->starts_with('+') ? 1 : 0);
  return digits.size() > kEnough ? digits.substr(digits.size() - kEnough) : digits;
}

/// All keys of a mailbox, each once.
std::set<std::string> KeysOf(const Mailbox& mailbox) {
  std::set<std::string> keys{AddressKey(mailbox.dial_plan, mailbox.extension)};
  for (const Mailbox::Address& address : mailbox.addresses) {
    keys.insert(AddressKey(address.dial_plan, address.value));
  }
  return keys;
}

std::set<std::string> LinesOf(const Mailbox& mailbox) {
  std::set<std::string> keys;
  for (const std::string& line : mailbox.calling_line_ids) keys.insert(LineKey(line));
  keys.erase("");
  return keys;
}

}  // namespace

const Mailbox* Mailboxes::Find(std::string_view id) const {
  const MailboxPtr* found = by_id_.Find(id);
  return found ? found->get() : nullptr;
}

const Mailbox* Mailboxes::At(std::string_view dial_plan, std::string_view address) const {
  if (address.empty()) return nullptr;
  const MailboxPtr* found = by_address_.Find(AddressKey(dial_plan, address));
  return found ? found->get() : nullptr;
}

std::vector<const Mailbox*> Mailboxes::CallingFrom(std::string_view number) const {
  std::vector<const Mailbox*> found;
  const std::vector<MailboxPtr>* candidates = by_line_.Find(LineKey(number));
  if (!candidates) return found;
  for (const MailboxPtr& mailbox : *candidates) {
    const auto& lines = mailbox->calling_line_ids;
    if (std::any_of(lines.begin(), lines.end(),
                    [&](const std::string& line) { return SameNumber(line, number); })) {
      found.push_back(mailbox.get());
    }
  }
  return found;
}

const Mailbox* Mailboxes::FindIf(const std::function<bool(const Mailbox&)>& f) const {
  const Mailbox* found = nullptr;
  by_id_.ForEach([&](const MailboxPtr& mailbox) {
    if (!found && f(*mailbox)) found = mailbox.get();
  });
  return found;
}

Mailboxes Mailboxes::With(const std::vector<std::string>& gone, std::vector<Mailbox> come) const {
  std::vector<std::string> addresses_gone, lines_gone;
  std::vector<std::pair<std::string, MailboxPtr>> ids, addresses;
  std::map<std::string, std::vector<MailboxPtr>> lines;  // those that change
  const auto line_of = [&](const std::string& key) -> std::vector<MailboxPtr>& {
    const auto [it, first] = lines.try_emplace(key);
    const std::vector<MailboxPtr>* before = first ? by_line_.Find(key) : nullptr;
    if (before) it->second = *before;
    return it->second;
  };
  for (const std::string& id : gone) {
    const Mailbox* mailbox = Find(id);
    if (!mailbox) continue;
    for (const std::string& key : KeysOf(*mailbox)) addresses_gone.push_back(key);
    for (const std::string& key : LinesOf(*mailbox)) {
      std::erase_if(line_of(key), [&](const MailboxPtr& each) { return each.get() == mailbox; });
    }
  }
  for (Mailbox& each : come) {
    const auto mailbox = std::make_shared<const Mailbox>(std::move(each));
    ids.emplace_back(mailbox->id, mailbox);
    for (const std::string& key : KeysOf(*mailbox)) addresses.emplace_back(key, mailbox);
    for (const std::string& key : LinesOf(*mailbox)) line_of(key).push_back(mailbox);
  }
  for (const auto& [key, _] : lines) lines_gone.push_back(key);
  std::erase_if(lines, [](const auto& line) { return line.second.empty(); });
  Mailboxes next;
  next.by_id_ = by_id_.With(gone, ids);
  next.by_address_ = by_address_.With(addresses_gone, addresses);
  next.by_line_ = by_line_.With(lines_gone, {lines.begin(), lines.end()});
  return next;
}

}  // namespace um::domain
