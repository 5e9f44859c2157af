// The rules that need more than one field or object.   Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/organisation/change.h"
#include "um/config/v1/rules.pb.h"

namespace um::organisation {

/// Problems and warnings of one object, by the field they are about.
class Findings {
 public:
  Findings(std::string path, std::vector<Problem>& problems, std::vector<Problem>& warnings)
      : path_(std::move(path)), problems_(problems), warnings_(warnings) {}
  void Wrong(std::string_view field, std::string text) const {
    problems_.push_back({Path(field), std::move(text), {}, 0, 0});
  }
  void Odd(std::string_view field, std::string text) const {
    warnings_.push_back({Path(field), std::move(text), {}, 0, 0});
  }

 private:
  std::string Path(std::string_view field) const {
    return field.empty() ? path_ : path_ + "." + std::string(field);
  }
  std::string path_;
  std::vector<Problem>& problems_;
  std::vector<Problem>& warnings_;
};

/// Looks at one object in the model it is in, where everything it refers to exists.
void CheckObject(const Model& model, const Entry& entry, const Context& context,
                 const Findings& findings);

/// The forms of texts, for config::Check().
std::optional<std::string> CheckForm(config::v1::Form form, std::string_view text);

}  // namespace um::organisation
