// How umctl's help looks: lines that fit the terminal, values in words.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class FormatterBase;
}  // namespace CLI

namespace um::cli {

/// @param width of the terminal
std::shared_ptr<CLI::FormatterBase> MakeHelp(size_t width);

/// The one of `known` that `word` is a slip of the pen from; "": none is near.
std::string Nearest(const std::string& word, const std::vector<std::string>& known);

/// The verb that was reached, the program itself if none.
const CLI::App& Reached(const CLI::App& cli);

/// What to say to words that nothing takes: "--fax-enable is not known; did you mean
/// --fax-enabled?".
std::string UnknownText(const CLI::App& verb, const std::string& word);

}  // namespace um::cli
