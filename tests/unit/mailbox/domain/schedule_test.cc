#include "mailbox/domain/schedule.h"

#include <fmt/format.h>

#include "common/base/status.h"
#include "common/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/domain/hostile.h"

using namespace um;
using namespace um::domain;

namespace {

Date Day(const char* text) { return ParseDate(text).value(); }

WallTime Utc(const char* day, int hour, int minute, int second = 0) {
  return WallTime(std::chrono::sys_days(Day(day)).time_since_epoch()) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

int OpenQuarters(const Schedule& schedule) {
  int open = 0;
  for (int day = 0; day < 7; ++day) {
    for (int minute = 0; minute < 1440; minute += 15) open += schedule.IsOpen(day, minute);
  }
  return open;
}

}  // namespace

TEST_CASE("schedules are read in every form that administrators write") {
  struct Case {
    const char* text;
    const char* canonical;
    int quarters;
  };
  for (const Case& c :
       {Case{"0.08:15-0.12:45,3.07:30-3.18:00", "Sun.08:15-Sun.12:45,Wed.07:30-Wed.18:00", 60},
        {"Fri.10:45 PM-Sat.2:15 AM", "Fri.22:45-Sat.02:15", 14},
        {"5.21:00-5.21:15", "Fri.21:00-Fri.21:15", 1},
        {"Tue.6:30 AM-Wednesday.20:00", "Tue.06:30-Wed.20:00", 150},
        {"Mon.8:14-Mon.12:59", "Mon.08:00-Mon.12:45", 19},
        {"MON.8:00 - tues.9:00", "Mon.08:00-Tue.09:00", 100},
        {"Wed.7:30-Wed.8:00 , Mon.1:00-Mon.2:00", "Mon.01:00-Mon.02:00,Wed.07:30-Wed.08:00", 6},
        {"Sat.22:00-Sun.2:00", "Sat.22:00-Sun.02:00", 16},
        {"6.22:00-0.0:00", "Sat.22:00-Sun.00:00", 8},
        {"Sat.22:00-Sat.24:00", "Sat.22:00-Sun.00:00", 8},
        {"Mon.0:00-Mon.24:00", "Mon.00:00-Tue.00:00", 96},
        {"Mon.12:00 AM-Mon.12:00 PM", "Mon.00:00-Mon.12:00", 48},
        {"Mon.12:15PM-Mon.1:00pm", "Mon.12:15-Mon.13:00", 3},
        {"Mon.9:00-Mon.8:00", "Mon.09:00-Mon.08:00", 668},
        {"Sun.0:00-Sat.24:00", "always", 672},
        {"Mon.0:00-Sun.24:00", "always", 672},
        {"Always", "always", 672},
        {" never ", "never", 0}}) {
    INFO(c.text);
    const auto schedule = Schedule::Parse(c.text);
    REQUIRE(schedule.ok());
    CHECK(schedule->ToString() == c.canonical);
    CHECK(OpenQuarters(*schedule) == c.quarters);
    CHECK(Schedule::Parse(schedule->ToString()).value() == *schedule);
  }
}

TEST_CASE("what is no schedule is refused with the reason") {
  for (const char* text : {"",
                           " ",
                           ",",
                           "Mon",
                           "Mon.8:00",
                           "Mon.8:00-",
                           "-Mon.8:00",
                           "Mon.8:00-9:00",
                           "8:00-9:00",
                           "Mon 8:00-Mon 9:00",
                           "Mo.8:00-Mo.9:00",
                           "7.8:00-7.9:00",
                           "-1.8:00-1.9:00",
                           "Mon.8-Mon.9",
                           "Mon.8:0-Mon.9:0",
                           "Mon.8:60-Mon.9:00",
                           "Mon.25:00-Tue.1:00",
                           "Mon.24:00-Tue.1:00",
                           "Mon.8:00-Mon.24:15",
                           "Mon.0:30 AM-Mon.8:00",
                           "Mon.13:00 PM-Mon.14:00",
                           "Mon.008:00-Mon.9:00",
                           "Mon.8:00-Mon.9:00,",
                           "Mon.8:00-Mon.9:00-Mon.10:00",
                           "Mondays.8:00-Mon.9:00",
                           "Mon..8:00-Mon.9:00",
                           "Mon.8:00AM PM-Mon.9:00",
                           "always,Mon.8:00-Mon.9:00"}) {
    INFO(text);
    CHECK_FALSE(Schedule::Parse(text).ok());
  }
  for (const char* text : {"Mon.8:00-Mon.8:14", "Mon.8:00-Mon.8:00", "Mon.8:16-Mon.8:29"}) {
    CHECK(Message(Schedule::Parse(text).status()).find("shorter than 15 minutes") !=
          std::string::npos);
  }
  for (const char* text :
       {"Mon.8:00-Mon.9:00,Mon.9:00-Mon.10:00", "Mon.8:00-Mon.9:00,Mon.7:00-Mon.8:00",
        "Mon.8:00-Mon.9:00,Mon.8:30-Mon.8:45", "Mon.8:00-Mon.9:00,Sun.0:00-Sat.24:00",
        "Sat.23:00-Sat.24:00,Sun.0:00-Sun.1:00", "Sun.0:00-Sat.24:00,Mon.8:00-Mon.9:00",
        "Sat.23:00-Sun.1:00,Sun.1:10-Sun.2:00", "Mon.9:00-Mon.8:45,Mon.8:45-Mon.9:00"}) {
    INFO(text);
    CHECK(Message(Schedule::Parse(text).status()).find("overlaps") != std::string::npos);
  }
  CHECK(Schedule::Parse("Mon.8:00-Mon.9:00,Mon.9:15-Mon.10:00").ok());
  for (const std::string& text : tests::HostileTexts()) {
    const auto schedule = Schedule::Parse(text);
    REQUIRE_FALSE(schedule.ok());
    CHECK(IsPlainUtf8(Message(schedule.status())));
    CHECK(Message(schedule.status()).size() < 200);
  }
}

TEST_CASE("a schedule's text means the same schedule") {
  tests::Random random(6);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    Schedule schedule;
    for (int tries = 0; tries < 12; ++tries) {
      const auto point = [&] {
        return fmt::format("{}.{}:{:02}", random.Below(7), random.Below(24), random.Below(60));
      };
      const std::string longer = text + (text.empty() ? "" : ",") + point() + "-" + point();
      const auto parsed = Schedule::Parse(longer);
      if (!parsed.ok()) continue;
      text = longer;
      schedule = *parsed;
    }
    const auto again = Schedule::Parse(schedule.ToString());
    INFO(text << " " << schedule.ToString());
    REQUIRE(again.ok());
    CHECK(*again == schedule);
    CHECK(again->ToString() == schedule.ToString());
  }
}

TEST_CASE("hours begin with their first minute and end before their last") {
  const Schedule schedule = Schedule::Parse("Sat.22:00-Sun.2:00,Mon.8:00-Mon.9:00").value();
  struct Case {
    int day;
    int hour;
    int minute;
    bool open;
  };
  for (const Case& c : {Case{6, 21, 59, false},
                        {6, 22, 0, true},
                        {6, 23, 59, true},
                        {0, 0, 0, true},
                        {0, 1, 59, true},
                        {0, 2, 0, false},
                        {1, 7, 59, false},
                        {1, 8, 0, true},
                        {1, 8, 59, true},
                        {1, 9, 0, false},
                        {2, 8, 0, false}}) {
    CHECK(schedule.IsOpen(c.day, c.hour * 60 + c.minute) == c.open);
  }
  for (const auto& [day, minute] :
       {std::pair{-1, 0}, {7, 0}, {0, -1}, {0, 1440}, {1 << 30, 1 << 30}}) {
    CHECK_FALSE(Schedule::Always().IsOpen(day, minute));
  }
  CHECK(OpenQuarters(Schedule::Always()) == 672);
  CHECK(OpenQuarters(Schedule::Never()) == 0);
  CHECK(Schedule::Never().Intervals().empty());
  CHECK(Schedule::Parse(Schedule::Always().Intervals().at(0)).value() == Schedule::Always());
  CHECK(schedule.Intervals() ==
        std::vector<std::string>{"Mon.08:00-Mon.09:00", "Sat.22:00-Sun.02:00"});
}

TEST_CASE("dates are read in two forms and written in one") {
  CHECK(ToString(Day("2026-12-24")) == "2026-12-24");
  CHECK(ToString(Day("12/24/2026")) == "2026-12-24");
  CHECK(ToString(Day("1/2/2026")) == "2026-01-02");
  CHECK(ToString(Day("2/29/2028")) == "2028-02-29");
  for (const char* text :
       {"", "2026", "2026-12", "2026-13-01", "2026-00-01", "2026-01-00", "2026-02-29", "2026-1-2",
        "26-01-02", "1969-12-31", "12/24", "12/24/26", "24/12/2026", "2026/12/24", "2026-12-24 ",
        "2026-12-24-1", "-1-1-1", "12-24/2026", "1/1/20260"}) {
    INFO(text);
    CHECK_FALSE(ParseDate(text).ok());
  }
  for (const std::string& text : tests::HostileTexts()) CHECK_FALSE(ParseDate(text).ok());
}

TEST_CASE("on a day of several holidays the one that started last counts") {
  const std::vector<Holiday> holidays = {
      {"Winter", Day("2026-12-15"), Day("2026-12-31"), "w.wav"},
      {"Christmas", Day("2026-12-24"), Day("2026-12-26"), "c.wav"},
      {"Sale", Day("2026-12-28"), Day("2027-01-05"), "s.wav"},
      {"New Year", Day("2026-12-31"), Day("2027-01-01"), "n.wav"},
      {"Eve", Day("2026-12-31"), Day("2026-12-31"), "e.wav"},
      {"Second Eve", Day("2026-12-31"), Day("2026-12-31"), "e.wav"}};
  struct Case {
    const char* date;
    const char* name;  // nullptr: none
  };
  for (const Case& c : {Case{"2026-12-14", nullptr},
                        {"2026-12-15", "Winter"},
                        {"2026-12-23", "Winter"},
                        {"2026-12-24", "Christmas"},
                        {"2026-12-26", "Christmas"},
                        {"2026-12-27", "Winter"},
                        {"2026-12-28", "Sale"},  // partial overlap
                        {"2026-12-31", "Eve"},   // nested; of two alike the first in the list
                        {"2027-01-01", "New Year"},
                        {"2027-01-02", "Sale"},
                        {"2027-01-06", nullptr}}) {
    INFO(c.date);
    const Holiday* holiday = HolidayOn(holidays, Day(c.date));
    REQUIRE((holiday != nullptr) == (c.name != nullptr));
    if (c.name != nullptr) CHECK(holiday->name == c.name);
  }
  CHECK(HolidayOn({}, Day("2026-12-24")) == nullptr);
}

TEST_CASE("a holiday nested in others always wins over them") {
  tests::Random random(7);
  const auto day = [&](uint32_t n) { return Date(std::chrono::sys_days(std::chrono::days(n))); };
  for (int i = 0; i < 2000; ++i) {
    std::vector<Holiday> holidays;
    for (int n = 0; n < 5; ++n) {
      const uint32_t start = random.Below(12);
      holidays.push_back({"h", day(start), day(start + random.Below(6)), "g"});
    }
    const Date date = day(random.Below(18));
    const Holiday* found = HolidayOn(holidays, date);
    for (const Holiday& other : holidays) {
      if (date < other.start_date || date > other.end_date) continue;
      REQUIRE(found != nullptr);
      const bool other_is_nested =
          other.start_date >= found->start_date && other.end_date <= found->end_date &&
          (other.start_date != found->start_date || other.end_date != found->end_date);
      CHECK_FALSE(other_is_nested);
      CHECK(other.start_date <= found->start_date);
    }
  }
}

TEST_CASE("all that is wrong with holidays is said at once") {
  CHECK(CheckHolidays({{"A", Day("2026-01-01"), Day("2026-01-01"), "a.wav"},
                       {"B", Day("2026-01-01"), Day("2026-01-02"), "a.wav"}},
                      "holiday_schedule")
            .empty());
  const Problems problems =
      CheckHolidays({{"A", Day("2026-01-02"), Day("2026-01-01"), "a.wav"},
                     {"a", Date{}, Day("2026-01-01"), ""},
                     {"x|y", Day("2026-01-01"), Date{}, std::string(256, 'a')}},
                    "holiday_schedule");
  std::vector<std::string> fields;
  for (const Problem& problem : problems) fields.push_back(problem.field.substr(16));
  CHECK(fields == std::vector<std::string>{"[0].end_date", "[1].name", "[1].greeting",
                                           "[1].start_date", "[2].name", "[2].greeting",
                                           "[2].end_date"});
  CHECK(CheckHolidays(std::vector<Holiday>(201), "h").size() == 1);
}

TEST_CASE("local time follows the zone, over its changes of clock") {
  const TimeZone berlin = TimeZone::Load("Europe/Berlin").value();
  CHECK(berlin.name() == "Europe/Berlin");
  struct Case {
    WallTime time;
    LocalTime local;
  };
  // In 2026 clocks go forward on 29 March at 1:00 UTC, back on 25 October at 1:00 UTC; both are
  // Sundays.
  for (const Case& c : {Case{Utc("2026-03-29", 0, 59, 59), {Day("2026-03-29"), 0, 119}},
                        {Utc("2026-03-29", 1, 0), {Day("2026-03-29"), 0, 180}},
                        {Utc("2026-10-25", 0, 59, 59), {Day("2026-10-25"), 0, 179}},
                        {Utc("2026-10-25", 1, 0), {Day("2026-10-25"), 0, 120}},
                        {Utc("2026-10-25", 1, 59, 59), {Day("2026-10-25"), 0, 179}},
                        {Utc("2026-10-25", 2, 0), {Day("2026-10-25"), 0, 180}},
                        {Utc("2026-12-31", 23, 0), {Day("2027-01-01"), 5, 0}},
                        {Utc("2026-12-31", 22, 59), {Day("2026-12-31"), 4, 1439}}}) {
    CHECK(berlin.At(c.time) == c.local);
  }
  // Half an hour's change, an odd offset, the date line, before 1970.
  CHECK(TimeZone::Load("Australia/Lord_Howe").value().At(Utc("2026-10-03", 15, 30)) ==
        LocalTime{Day("2026-10-04"), 0, 150});
  CHECK(TimeZone::Load("Asia/Kathmandu").value().At(Utc("2026-01-01", 0, 0)) ==
        LocalTime{Day("2026-01-01"), 4, 345});
  CHECK(TimeZone::Load("Pacific/Kiritimati").value().At(Utc("2026-01-01", 12, 0)) ==
        LocalTime{Day("2026-01-02"), 5, 120});
  const Date eve{std::chrono::year(1969), std::chrono::month(12), std::chrono::day(31)};
  CHECK(TimeZone::Load("UTC").value().At(WallTime{} - 1us) == LocalTime{eve, 3, 1439});
}

TEST_CASE("business hours keep to local time through a change of clock") {
  const TimeZone zone = TimeZone::Load("America/New_York").value();
  const Schedule schedule = Schedule::Parse("Mon.9:00-Mon.17:00").value();
  const auto open = [&](WallTime time) {
    const LocalTime local = zone.At(time);
    return schedule.IsOpen(local.weekday, local.minute);
  };
  CHECK_FALSE(open(Utc("2026-03-02", 13, 59)));  // the Monday before
  CHECK(open(Utc("2026-03-02", 14, 0)));
  CHECK_FALSE(open(Utc("2026-03-09", 12, 59)));  // the Monday after
  CHECK(open(Utc("2026-03-09", 13, 0)));
  CHECK_FALSE(open(Utc("2026-03-09", 21, 0)));
}

TEST_CASE("what is no time zone is refused, files among them") {
  for (const char* name : {"", "Berlin", "Europe/berlin!", "/etc/passwd", "../../../etc/passwd",
                           "Europe/../Europe/Berlin", "/usr/share/zoneinfo/UTC", "localtime",
                           "LOCALTIME", ":UTC", "file:/etc/passwd", "Fixed/UTC+01:00:00",
                           "W. Europe Standard Time", "Europe", "zone.tab", "Europe/Berlin "}) {
    INFO(name);
    CHECK_FALSE(TimeZone::Load(name).ok());
  }
  for (const std::string& name : tests::HostileTexts()) CHECK_FALSE(TimeZone::Load(name).ok());
  CHECK(TimeZone::Load("Etc/GMT+5").ok());
  CHECK(TimeZone::Load("America/Argentina/Buenos_Aires").ok());
}
