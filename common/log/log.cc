#include "common/log/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

#include "common/base/utf8.h"

namespace um::log {
namespace {

constexpr size_t kMaxText = 1024;
std::atomic<Level> minimum = Level::kInfo;
std::atomic<void (*)(std::string_view)> sink_function = nullptr;
std::string program_name = "voxpost";  // NOLINT: set once, before threads start

void AppendQuoted(std::string& line, std::string_view text) {
  const bool cut = text.size() > kMaxText;
  if (cut) text = text.substr(0, kMaxText);
  line += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    size_t n = 1;
    if (c == '"' || c == '\\') {
      line += '\\';
      line += text[0];
    } else if (c < 0x20 || c == 0x7F) {
      line += fmt::format("\\u{:04x}", c);
    } else if (c < 0x80) {
      line += text[0];
    } else if ((n = Utf8Length(text)) > 0) {
      line += text.substr(0, n);
    } else {
      line += "\\ufffd";
      n = 1;
    }
    text.remove_prefix(n);
  }
  if (cut) line += "...";
  line += '"';
}

constexpr std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "";
}

}  // namespace

void Field::AppendTo(std::string& line) const {
  AppendQuoted(line, name_);
  line += ':';
  switch (kind_) {
    case kText:
      AppendQuoted(line, text_);
      break;
    case kInteger:
      line += std::to_string(number_);
      break;
    case kBool:
      line += number_ ? "true" : "false";
      break;
  }
}

void SetLevel(Level level) { minimum = level; }

bool SetLevel(std::string_view name) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
    if (Name(level) == name) {
      minimum = level;
      return true;
    }
  }
  return false;
}

void SetProgram(std::string_view program) { program_name = program; }
void SetSink(void (*sink)(std::string_view line)) { sink_function = sink; }

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < minimum.load(std::memory_order_relaxed)) return;
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  std::string line = fmt::format(
      "{{\"time\":\"{:%FT%T}.{:03}Z\",\"level\":\"{}\",\"program\":\"{}\",\"event\":",
      fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms % 1000, Name(level), program_name);
  AppendQuoted(line, event);
  for (const Field& field : fields) {
    line += ',';
    field.AppendTo(line);
  }
  line += "}\n";
  if (auto* sink = sink_function.load()) {
    sink(line);
  } else {
    [[maybe_unused]] const ssize_t r = write(STDERR_FILENO, line.data(), line.size());
  }
}

}  // namespace um::log
