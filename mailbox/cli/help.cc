#include "mailbox/cli/help.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "mailbox/cli/format.h"

namespace um::cli {
namespace {

constexpr size_t kColumn = 28;

class Help final : public CLI::Formatter {
 public:
  explicit Help(size_t width) : width_(width) {}

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string out = "\nUsage: " + name;
    for (const CLI::Option* option : app->get_options()) {
      if (!option->get_positional()) continue;
      const std::string label = option->get_name(true);
      out += option->get_required() ? " " + label : " [" + label + "]";
    }
    const bool verbs = app->get_require_subcommand_min() > 0;
    return out + (verbs ? " COMMAND ..." : " [OPTIONS]") + "\n";
  }

  std::string make_option(const CLI::Option* option, bool positional) const override {
    std::string name = positional ? option->get_name(true) : option->get_name(false, true);
    const size_t comma = name.find(",--");
    if (comma != std::string::npos) name.replace(comma, 1, ", ");
    if (!positional && option->get_items_expected_max() > 0 && !option->get_type_name().empty()) {
      name += " " + option->get_type_name();
    }
    std::string help = option->get_description();
    if (!positional && option->get_required()) help = "(required) " + help;
    if (!option->get_default_str().empty()) help += ". Default: " + option->get_default_str();
    return Entry(name, help);
  }

  std::string make_subcommand(const CLI::App* verb) const override {
    return Entry(verb->get_name(), verb->get_description());
  }

  std::string make_description(const CLI::App* app) const override {
    return Wrap(app->get_description(), width_, 0) + "\n";
  }

 private:
  std::string Entry(const std::string& name, const std::string& help) const {
    std::string out = "  " + name;
    if (help.empty()) return out + "\n";
    out += name.size() + 4 > kColumn ? "\n" + std::string(kColumn, ' ')
                                     : std::string(kColumn - 2 - name.size(), ' ');
    return out + Wrap(help, width_, kColumn) + "\n";
  }

  size_t width_;
};

/// Levenshtein's: insertions, deletions and replacements that make one word of the other.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = corner + (a[i - 1] != b[j - 1]);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::shared_ptr<CLI::FormatterBase> MakeHelp(size_t width) { return std::make_shared<Help>(width); }

std::string Nearest(const std::string& word, const std::vector<std::string>& known) {
  if (word.size() > 200) return "";
  std::string best;
  size_t least = std::max<size_t>(2, word.size() / 4) + 1;
  for (const std::string& each : known) {
    const size_t distance = Distance(word, each);
    if (distance < least) {
      least = distance;
      best = each;
    }
  }
  return best;
}

const CLI::App& Reached(const CLI::App& cli) {
  const CLI::App* at = &cli;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

std::string UnknownText(const CLI::App& verb, const std::string& word) {
  std::vector<std::string> known;
  const std::string name = word.substr(0, word.find('='));
  if (name.starts_with('-')) {
    for (const CLI::App* app = &verb; app; app = app->get_parent()) {
      for (const CLI::Option* option : app->get_options()) {
        for (const std::string& lname : option->get_lnames()) known.push_back("--" + lname);
      }
    }
  } else {
    for (const CLI::App* sub : verb.get_subcommands([](const CLI::App*) { return true; })) {
      if (!sub->get_group().empty()) known.push_back(sub->get_name());
    }
  }
  const std::string near = Nearest(name, known);
  return fmt::format("{} is not known{}", Printable(name),
                     near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

}  // namespace um::cli
