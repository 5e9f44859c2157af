#include "mailbox/cli/calls.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "mailbox/cli/explain.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

constexpr uint32_t kMostPage = 1000;

std::string Caller(const v1::Call& call) {
  const std::string number =
      call.caller_number().empty() ? "withheld" : Printable(call.caller_number());
  return call.caller_name().empty() ? number
                                    : fmt::format("{} ({})", Printable(call.caller_name()), number);
}

std::string Outcome(const v1::Call& call) {
  if (call.offer_result() != "answer") {
    return call.offer_result() + ": " + Printable(call.drop_call_reason());
  }
  if (call.call_type() == "call-answering-voice-message") return "voice message";
  if (call.call_type() == "call-answering-missed-call") return "missed call";
  return Printable(call.drop_call_reason());
}

void PrintTable(const v1::ListCallsResponse& response) {
  std::vector<std::vector<std::string>> rows;
  for (const v1::Call& call : response.calls()) {
    rows.push_back(
        {call.id(), Time(call.started()), Duration(call.duration_ms()),
         Printable(call.callee_mailbox().empty() ? call.called_number() : call.callee_mailbox()),
         Caller(call), Outcome(call)});
  }
  fputs(Table({"ID", "TIME (UTC)", "LENGTH", "CALLED", "CALLER", "OUTCOME"}, rows, TerminalWidth())
            .c_str(),
        stdout);
}

std::string Milliseconds(int64_t us) {
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(us)};
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(at)), us / 1000 % 1000);
}

void PrintQuality(const v1::CallQuality& quality) {
  const auto line = [](const char* what, const std::string& value) {
    fmt::print("{:<14} {}\n", what, value);
  };
  if (quality.nmos() > 0) {
    line("NMOS",
         fmt::format("{:.2f}, lost {:.2f} (jitter {:.2f}, packet loss {:.2f})", quality.nmos(),
                     quality.nmos_degradation(), quality.nmos_degradation_jitter(),
                     quality.nmos_degradation_packet_loss()));
  }
  line("jitter", fmt::format("{:.1f} ms", quality.jitter_ms()));
  line("packet loss", fmt::format("{:.2f} %", quality.packet_loss()));
  if (quality.burst_duration_ms() > 0) {
    line("bursts", fmt::format("of {:.0f} ms, every {:.1f} s, {:.0f} % lost in them",
                               quality.burst_duration_ms(), quality.burst_gap_duration_ms() / 1000,
                               quality.burst_density()));
  }
  if (quality.round_trip_ms() > 0) {
    line("round trip", fmt::format("{:.1f} ms", quality.round_trip_ms()));
  }
}

}  // namespace

void ListCalls(const Client& client, const CallListOptions& options) {
  v1::ListCallsResponse all;
  v1::ListCallsRequest request;
  request.set_mailbox(options.mailbox);
  if (!options.since.empty()) {
    const auto since = SinceTime(options.since, std::time(nullptr));
    if (!since) Die("--since wants 30min, 2h, 3d, or a time like 2026-01-31T12:00:00Z", 2);
    request.set_since(*since);
  }
  do {
    const auto have = static_cast<uint32_t>(all.calls_size());
    request.set_page_size(std::min(options.limit - have, kMostPage));
    v1::ListCallsResponse page = client.Calls(request);
    for (v1::Call& call : *page.mutable_calls()) all.add_calls()->Swap(&call);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() &&
           static_cast<uint32_t>(all.calls_size()) < options.limit);
  if (options.json) return static_cast<void>(fputs(ToApiJson(all).c_str(), stdout));
  if (all.calls().empty()) return static_cast<void>(puts("No call is on record."));
  PrintTable(all);
}

void ListActiveCalls(const Client& client, bool json) {
  const v1::ListCallsResponse response = client.ActiveCalls();
  if (json) return static_cast<void>(fputs(ToApiJson(response).c_str(), stdout));
  if (response.calls().empty()) return static_cast<void>(puts("No call is in progress."));
  std::vector<std::vector<std::string>> rows;
  for (const v1::Call& call : response.calls()) {
    rows.push_back(
        {call.id(), Time(call.started()), Printable(call.callee_mailbox()), Caller(call)});
  }
  fputs(Table({"ID", "SINCE (UTC)", "CALLED", "CALLER"}, rows, TerminalWidth()).c_str(), stdout);
}

void ShowCall(const Client& client, const std::string& name, bool json) {
  const v1::Call call = client.GetCall(name);
  if (json) return static_cast<void>(fputs(ToApiJson(call).c_str(), stdout));
  const auto line = [](const char* what, const std::string& value) {
    if (!value.empty()) fmt::print("{:<14} {}\n", what, Printable(value));
  };
  line("id", call.id());
  line("trace", call.trace_id());
  line("Call-ID", call.call_identity());
  line("comes from", call.parent_call_identity());
  line("started", Time(call.started()) + " UTC");
  line("lasted", Duration(call.duration_ms()));
  line("type", call.call_type());
  line("result", call.offer_result());
  line("ended", call.drop_call_reason());
  line("caller", Caller(call));
  line("called", call.called_number());
  line("mailbox", call.callee_mailbox());
  line("reason", call.reason_for_call());
  line("handed to", call.dialed_string());
  line("dial plan", call.dial_plan());
  line("IP gateway", call.ip_gateway());
  line("node", call.node());
  line("codec", call.audio_codec());
  if (call.has_quality()) PrintQuality(call.quality());
}

void TraceCall(const Client& client, const std::string& name, bool json) {
  const v1::Call call = client.GetCall(name);
  if (json) return static_cast<void>(fputs(ToApiJson(call).c_str(), stdout));
  fmt::print(
      "{} from {} for {}: {}\n", call.id(), Caller(call),
      Printable(call.callee_mailbox().empty() ? call.called_number() : call.callee_mailbox()),
      Outcome(call));
  const int64_t begin = call.steps().empty() ? 0 : call.steps(0).at_us();
  for (const v1::CallStep& step : call.steps()) {
    fmt::print("  {}  {:>10.3f} s  {}\n", Milliseconds(step.at_us()),
               static_cast<double>(step.at_us() - begin) / 1e6, Printable(step.what()));
  }
}

}  // namespace um::cli
