// What mails say, in each language they are written in.   Pure. Internal to this folder.
#pragma once

#include <array>
#include <string_view>

namespace um::delivery {

/// {} is filled in by fmt::format.
struct Language {
  const char* tag;  ///< BCP 47: "en-US"

  /// Of voice mail and missed calls. {}: the caller; then, of the first and the last, the duration.
  struct Message {
    const char *voice_subject, *missed_subject;
    const char *voice, *missed;  ///< the text's first sentence
    const char* file_name;       ///< without its ending
    const char *unknown_caller, *withheld;
    const char *caller, *number, *email, *time, *duration;  ///< labels
  } message;

  /// One, and several of them.
  struct Unit {
    const char *one, *many;
  } hour, minute, second;
  /// {0} the day of the week, {1} the month, {2} the day, {3} the year, {4} hour, minute and zone.
  const char* date;
  std::array<const char*, 7> weekdays;  ///< from Sunday
  std::array<const char*, 12> months;   ///< as a date has them

  /// Of welcome mails and new PINs. {}: the user's name.
  struct Notice {
    const char *subject, *what;
  } welcome, pin_reset;
  const char* sender;
  const char *extension, *extensions, *access_number, *pin;  ///< labels
  const char *by_phone, *who_knows_the_number, *first_time, *secret;
};

/// `wanted` ("de-AT"), else its primary language (RFC 4647 section 3.4), else English.
const Language& LanguageOf(std::string_view wanted);

}  // namespace um::delivery
