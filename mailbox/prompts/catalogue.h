// The catalogue: which recording says what, in the packages asterisk-core-sounds-*.   Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mailbox/dialogs/call.h"

namespace um::prompts {

/// Everything there is a recording or a text for. Finer than dialogs::Phrase: without a name to
/// speak, "Ann Archer / is not available" becomes "nobody is available ...".
enum class Sound {
  kIsNotAvailable,
  kNobodyIsAvailable,
  kPressZeroForOperator,
  kLeaveMessageAfterTone,
  kTone,
  kMessageSaved,
  kMessageWillBeDelivered,
  kMessageTooShort,
  kMailboxFull,
  kAnonymousRefused,
  kOneMoment,
  kRecordingFull,
  kMessageErased,
  kReviewMenu,
  kReviewMenuContinue,
  kReviewMenuEnd,
  kOptionsMenuSend,
  kOptionsMenuImportant,
  kOptionsMenuUnimportant,
  kOptionsMenuPrivate,
  kOptionsMenuNotPrivate,
  kOptionsMenuEnd,
  kMarkedImportant,
  kMarkedUnimportant,
  kMarkedPrivate,
  kMarkedNotPrivate,
  kInvalidChoice,
  kThankYou,
  kGoodbye,
};
inline constexpr int kSounds = 29;

struct CatalogueEntry {
  std::string_view
      file;  ///< in the folder of a voice, without ".wav"; empty: nobody has recorded it
  std::string_view
      words;             ///< what it says in English, and what is synthesised when there is no file
  bool sentence = true;  ///< a longer pause follows it than a word
};
const CatalogueEntry& EntryOf(Sound sound);

/// One step of an announcement: a sound, the owner's name, or the greeting of the owner's own.
struct OwnersName {};
struct OwnGreeting {};
using Step = std::variant<Sound, OwnersName, OwnGreeting>;
/// @param can_speak_name false if there is no name, or it cannot be spoken.
std::vector<Step> StepsOf(const std::vector<dialogs::Phrase>& phrases, bool can_speak_name);

/// The language of a package's folder: "fr_CA_f_June" is "fr-CA". Empty if it is none.
std::string LanguageOfFolder(std::string_view folder);

/// Which of `languages` serves `wanted` ("fr-FR") best: itself, else one of the same primary
/// language (RFC 4647 section 3.4), else English.
std::string BestLanguage(const std::vector<std::string>& languages, std::string_view wanted);

}  // namespace um::prompts
