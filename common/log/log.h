// The log: one JSON object a line on standard error. Fields are typed, text is escaped, secrets have no way in.
//
//   log::Info("call.answered", {{"trace", trace_id}, {"mailbox", extension}, {"ms", 41}});
//
// An event's name is `noun.verb-in-past-tense`, stable, and is what tests and operators search for.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace um::log {

enum class Level { kDebug, kInfo, kWarning, kError };

/// One named value of a line.
class Field {
 public:
  Field(std::string_view name, std::string_view text) : name_(name), text_(text), kind_(kText) {}
  Field(std::string_view name, const char* text) : Field(name, std::string_view(text)) {}
  Field(std::string_view name, const std::string& text) : Field(name, std::string_view(text)) {}
  Field(std::string_view name, bool value) : name_(name), number_(value), kind_(kBool) {}
  template <class N>
    requires std::is_integral_v<N>
  Field(std::string_view name, N value)
      : name_(name), number_(static_cast<int64_t>(value)), kind_(kInteger) {}
  void AppendTo(std::string& line) const;

 private:
  enum Kind { kText, kInteger, kBool };
  std::string_view name_;
  std::string_view text_;
  int64_t number_ = 0;
  Kind kind_;
};

/// Lines below `level` are not written. Default: kInfo.   Thread: any.
void SetLevel(Level level);
/// "debug", "info", "warning", "error".
bool SetLevel(std::string_view name);
/// The program's name in every line ("um-mailbox"). Call before threads start.
void SetProgram(std::string_view program);
/// Where the lines go instead of standard error (tests). nullptr restores it.   Thread: any.
void SetSink(void (*sink)(std::string_view line));

/// Writes one line with one write(2). Text longer than 1 kB is cut; bytes that are not UTF-8 become U+FFFD.
/// Thread: any. Never from a media thread's packet path.
void Write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kDebug, event, fields);
}
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kInfo, event, fields);
}
inline void Warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kWarning, event, fields);
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kError, event, fields);
}

}  // namespace um::log
