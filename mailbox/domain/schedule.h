// Business hours, holidays, and what time it is where the callers are.   Pure; nothing here asks a
// clock. Loading a zone reads the system's time zone database, once a zone.
#pragma once

#include <bitset>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailbox/domain/problem.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// A week in quarters of an hour, beginning on Sunday at 0:00 local time. Each is open or closed.
class Schedule {
 public:
  static constexpr int kSlotMinutes = 15;
  static constexpr int kSlotsPerDay = 24 * 60 / kSlotMinutes;
  static constexpr int kSlots = 7 * kSlotsPerDay;

  static Schedule Always();
  static Schedule Never() { return {}; }

  /// The grammar of spec 02 section 7.3: "Mon.8:00-Mon.12:45, 5.9:00 PM-Sat.2:00". Also "always"
  /// and "never". Days: a full name, its first three or more letters, or 0 (Sunday) to 6. Times:
  /// 0:00..23:59, or 1:00..12:59 with AM or PM; as an end also 24:00. Minutes are rounded down to a
  /// quarter. An interval whose end is not after its start goes on over the end of the week. Errors
  /// (InvalidArgument): anything else; an interval of less than 15 minutes; two that overlap, or
  /// with less than 15 minutes between them; more than 16 kB.
  static absl::StatusOr<Schedule> Parse(std::string_view text);

  /// The canonical text: "Mon.08:00-Mon.12:45,Fri.21:00-Sat.02:00", ordered by start, the only
  /// interval over the week's end last; "always", "never". Parse(ToString()) is the same schedule.
  std::string ToString() const;
  /// The same as a list; all week is "Sun.00:00-Sat.24:00", never is empty.
  std::vector<std::string> Intervals() const;

  /// `weekday`: 0 is Sunday. `minute` of the day: 0..1439. False outside these.
  bool IsOpen(int weekday, int minute) const;
  bool operator==(const Schedule&) const = default;

 private:
  std::bitset<kSlots> open_;
};

using Date = std::chrono::year_month_day;

/// "2026-12-24", or the reference's "12/24/2026". Years 1970 to 9999.
/// Errors (InvalidArgument): another form; a day that its month does not have.
absl::StatusOr<Date> ParseDate(std::string_view text);
std::string ToString(const Date& date);  ///< "2026-12-24"

/// Days on which an auto attendant is closed and greets differently.
struct Holiday {
  std::string name;
  Date start_date;       ///< from 0:00
  Date end_date;         ///< to the end of the day; may be start_date
  std::string greeting;  ///< its prompt file
};
inline constexpr size_t kMaxHolidays = 200;
/// Everything that is wrong: names (as CheckName(), unique), dates, greetings (1..255 characters).
/// Fields are `field` + "[i].name" and so on. Holidays may overlap.
Problems CheckHolidays(const std::vector<Holiday>& holidays, const std::string& field);
/// The holiday that counts on `date`; nullptr: none. Where several hold, the one that started last,
/// and of these the one that ends first: so one within a longer one wins for its days.
const Holiday* HolidayOn(const std::vector<Holiday>& holidays, const Date& date);

/// A moment as a wall clock shows it.
struct LocalTime {
  Date date;
  int weekday = 0;  ///< 0 is Sunday
  int minute = 0;   ///< of the day, 0..1439
  bool operator==(const LocalTime&) const = default;
};

/// An IANA time zone.   Thread: any; cheap to copy.
class TimeZone {
 public:
  /// "Europe/Berlin", "UTC".
  /// Errors: InvalidArgument if the name is none of the system's time zone database, or is not
  /// spelled like one (a path, say).
  static absl::StatusOr<TimeZone> Load(std::string_view name);
  /// This computer's.
  static TimeZone OfNode();
  std::string name() const { return zone_.name(); }
  LocalTime At(WallTime time) const;
  std::string AbbreviationAt(WallTime time) const;  ///< "CET"; "UTC+5" where there is none

 private:
  absl::TimeZone zone_ = absl::UTCTimeZone();
};

}  // namespace um::domain
