#include "mailbox/prompts/catalogue.h"

#include <algorithm>
#include <cctype>

namespace um::prompts {
namespace {
using dialogs::Phrase;

constexpr std::array<CatalogueEntry, kSounds> kCatalogue = {{
    {"vm-isunavail", "is unavailable."},
    {"vm-nobodyavail", "Nobody is available to take your call at the moment."},
    {"vm-reachoper", "Press zero to reach an operator."},
    {"vm-intro",
     "Please leave your message after the tone. When done, hang up, or press the pound key."},
    {"beep", "", false},
    {"vm-msgsaved", "Your message has been saved."},
    {"", "Your message will be delivered."},
    {"vm-tooshort", "Your message is too short."},
    {"vm-mailboxfull", "Sorry, but the user's mailbox can't accept more messages."},
    {"privacy-unident", "The party you are trying to reach does not accept unidentified calls."},
    {"one-moment-please", "One moment, please."},
    {"", "Your message has reached its longest length."},
    {"vm-deleted", "Message deleted."},
    {"vm-review",
     "Press 1 to accept this recording. Press 2 to listen to it. Press 3 to rerecord your "
     "message."},
    {"", "Press 4 to continue your recording."},
    {"", "Press star to cancel, or zero to hear these choices again."},
    {"", "Press pound to send your message."},
    {"", "Press 1 to mark it as urgent."},
    {"", "Press 1 to remove the urgent mark."},
    {"", "Press 2 to mark it as private."},
    {"", "Press 2 to remove the private mark."},
    {"", "Press star to go back, or zero to hear these choices again."},
    {"vm-marked-urgent", "Message marked urgent."},
    {"vm-marked-nonurgent", "Urgent status removed."},
    {"", "Message marked private."},
    {"", "Private mark removed."},
    {"pm-invalid-option", "You have entered an invalid option."},
    {"auth-thankyou", "Thank you."},
    {"vm-goodbye", "Goodbye."},
}};

Sound SoundOf(Phrase phrase) {
  switch (phrase) {
    case Phrase::kOwnGreeting:
    case Phrase::kMailboxOwner:
    case Phrase::kIsNotAvailable:
      return Sound::kIsNotAvailable;
    case Phrase::kPressZeroForOperator:
      return Sound::kPressZeroForOperator;
    case Phrase::kLeaveMessageAfterTone:
      return Sound::kLeaveMessageAfterTone;
    case Phrase::kTone:
      return Sound::kTone;
    case Phrase::kMessageSaved:
      return Sound::kMessageSaved;
    case Phrase::kMessageWillBeDelivered:
      return Sound::kMessageWillBeDelivered;
    case Phrase::kMessageTooShort:
      return Sound::kMessageTooShort;
    case Phrase::kMailboxFull:
      return Sound::kMailboxFull;
    case Phrase::kAnonymousRefused:
      return Sound::kAnonymousRefused;
    case Phrase::kOneMoment:
      return Sound::kOneMoment;
    case Phrase::kNobodyThere:
      return Sound::kNobodyIsAvailable;
    case Phrase::kRecordingFull:
      return Sound::kRecordingFull;
    case Phrase::kMessageErased:
      return Sound::kMessageErased;
    case Phrase::kReviewMenu:
      return Sound::kReviewMenu;
    case Phrase::kReviewMenuContinue:
      return Sound::kReviewMenuContinue;
    case Phrase::kReviewMenuEnd:
      return Sound::kReviewMenuEnd;
    case Phrase::kOptionsMenuSend:
      return Sound::kOptionsMenuSend;
    case Phrase::kOptionsMenuImportant:
      return Sound::kOptionsMenuImportant;
    case Phrase::kOptionsMenuUnimportant:
      return Sound::kOptionsMenuUnimportant;
    case Phrase::kOptionsMenuPrivate:
      return Sound::kOptionsMenuPrivate;
    case Phrase::kOptionsMenuNotPrivate:
      return Sound::kOptionsMenuNotPrivate;
    case Phrase::kOptionsMenuEnd:
      return Sound::kOptionsMenuEnd;
    case Phrase::kMarkedImportant:
      return Sound::kMarkedImportant;
    case Phrase::kMarkedUnimportant:
      return Sound::kMarkedUnimportant;
    case Phrase::kMarkedPrivate:
      return Sound::kMarkedPrivate;
    case Phrase::kMarkedNotPrivate:
      return Sound::kMarkedNotPrivate;
    case Phrase::kInvalidChoice:
      return Sound::kInvalidChoice;
    case Phrase::kGoodbye:
      return Sound::kGoodbye;
  }
  return Sound::kGoodbye;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view Primary(std::string_view language) {
  return language.substr(0, language.find_first_of("-_"));
}

}  // namespace

const CatalogueEntry& EntryOf(Sound sound) { return kCatalogue[static_cast<size_t>(sound)]; }

std::vector<Step> StepsOf(const std::vector<Phrase>& phrases, bool can_speak_name) {
  std::vector<Step> steps;
  for (const Phrase phrase : phrases) {
    if (phrase == Phrase::kMailboxOwner) {
      if (can_speak_name) steps.push_back(OwnersName());
    } else if (phrase == Phrase::kOwnGreeting) {
      steps.push_back(OwnGreeting());
    } else if (phrase == Phrase::kIsNotAvailable && !can_speak_name) {
      steps.push_back(Sound::kNobodyIsAvailable);
    } else {
      steps.push_back(SoundOf(phrase));
    }
  }
  return steps;
}

std::string LanguageOfFolder(std::string_view folder) {
  if (folder.size() < 6 || folder[2] != '_' || folder[5] != '_') return {};
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!lower(folder[0]) || !lower(folder[1]) || !upper(folder[3]) || !upper(folder[4])) return {};
  return std::string(folder.substr(0, 2)) + "-" + std::string(folder.substr(3, 2));
}

std::string BestLanguage(const std::vector<std::string>& languages, std::string_view wanted) {
  const auto find = [&](auto matches) -> std::string {
    const auto it = std::find_if(languages.begin(), languages.end(), matches);
    return it == languages.end() ? std::string() : *it;
  };
  std::string best = find([&](const std::string& l) { return EqualIgnoringCase(l, wanted); });
  if (best.empty()) {
    best =
        find([&](const std::string& l) { return EqualIgnoringCase(Primary(l), Primary(wanted)); });
  }
  if (best.empty()) best = find([&](const std::string& l) { return Primary(l) == "en"; });
  return best;
}

}  // namespace um::prompts
