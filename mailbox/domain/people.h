// People: whom a directory knows, and who of them is meant.   Pure.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace um::domain {

struct Person {
  std::string id;            ///< stays with the person: entryUUID, objectGUID
  std::string alias;         ///< a short name; "": none
  std::string display_name;  ///< never empty, at most kMaxName characters
  std::string email;         ///< "": none
  std::vector<std::string> other_emails;
  std::vector<std::string> telephones;  ///< as the directory writes them
  std::vector<std::string> mobiles;
  bool disabled = false;

  bool operator==(const Person&) const = default;
};
using PersonPtr = std::shared_ptr<const Person>;

/// The people of one directory at one moment.   Thread: immutable, any.
class People {
 public:
  People() = default;
  /// Of two with one id the last counts.
  explicit People(std::vector<PersonPtr> people);

  size_t size() const { return by_name_.size(); }
  /// By folded name; keys are unique and stay as long as id and name do.
  const std::map<std::string, PersonPtr>& by_name() const { return by_name_; }
  /// nullptr: there is none.
  PersonPtr Find(const std::string& id) const;
  /// Who goes by `text`: as an id, alias or mail address; if nobody does, as a name; if nobody
  /// does, as a telephone number.
  std::vector<PersonPtr> Named(const std::string& text) const;
  /// Whose number it is, in whatever way it is written.
  std::vector<PersonPtr> OfNumber(std::string_view number) const;

  /// Whose mail address it is.
  std::vector<PersonPtr> OfEmail(std::string_view email) const;

  /// With these instead of who has the same id.
  People With(const std::vector<PersonPtr>& changed) const;

 private:
  using Index = std::unordered_multimap<std::string, PersonPtr>;
  static std::vector<PersonPtr> In(const Index& index, const std::string& key);

  std::map<std::string, PersonPtr> by_name_;
  std::unordered_map<std::string, PersonPtr> by_id_;
  Index by_key_;     // folded: alias, mail addresses
  Index by_title_;   // folded: display name
  Index by_number_;  // NormalizeNumber(), without '+'
};
using PeoplePtr = std::shared_ptr<const People>;

/// True if a name, address or number of the person holds the folded text.
bool Matches(const Person& person, const std::string& folded);

}  // namespace um::domain
