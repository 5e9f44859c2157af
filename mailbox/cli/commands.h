// umctl's verbs, each with its options, help and examples.
#pragma once

#include "mailbox/cli/directory.h"
#include "mailbox/cli/options.h"

namespace um::cli {

/// `umctl dial-plan list|show|create|...` and its like, one for each kind.
void AddObjectCommands(CLI::App& cli, CommandLine& line);
/// What kinds have beside: `umctl mailbox rule`, `umctl dial-plan rule`, `umctl auto-attendant
/// menu`.
void AddMailboxRules(CLI::App& mailbox, CommandLine& line);
void AddDialingRules(CLI::App& dial_plan, CommandLine& line);
void AddMenus(CLI::App& auto_attendant, CommandLine& line);
/// `umctl prompt import|export`.
void AddPromptFiles(CLI::App& prompt, CommandLine& line);
/// `umctl apply`, `umctl export`, `umctl organisation`.
void AddDocumentCommands(CLI::App& cli, CommandLine& line);
/// `umctl why`, `umctl number test`, `umctl audit`.
void AddExplainCommands(CLI::App& cli, CommandLine& line);
/// `umctl directory`.
void AddDirectoryCommands(CLI::App& cli, CommandLine& line);
/// `umctl mailbox enable --from-directory`: what its options ask for.
std::shared_ptr<PeopleToEnable> AddFromDirectory(CLI::App& enable);
/// `umctl pin show|reset|lock|unlock`.
void AddPinCommands(CLI::App& cli, CommandLine& line);
/// `umctl greeting set|list|fetch|remove|away`.
void AddGreetingCommands(CLI::App& cli, CommandLine& line);
/// `umctl contact import|list|clear|test`.
void AddContactCommands(CLI::App& cli, CommandLine& line);
/// `umctl message`, `umctl status`.
void AddMessageCommands(CLI::App& cli, CommandLine& line);
/// `umctl message delete`.
void AddMessageDelete(CLI::App& message, CommandLine& line);
/// `umctl message read|unread`.
void AddMessageRead(CLI::App& message, CommandLine& line);
/// `umctl mwi show|refresh`.
void AddLampCommands(CLI::App& cli, CommandLine& line);
/// `umctl mailbox usage|erase`.
void AddMailboxKeeping(CLI::App& mailbox, CommandLine& line);
/// `umctl backup`.
void AddBackupCommands(CLI::App& cli, CommandLine& line);
/// `umctl queue list|show|retry|redirect`.
void AddQueueCommands(CLI::App& cli, CommandLine& line);
/// `umctl token new`: needs no node.
void AddTokens(CLI::App& cli);
/// `umctl call list|show|active`, `umctl trace`.
void AddCallCommands(CLI::App& cli, CommandLine& line);
/// `umctl complete`: what the shell's completion asks. Hidden.
void AddCompletion(CLI::App& cli, CommandLine& line);

}  // namespace um::cli
