#include "tests/unit/mailbox/dialogs/transcripts.h"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "common/async/scope.h"
#include "mailbox/dialogs/answer.h"
#include "mailbox/prompts/catalogue.h"
#include "tests/support/fake_call.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;
using dialogs::Phrase;

struct Flow {
  std::string title;
  std::string remark;
  std::vector<FakeCall::Step> caller;
  domain::CallRoute route;
  bool full = false;
  std::string reachable = {};
  domain::Saved saved = domain::Saved::kStored;
  domain::OwnWords own = {};
};

domain::CallRoute ForAnn(const std::string& operator_number = "",
                         domain::Privacy privacy = domain::Privacy::kNone) {
  domain::CallRoute route;
  route.mailbox = {"ann", "Main", "1001", "Ann Archer", "ann@example.com"};
  route.mailbox.operator_number = operator_number;
  route.mailbox.privacy = privacy;
  route.caller = {"+15550142", "Bob Baker"};
  return route;
}

/// Speaks for three seconds after the tone, and then does `more`.
std::vector<FakeCall::Step> Spoken(const std::vector<FakeCall::Step>& more) {
  std::vector<FakeCall::Step> steps = {{7s, '('}, {10s, ')'}};
  steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}

std::vector<Flow> Flows() {
  domain::CallRoute anonymous = ForAnn();
  anonymous.caller = {};
  anonymous.mailbox.takes_anonymous = false;
  domain::CallRoute brief = ForAnn();
  brief.dial_plan.max_recording = 1min;
  const domain::CallRoute may_be_private = ForAnn("", domain::Privacy::kMarked);
  const auto recording = std::make_shared<domain::Clip>(std::vector<int16_t>(8));
  return {
      {"A message, and the caller hangs up", "", Spoken({{11s, '!'}}), ForAnn()},
      {"A message, sent with #", "", Spoken({{11s, '#'}, {18s, '#'}}), ForAnn()},
      {"Marked as important and private",
       "2 is offered where the mailbox policy's `protect_unauthenticated_voice_mail` is `private`.",
       Spoken({{11s, '#'}, {18s, '1'}, {27s, '1'}, {38s, '2'}, {49s, '#'}}), may_be_private},
      {"Heard, recorded again, continued", "",
       Spoken({{11s, '#'},
               {12s, '2'},
               {16s, '3'},
               {17s, '('},
               {19s, ')'},
               {20s, '#'},
               {21s, '4'},
               {22s, '('},
               {24s, ')'},
               {25s, '#'},
               {26s, '#'}}),
       ForAnn()},
      {"Marks taken back", "",
       Spoken({{11s, '#'}, {12s, '1'}, {13s, '1'}, {16s, '2'}, {19s, '1'}, {22s, '2'}, {25s, '#'}}),
       may_be_private},
      {"Cancelled", "", Spoken({{11s, '#'}, {12s, '*'}}), ForAnn()},
      {"Wrong keys", "After `input_failures_before_disconnect` of them the message is sent.",
       Spoken({{11s, '#'}, {12s, '9'}, {15s, '8'}, {18s, '7'}}), ForAnn()},
      {"A caller who falls silent",
       "After `recording_idle_timeout_seconds`; asked once, then sent.", Spoken({}), ForAnn()},
      {"The longest message", "With `max_recording_duration_minutes` at 1.", {{7s, '('}}, brief},
      {"Too little said",
       "Less than the dial plan's `min_speech_ms`.",
       {{7s, '('}, {7500ms, ')'}, {8s, '#'}, {9s, '#'}},
       ForAnn()},
      {"A message while the store is away", "It is safe on the node's disk.",
       Spoken({{11s, '#'}, {12s, '#'}}), ForAnn(), false, "", domain::Saved::kSealed},
      {"The greeting skipped", "", {{1s, '#'}, {2s, '('}, {5s, '!'}}, ForAnn()},
      {"A greeting of her own",
       "`umctl greeting set 1001 personal`, or `away` while away is on.",
       Spoken({{11s, '!'}}),
       ForAnn(),
       false,
       "",
       domain::Saved::kStored,
       {recording, nullptr}},
      {"Her name, in her own voice",
       "`umctl greeting set 1001 name`; without a greeting of her own.",
       Spoken({{11s, '!'}}),
       ForAnn(),
       false,
       "",
       domain::Saved::kStored,
       {nullptr, recording}},
      {"A greeting of her own skipped",
       "",
       {{1s, '#'}, {2s, '('}, {5s, '!'}},
       ForAnn(),
       false,
       "",
       domain::Saved::kStored,
       {recording, nullptr}},
      {"The operator, from a greeting of her own",
       "What 0 does, the greeting says itself.",
       {{1s, '0'}},
       ForAnn("200"),
       false,
       "200",
       domain::Saved::kStored,
       {recording, nullptr}},
      {"The operator",
       "The mailbox' `operator_number`, then the dial plan's `operator_extension`.",
       {{5s, '0'}},
       ForAnn("200"),
       false,
       "200"},
      {"The operator does not answer", "", {{5s, '0'}, {22s, '('}, {25s, '!'}}, ForAnn("200")},
      {"Without a number where that is refused",
       "The mailbox' `anonymous_callers_can_leave_messages` is false.",
       {},
       anonymous},
      {"A full mailbox", "", {}, ForAnn(), true},
  };
}

/// What the phrase says in English.
std::string Words(Phrase phrase, const domain::OwnWords& own) {
  if (phrase == Phrase::kTone) return "*tone*";
  if (phrase == Phrase::kOwnGreeting) return "*her own greeting*";
  if (phrase == Phrase::kMailboxOwner && own.name) return "*Ann Archer, as she says it*";
  std::string words;
  for (const prompts::Step& step : prompts::StepsOf({phrase}, true)) {
    const auto* sound = std::get_if<prompts::Sound>(&step);
    words += sound ? std::string(prompts::EntryOf(*sound).words) : "Ann Archer";
  }
  return words;
}

/// The rows of a transcript: what happens at one moment is one row.
class Rows {
 public:
  explicit Rows(FakeLoop& loop) : loop_(loop) {}
  void Heard(const std::string& what) {
    if (what == "answer") return Add("Voxpost answers", "");
    if (what == "record") return Add("Voxpost records", "");
    if (what == "bye") return Add("Voxpost hangs up", "");
    if (what.starts_with("transfer to ")) return Add("Voxpost calls " + what.substr(12), "");
    if (what == "the recording") return Add("hears", "*the recording*");
    Add("hears", what == "warning tone" ? "*tone*, while it goes on" : what);
  }
  void Did(char step) {
    if (step == '(') return Add("speaks", "");
    if (step == ')') return Add("falls silent", "");
    if (step == '!') return Add("hangs up", "");
    Add("presses", fmt::format("**{}**", step == '*' ? std::string("\\*") : std::string(1, step)));
  }
  std::string Text() const {
    std::string out = "| s | | |\n|---:|---|---|\n";
    for (const Row& row : rows_) {
      out += fmt::format("| {:.1f} | {} | {} |\n", std::chrono::duration<double>(row.at).count(),
                         row.what, row.words);
    }
    return out;
  }

 private:
  struct Row {
    async::Duration at;
    std::string what, words;
  };
  void Add(const std::string& what, const std::string& words) {
    const async::Duration now = loop_.elapsed();
    const bool goes_on = !rows_.empty() && rows_.back().at == now && what == "hears" &&
                         rows_.back().what == what && words != "*tone*";
    if (goes_on) {
      rows_.back().words += " " + words;
    } else {
      rows_.push_back({now, what, words});
    }
  }
  FakeLoop& loop_;
  std::vector<Row> rows_;
};

std::string Left(const std::vector<std::string>& traces) {
  if (traces.empty()) return "nothing: the operator has the call";
  const std::string& trace = traces.front();
  if (trace == "missed") return "a missed call";
  const double seconds = std::stod(trace.substr(8)) / 1000;
  std::string marks;
  if (trace.find("important") != std::string::npos) marks += ", important";
  if (trace.find("private") != std::string::npos) marks += ", private";
  return fmt::format("a message of {:g} s{}", seconds, marks);
}

/// Plays the call to its end: the traces that it leaves.
std::vector<std::string> PlayCall(const Flow& flow, FakeLoop& loop, FakeCall& call) {
  std::vector<std::string> traces;
  call.reachable = flow.reachable;
  call.Schedule(flow.caller);
  const auto full = std::make_shared<async::Channel<bool>>(loop);
  full->Push(flow.full);
  const auto own = std::make_shared<async::Channel<domain::OwnWords>>(loop);
  own->Push(flow.own);
  async::Scope scope(loop, [](std::exception_ptr) {});
  scope.Spawn(
      dialogs::AnswerCall(call, flow.route,
                          std::make_unique<FakeSpooledCall>(
                              loop, traces, flow.route.dial_plan.min_speech, 5ms, flow.saved),
                          {full, own}));
  while (scope.size() > 0) loop.RunFor(1ms);
  return traces;
}

std::string TranscriptOf(const Flow& flow) {
  FakeLoop loop;
  Rows rows(loop);
  FakeCall call(loop);
  call.name = [&](Phrase phrase) { return Words(phrase, flow.own); };
  call.on_log = [&](const std::string& what) { rows.Heard(what); };
  call.on_step = [&](char step) { rows.Did(step); };
  const std::vector<std::string> traces = PlayCall(flow, loop, call);
  const std::string remark = flow.remark.empty() ? "" : flow.remark + "\n\n";
  return fmt::format("## {}\n\n{}{}\nLeft is {}.\n", flow.title, remark, rows.Text(), Left(traces));
}

constexpr const char* kHead = R"(<!-- Made by um_transcripts. -->
# What callers hear

Calls to Ann Archer, as they go with the defaults unless a remark says otherwise. Times are those of a machine that speaks every
phrase in two seconds and rings for ten; whoever presses a key that is offered need not hear the rest. Keys count however they
come: as telephone events (RFC 4733), by SIP INFO, or, where the gateway has not agreed on telephone events, as tones in the audio.

| When | Key | |
|---|---|---|
| greeting | # | skips it |
| greeting, tone | 0 | the operator, if there is one |
| recording | # | ends it |
| first menu | 1 | accepts the message and offers the options |
| | 2 | plays it |
| | 3 | erases it and records again |
| | 4 | goes on recording, if there is room |
| | # | sends it |
| | \* | cancels: a missed call is left |
| | 0 | says the menu again |
| options | # | sends it |
| | 1 | important, or not any more |
| | 2 | private, or not any more, where the policy leaves that to callers |
| | \* | back to the first menu |
| | 0 | says the options again |

Who hangs up, or does not answer a menu, sends what was said.
)";

}  // namespace

std::string Transcripts() {
  std::string page = kHead;
  for (const Flow& flow : Flows()) page += "\n" + TranscriptOf(flow);
  return page;
}

std::vector<dialogs::Announcement> Announcements() {
  std::vector<dialogs::Announcement> all;
  for (const Flow& flow : Flows()) {
    if (flow.own.greeting || flow.own.name) continue;
    FakeLoop loop;
    FakeCall call(loop);
    call.on_play = [&](const dialogs::Announcement& announcement) { all.push_back(announcement); };
    PlayCall(flow, loop, call);
  }
  return all;
}

}  // namespace um::tests
