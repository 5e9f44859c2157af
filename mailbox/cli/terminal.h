// What umctl knows of the terminal it writes to.
#pragma once

#include <cstddef>
#include <string>

namespace um::cli {

/// Columns of the terminal; 0 when standard output is none: nothing is cut then.
size_t TerminalWidth();
/// True if colours are welcome: a terminal, and neither NO_COLOR nor TERM=dumb.
bool Coloured();
/// True if somebody is there to be asked.
bool CanAsk();
/// "QUESTION [y/N] ": true for yes.
bool Ask(const std::string& question);

/// A secret: asked for twice, without showing it, where somebody is there to be asked; else the
/// first line of standard input. Prints what is wrong and ends the program if there is none.
std::string ReadSecret(const std::string& name);

/// A file's content, or that of standard input for "-". Prints what is wrong and ends the program
/// if it cannot be read or is larger than `max_bytes`.
std::string ReadWhole(const std::string& file, size_t max_bytes);
/// Writes a file as a whole or not at all, for its owner alone to read; "-": standard output.
/// Prints what is wrong and ends the program if that fails, or if the file exists and not `force`.
void WriteWhole(const std::string& file, const std::string& content, bool force);
/// "@FILE" is the file's content (1 MB at most), all else is itself.
std::string ValueOrFile(const std::string& value);

}  // namespace um::cli
