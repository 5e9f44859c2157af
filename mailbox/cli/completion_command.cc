// `umctl complete LINE`: the words that may come next, one a line. The shell asks for them
// (deploy/completion/umctl.bash).
#include <CLI/CLI.hpp>
#include <cstdio>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/complete.h"
#include "mailbox/cli/format.h"

namespace um::cli {
namespace {

/// Names from the node, as many as a terminal can show.
constexpr uint32_t kMostNames = 200;

struct CompletionArguments {
  std::string line;
  std::string breaks;
};

/// Where a typed line stands: the verb it has reached, and what its next word is for.
struct Position {
  const CLI::App* verb;
  const CLI::Option* value_of = nullptr;  ///< an option that waits for its value
  size_t arguments = 0;                   ///< positional ones that are there
};

const CLI::Option* OptionNamed(const CLI::App* verb, const std::string& word) {
  for (; verb; verb = verb->get_parent()) {
    if (const CLI::Option* option = verb->get_option_no_throw(word)) return option;
  }
  return nullptr;
}

const CLI::App* VerbNamed(const CLI::App& app, const std::string& word) {
  const auto found =
      app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; });
  return found.empty() ? nullptr : found.front();
}

Position Follow(const CLI::App& cli, const std::vector<std::string>& words) {
  Position at{&cli};
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (at.value_of) {
      at.value_of = nullptr;
    } else if (word.starts_with('-')) {
      const CLI::Option* option = OptionNamed(at.verb, word);
      if (option && option->get_items_expected_max() > 0) at.value_of = option;
    } else if (const CLI::App* verb = VerbNamed(*at.verb, word)) {
      at.verb = verb;
    } else {
      ++at.arguments;
    }
  }
  return at;
}

/// Which node is asked for names.
void SetReach(const std::vector<std::string>& words, Client& client) {
  const std::pair<const char*, std::string*> options[] = {
      {"--socket", &client.reach.socket},
      {"--server", &client.reach.server},
      {"--ca", &client.reach.ca},
      {"--cert", &client.reach.certificate},
      {"--key", &client.reach.key},
      {"--token-file", &client.reach.token_file},
      {"--organisation", &client.organisation}};
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    for (const auto& [name, value] : options) {
      if (words[i] == name) *value = words[i + 1];
    }
  }
}

std::vector<std::string> Words(const Hint& hint, const Client& client, const std::string& prefix) {
  if (!hint.kind) return hint.values;
  admin::v1::ListRequest request;
  request.set_kind(std::string(ToString(*hint.kind)));
  request.set_search(*hint.kind == Kind::kPrompt ? "" : prefix);
  request.set_page_size(*hint.kind == Kind::kPrompt ? 5 : kMostNames);
  std::vector<std::string> names;
  if (const auto page = client.TryList(request)) {
    for (const auto& entry : page->entries()) {
      const std::string name = organisation::NameOf(entry.object());
      if (name == Printable(name)) names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> Options(const CLI::App* verb) {
  std::vector<std::string> words;
  for (; verb; verb = verb->get_parent()) {
    for (const CLI::Option* option : verb->get_options()) {
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    }
  }
  return words;
}

std::vector<std::string> Next(const CLI::App& cli, const CommandLine& line,
                              const TypedLine& typed) {
  const Position at = Follow(cli, typed.words);
  const auto of = [&](const CLI::Option* option) {
    const auto hint = line.hints.find(option);
    if (hint == line.hints.end()) return std::vector<std::string>();
    return Words(hint->second, line.client, typed.current);
  };
  if (at.value_of) return of(at.value_of);
  if (typed.current.starts_with('-')) return Options(at.verb);
  std::vector<std::string> words;
  for (const CLI::App* sub : at.verb->get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_group().empty()) words.push_back(sub->get_name());
  }
  if (!words.empty()) return words;
  size_t n = 0;
  for (const CLI::Option* option : at.verb->get_options()) {
    if (option->get_positional() && n++ == at.arguments) return of(option);
  }
  return {};
}

}  // namespace

void AddCompletion(CLI::App& cli, CommandLine& line) {
  auto a = std::make_shared<CompletionArguments>();
  CLI::App& complete = *cli.add_subcommand("complete", "What may come next")->group("");
  complete.add_option("LINE", a->line, "What was typed, up to the cursor")->required();
  complete.add_option("--breaks", a->breaks, "The characters at which the shell cuts words");
  complete.callback([&cli, &line, a] {
    const TypedLine typed = SplitTyped(a->line);
    SetReach(typed.words, line.client);
    for (const std::string& word : Offered(typed, Next(cli, line, typed), a->breaks)) {
      puts(word.c_str());
    }
  });
}

}  // namespace um::cli
