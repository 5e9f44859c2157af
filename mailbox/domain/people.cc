#include "mailbox/domain/people.h"

#include <algorithm>

#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

/// Where a person stands in the list: people of one name follow each other.
std::string ListKey(const Person& person) {
  return FoldName(person.display_name) + '\x1f' + person.id;
}

}  // namespace

People::People(std::vector<PersonPtr> people) {
  for (PersonPtr& person : people) {
    std::string id = person->id;
    by_id_.insert_or_assign(std::move(id), std::move(person));
  }
  for (const auto& [_, person] : by_id_) {
    by_name_.emplace(ListKey(*person), person);
    by_title_.emplace(FoldName(person->display_name), person);
    if (!person->alias.empty()) by_key_.emplace(FoldName(person->alias), person);
    if (!person->email.empty()) by_key_.emplace(FoldName(person->email), person);
    for (const std::string& email : person->other_emails) by_key_.emplace(FoldName(email), person);
    for (const auto* numbers : {&person->telephones, &person->mobiles}) {
      for (const std::string& number : *numbers) {
        const std::string key = NumberKey(number);
        if (!key.empty()) by_number_.emplace(key, person);
      }
    }
  }
}

std::vector<PersonPtr> People::In(const Index& index, const std::string& key) {
  std::vector<PersonPtr> found;
  const auto [begin, end] = index.equal_range(key);
  for (auto it = begin; it != end; ++it) {
    if (std::find(found.begin(), found.end(), it->second) == found.end()) {
      found.push_back(it->second);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const PersonPtr& a, const PersonPtr& b) { return ListKey(*a) < ListKey(*b); });
  return found;
}

PersonPtr People::Find(const std::string& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

std::vector<PersonPtr> People::Named(const std::string& text) const {
  if (PersonPtr person = Find(text)) return {std::move(person)};
  const std::string folded = FoldName(text);
  std::vector<PersonPtr> found = In(by_key_, folded);
  if (found.empty()) found = In(by_title_, folded);
  if (found.empty()) found = OfNumber(text);
  return found;
}

std::vector<PersonPtr> People::OfNumber(std::string_view number) const {
  const std::string key = NumberKey(number);
  return key.empty() ? std::vector<PersonPtr>() : In(by_number_, key);
}

std::vector<PersonPtr> People::OfEmail(std::string_view email) const {
  return email.find('@') == std::string_view::npos ? std::vector<PersonPtr>()
                                                   : In(by_key_, FoldName(email));
}

People People::With(const std::vector<PersonPtr>& changed) const {
  std::vector<PersonPtr> all;
  all.reserve(by_id_.size() + changed.size());
  for (const auto& [_, person] : by_id_) all.push_back(person);
  all.insert(all.end(), changed.begin(), changed.end());
  return People(std::move(all));
}

bool Matches(const Person& person, const std::string& folded) {
  const auto holds = [&](const std::string& text) {
    return FoldName(text).find(folded) != std::string::npos;
  };
  const auto any = [&](const std::vector<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), holds);
  };
  return holds(person.display_name) || holds(person.alias) || holds(person.email) ||
         any(person.other_emails) || any(person.telephones) || any(person.mobiles);
}

}  // namespace um::domain
