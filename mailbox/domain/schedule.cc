#include "mailbox/domain/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "common/base/status.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"sunday",   "monday", "tuesday", "wednesday",
                                                   "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 7> kShortDays = {"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 'a' - 'A');
  }
  return lower;
}

/// A number of `least`..`most` digits.
std::optional<int> ParseInt(std::string_view text, size_t least, size_t most) {
  if (!IsDigits(text) || text.size() < least || text.size() > most) return std::nullopt;
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

std::optional<int> ParseDay(std::string_view text) {
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '6') return text[0] - '0';
  const std::string lower = Lower(text);
  for (size_t day = 0; day < kDays.size(); ++day) {
    if (lower.size() >= 3 && kDays[day].starts_with(lower)) return static_cast<int>(day);
  }
  return std::nullopt;
}

/// Minutes since midnight, 0..1440.
std::optional<int> ParseTime(std::string_view text) {
  const std::string lower = Lower(text);
  std::string_view clock = lower;
  const bool pm = clock.ends_with("pm");
  const bool twelve = pm || clock.ends_with("am");
  if (twelve) clock = Trim(clock.substr(0, clock.size() - 2));
  const size_t colon = clock.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto hour = ParseInt(clock.substr(0, colon), 1, 2);
  const auto minute = ParseInt(clock.substr(colon + 1), 2, 2);
  if (!hour || !minute || *minute > 59) return std::nullopt;
  if (twelve) {
    if (*hour < 1 || *hour > 12) return std::nullopt;
    hour = *hour % 12 + (pm ? 12 : 0);  // 12 AM is midnight, 12 PM is noon
  }
  if (*hour > 24 || (*hour == 24 && *minute > 0)) return std::nullopt;
  return *hour * 60 + *minute;
}

/// A point in the week [slots], rounded down: 0..672.
std::optional<int> ParsePoint(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto day = ParseDay(text.substr(0, dot));
  const auto time = ParseTime(text.substr(dot + 1));
  if (!day || !time) return std::nullopt;
  return *day * Schedule::kSlotsPerDay + *time / Schedule::kSlotMinutes;
}

struct Interval {
  int start = 0;   // slot
  int length = 0;  // slots; may go over the end of the week
};

absl::StatusOr<Interval> ParseInterval(std::string_view text) {
  const size_t dash = text.find('-');
  const std::string_view from = Trim(text.substr(0, dash));
  const std::string_view to =
      dash == std::string_view::npos ? std::string_view() : Trim(text.substr(dash + 1));
  const auto is_24 = [](std::string_view point) {
    return point.find(".24:") != std::string_view::npos;
  };
  const auto start = ParsePoint(from);
  const auto end = ParsePoint(to);
  if (!start || !end || is_24(from)) {
    return Invalid(fmt::format(
        "{} is no interval: write it like Mon.8:00-Fri.17:30 or Mon.8:00 AM-Mon.5:30 PM",
        Quoted(text)));
  }
  // From Monday 0:00 to Sunday 24:00 is a week; otherwise a start that is the end is none.
  if (*start == *end && !is_24(to)) {
    return Invalid(fmt::format(
        "{} is shorter than 15 minutes (minutes are rounded down to a quarter of an hour)",
        Quoted(text)));
  }
  return Interval{*start, *end > *start ? *end - *start : *end - *start + Schedule::kSlots};
}

std::string FormatPoint(int slot) {
  slot %= Schedule::kSlots;
  const int minutes = slot % Schedule::kSlotsPerDay * Schedule::kSlotMinutes;
  return fmt::format("{}.{:02}:{:02}", kShortDays[slot / Schedule::kSlotsPerDay], minutes / 60,
                     minutes % 60);
}

}  // namespace

Schedule Schedule::Always() {
  Schedule schedule;
  schedule.open_.set();
  return schedule;
}

absl::StatusOr<Schedule> Schedule::Parse(std::string_view text) {
  constexpr size_t kMost = 16 << 10;
  if (text.size() > kMost) return Invalid("the schedule is longer than 16 kB");
  const std::string word = Lower(Trim(text));
  if (word == "always") return Always();
  if (word == "never") return Never();
  Schedule schedule;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const size_t comma = rest.find(',');
    const std::string_view part = Trim(rest.substr(0, comma));
    UM_ASSIGN_OR_RETURN(const Interval interval, ParseInterval(part));
    const auto is_open = [&](int slot) { return schedule.open_[slot % kSlots]; };
    // The quarters before and after must be closed too: that is the least gap.
    const bool whole_week = interval.length == kSlots;
    for (int i = -1; i <= interval.length && !(whole_week && schedule.open_.none()); ++i) {
      if (is_open(interval.start + i + kSlots)) {
        return Invalid(fmt::format(
            "{} overlaps another interval or leaves less than 15 minutes to it", Quoted(part)));
      }
    }
    for (int i = 0; i < interval.length; ++i) schedule.open_.set((interval.start + i) % kSlots);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return schedule;
}

std::vector<std::string> Schedule::Intervals() const {
  if (open_.all()) return {"Sun.00:00-Sat.24:00"};
  std::vector<std::string> intervals;
  for (int slot = 0; slot < kSlots; ++slot) {
    const bool starts = open_[slot] && !open_[(slot + kSlots - 1) % kSlots];
    if (!starts) continue;
    int end = slot;
    while (open_[end % kSlots]) ++end;
    intervals.push_back(FormatPoint(slot) + '-' + FormatPoint(end));
  }
  return intervals;
}

std::string Schedule::ToString() const {
  if (open_.all()) return "always";
  return open_.none() ? "never" : fmt::format("{}", fmt::join(Intervals(), ","));
}

bool Schedule::IsOpen(int weekday, int minute) const {
  if (weekday < 0 || weekday > 6 || minute < 0 || minute >= 24 * 60) return false;
  return open_[weekday * kSlotsPerDay + minute / kSlotMinutes];
}

absl::StatusOr<Date> ParseDate(std::string_view text) {
  const char separator = text.find('-') != std::string_view::npos ? '-' : '/';
  const size_t first = text.find(separator);
  const size_t second = first == std::string_view::npos ? first : text.find(separator, first + 1);
  const auto invalid = [&] {
    return Invalid(Quoted(text) + " is no date: write it like 2026-12-24");
  };
  if (second == std::string_view::npos) return invalid();
  const std::string_view a = text.substr(0, first);
  const std::string_view b = text.substr(first + 1, second - first - 1);
  const std::string_view c = text.substr(second + 1);
  const bool iso = separator == '-';
  const auto year = ParseInt(iso ? a : c, 4, 4);
  const auto month = iso ? ParseInt(b, 2, 2) : ParseInt(a, 1, 2);
  const auto day = iso ? ParseInt(c, 2, 2) : ParseInt(b, 1, 2);
  if (!year || !month || !day || *year < 1970) return invalid();
  const Date date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                  std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return Invalid(Quoted(text) + " is no date: there is no such day");
  return date;
}

std::string ToString(const Date& date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Problems CheckHolidays(const std::vector<Holiday>& holidays, const std::string& field) {
  Problems problems;
  if (holidays.size() > kMaxHolidays) {
    problems.push_back(
        {field, fmt::format("{} holidays, {} are allowed", holidays.size(), kMaxHolidays)});
    return problems;
  }
  std::set<std::string> names;
  for (size_t i = 0; i < holidays.size(); ++i) {
    const Holiday& holiday = holidays[i];
    const std::string path = fmt::format("{}[{}]", field, i);
    AddProblem(problems, path + ".name", CheckName(holiday.name));
    if (!names.insert(FoldName(holiday.name)).second) {
      problems.push_back({path + ".name", Quoted(holiday.name) + " is there twice"});
    }
    AddProblem(problems, path + ".greeting", CheckText(holiday.greeting, kMaxFileName));
    if (holiday.greeting.empty()) problems.push_back({path + ".greeting", "a holiday needs one"});
    if (!holiday.start_date.ok())
      problems.push_back({path + ".start_date", "there is no such day"});
    if (!holiday.end_date.ok()) problems.push_back({path + ".end_date", "there is no such day"});
    if (holiday.start_date.ok() && holiday.end_date.ok() && holiday.end_date < holiday.start_date) {
      problems.push_back(
          {path + ".end_date", fmt::format("{} is before the start, {}", ToString(holiday.end_date),
                                           ToString(holiday.start_date))});
    }
  }
  return problems;
}

const Holiday* HolidayOn(const std::vector<Holiday>& holidays, const Date& date) {
  const Holiday* found = nullptr;
  for (const Holiday& holiday : holidays) {
    if (date < holiday.start_date || date > holiday.end_date) continue;
    const bool better =
        found == nullptr || holiday.start_date > found->start_date ||
        (holiday.start_date == found->start_date && holiday.end_date < found->end_date);
    if (better) found = &holiday;
  }
  return found;
}

absl::StatusOr<TimeZone> TimeZone::Load(std::string_view name) {
  constexpr size_t kMost = 64;
  const auto is_allowed = [](char c) {
    return IsDigits({&c, 1}) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '+' || c == '-' || c == '/';
  };
  TimeZone zone;
  // The library would open any file, and takes "localtime" from the environment.
  if (name.empty() || name.size() > kMost || !std::ranges::all_of(name, is_allowed) ||
      name.front() == '/' || Lower(name) == "localtime" ||
      !absl::LoadTimeZone(std::string(name), &zone.zone_)) {
    return Invalid(Quoted(name) + " is no time zone: write it like Europe/Berlin or UTC");
  }
  return zone;
}

TimeZone TimeZone::OfNode() {
  TimeZone zone;
  zone.zone_ = absl::LocalTimeZone();
  return zone;
}

std::string TimeZone::AbbreviationAt(WallTime time) const {
  const char* abbreviation =
      zone_.At(absl::FromUnixMicros(time.time_since_epoch().count())).zone_abbr;
  const bool is_offset = *abbreviation == '+' || *abbreviation == '-';
  return is_offset ? std::string("UTC") + abbreviation : abbreviation;
}

LocalTime TimeZone::At(WallTime time) const {
  const absl::CivilSecond local =
      zone_.At(absl::FromUnixMicros(time.time_since_epoch().count())).cs;
  const Date date{std::chrono::year(static_cast<int>(local.year())),
                  std::chrono::month(static_cast<unsigned>(local.month())),
                  std::chrono::day(static_cast<unsigned>(local.day()))};
  const unsigned weekday = std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
  return {date, static_cast<int>(weekday), local.hour() * 60 + local.minute()};
}

}  // namespace um::domain
