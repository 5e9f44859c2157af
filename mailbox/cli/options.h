// What the verbs' command lines are built of.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mailbox/cli/client.h"
#include "mailbox/cli/kinds.h"
#include "mailbox/cli/properties.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace um::cli {

/// What completion offers for an option's or argument's value.
struct Hint {
  std::optional<Kind> kind;  ///< names of these objects
  std::vector<std::string> values;
};

/// What all verbs share; it outlives the parse.
struct CommandLine {
  Client client;
  std::map<const CLI::Option*, Hint> hints;
};

/// --json and --yaml.
struct Output {
  bool json = false;
  bool yaml = false;
};
void AddOutput(CLI::App& verb, Output& output, const char* yaml_help);

/// --dry-run and --expected-version.
struct ChangeOptions {
  bool dry_run = false;
  uint64_t expected_version = 0;
};
void AddDryRun(CLI::App& verb, ChangeOptions& options);
void AddExpectedVersion(CLI::App& verb, ChangeOptions& options);

/// --no-welcome and --notify: of verbs that make or enable mailboxes.
void AddWelcome(CLI::App& verb, admin::v1::Welcome& welcome);

/// An argument that names an object of a kind.
CLI::Option* AddName(CommandLine& line, CLI::App& verb, Kind kind, std::string& name,
                     const char* label = "NAME");

/// The options of a type's properties, and what they were given.
struct PropertyValues {
  Edits edits;
  std::vector<std::string> unset;
};
/// @param changes with --add-, --remove- and --unset: for objects that exist.
void AddProperties(CommandLine& line, CLI::App& verb, const google::protobuf::Descriptor& type,
                   bool changes, PropertyValues& values);

/// Carries out what the options ask for. Prints all that is wrong with them and ends the program
/// with 2 if there is something.
void CarryOrDie(PropertyValues values, google::protobuf::Message& object,
                google::protobuf::FieldMask& mask);

/// Sends a change and prints what it did, or would do; ends the program if it was refused.
void Commit(const Client& client, const admin::v1::ChangeRequest& request);
/// The part of Commit() that prints a refusal and warnings. @param cascades the command has
/// --cascade
void DieIfRefused(const Answer& answer, const std::function<std::string(std::string_view)>& where,
                  bool cascades = false);

}  // namespace um::cli
