// many_calls: places many calls at once, each with a voice of its own, and keeps what it sent.
//
//   many_calls --proxy HOST:PORT --from ADDRESS --calls N --first EXTENSION --voice FILE.ulaw --out
//   DIR
//
// Call n is for extension FIRST + n. Every caller follows the redirect, waits until it has HEARD
// the tone end, speaks for --seconds at the pace of a telephone, and hangs up; or, with --parts
// FILE instead of --calls and --first, what the lines "EXTENSION WAY STEPS" say (caller.h; WAY is
// event, relay, info or tone). With --loss PERCENT and --jitter MS their audio goes through a bad
// network, the same one for the same --seed. Written are
//   DIR/EXTENSION.ulaw   what it said, headerless G.711 µ-law
//   DIR/leads            EXTENSION MILLISECONDS: the silence between tone and speech
// and on standard output, when it happens, "recording" (all callers speak) and "hanging up" (the
// first does), and at last
//   calls=200 failed=0 call_ms=5012345 late_p99_ms=0.9 late_max_ms=3.1 heard=400000 gaps=0
// late: how long after its time a packet was sent; gaps: in what the callers heard. One thread.
// Exit status 1 if any call failed; why is on standard error.
#include <fmt/core.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <unordered_map>

#include "common/async/epoll_loop.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/net/sip_sockets.h"
#include "tests/support/caller/caller.h"
#include "tests/support/caller/voice.h"

namespace {

using um::tests::Caller;

struct Options {
  std::string proxy, from, pilot = "2000", voice, out, parts;
  int calls = 1;
  int first = 1001;
  int seconds = 10;
  double loss = 0;  // [%]
  int jitter = 0;   // [ms]
  uint32_t seed = 1;
};

[[noreturn]] void Die(const std::string& what) {
  fmt::print(stderr, "many_calls: {}\n", what);
  std::exit(2);
}

std::vector<uint8_t> ReadVoice(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<uint8_t> speech{std::istreambuf_iterator<char>(file), {}};
  if (speech.empty()) Die("cannot read " + path);
  return speech;
}

std::vector<um::tests::Part> PartsOf(const Options& options) {
  using um::tests::KeyWay;
  std::vector<um::tests::Part> parts;
  if (options.parts.empty()) {
    for (int i = 0; i < options.calls; ++i) parts.push_back({std::to_string(options.first + i)});
    return parts;
  }
  static const std::unordered_map<std::string, KeyWay> kWays = {{"event", KeyWay::kEvent},
                                                                {"relay", KeyWay::kRelay},
                                                                {"info", KeyWay::kInfo},
                                                                {"tone", KeyWay::kTone}};
  std::ifstream file(options.parts);
  std::string extension, way, steps;
  while (file >> extension >> way >> steps) {
    if (!kWays.contains(way)) Die("no way to send keys: " + way);
    parts.push_back({extension, steps, kWays.at(way)});
  }
  if (parts.empty()) Die("no parts in " + options.parts);
  return parts;
}

void Say(const char* what) {
  fmt::print("{}\n", what);
  std::fflush(stdout);
}

/// The PBX: all callers, and the connections they share.
class Exchange final : public um::net::Transport::Handler, public Caller::Listener {
 public:
  Exchange(um::async::EpollLoop& loop, const Options& options);
  void DialAll();
  bool ended() const { return ended_ == callers_.size(); }
  size_t failed() const;
  /// Writes the files, and the last line.
  void Report(const std::string& directory);

 private:
  void OnMessage(const um::net::Flow& flow, std::string_view bytes) override;
  void OnClosed(const um::net::Flow& flow) override {
    for (const auto& caller : callers_) caller->OnClosed(flow);
  }
  void OnSpeaking(Caller&) override {
    if (++speaking_ == callers_.size()) Say("recording");
  }
  void OnHangingUp(Caller&) override {
    if (hung_up_++ == 0) Say("hanging up");
  }
  void OnEnded(Caller& caller) override {
    ++ended_;
    if (caller.why().empty()) return;
    fmt::print(stderr, "call {} to {}: {}\n", caller.call_id(), caller.extension(), caller.why());
  }

  um::tests::CallerOptions options_;
  std::unique_ptr<um::net::SipSockets> sockets_;
  um::media::PortRange ports_{40000, 59999};
  um::media::Batch batch_;
  um::tests::LineStatistics statistics_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::unordered_map<std::string, Caller*> by_call_id_;
  size_t speaking_ = 0, hung_up_ = 0, ended_ = 0;
};

Exchange::Exchange(um::async::EpollLoop& loop, const Options& options) {
  const auto proxy = um::net::Endpoint::Parse(options.proxy);
  const auto local = um::net::IpAddress::Parse(options.from);
  if (!proxy || !local) Die("--proxy and --from must be addresses");
  options_ = {.proxy = *proxy,
              .local = *local,
              .pilot = options.pilot,
              .impairment = {.loss = options.loss / 100,
                             .jitter = std::chrono::milliseconds(options.jitter),
                             .seed = options.seed}};
  auto sockets = um::net::SipSockets::Open(loop, {{.address = {*local, 0}}}, {}, this);
  if (!sockets.ok()) Die(um::Message(sockets.status()));
  sockets_ = *std::move(sockets);
  const std::vector<uint8_t> speech = ReadVoice(options.voice);
  for (um::tests::Part& part : PartsOf(options)) {
    const auto number = static_cast<int>(callers_.size());
    options_.impairment.seed = options.seed + static_cast<uint32_t>(number);
    callers_.push_back(std::make_unique<Caller>(loop, *sockets_, options_, *this, std::move(part),
                                                um::tests::VoiceOf(number, speech, options.seconds),
                                                batch_, statistics_));
    by_call_id_[callers_.back()->call_id()] = callers_.back().get();
  }
  statistics_.late_ms.reserve(callers_.size() * 50 * static_cast<size_t>(options.seconds + 30));
}

void Exchange::DialAll() {
  for (const auto& caller : callers_) caller->Dial(ports_);
}

void Exchange::OnMessage(const um::net::Flow& flow, std::string_view bytes) {
  const auto message = um::sip::Message::Parse(bytes);
  if (!message.ok()) return;
  const auto it = by_call_id_.find(message->call_id());
  if (it != by_call_id_.end()) it->second->OnMessage(flow, *message);
}

size_t Exchange::failed() const {
  return static_cast<size_t>(std::count_if(callers_.begin(), callers_.end(),
                                           [](const auto& c) { return !c->why().empty(); }));
}

void Exchange::Report(const std::string& directory) {
  std::ofstream leads(directory + "/leads");
  int64_t call_ms = 0;
  for (const auto& caller : callers_) {
    if (!caller->why().empty()) continue;
    call_ms += caller->length() / std::chrono::milliseconds(1);
    leads << caller->extension() << ' ' << caller->lead() / std::chrono::milliseconds(1) << '\n';
    std::ofstream said(directory + "/" + caller->extension() + ".ulaw", std::ios::binary);
    said.write(reinterpret_cast<const char*>(caller->speech().data()),
               std::ssize(caller->speech()));
    if (!said) Die("cannot write to " + directory);
  }
  auto& late = statistics_.late_ms;
  std::sort(late.begin(), late.end());
  const auto percentile = [&](size_t percent) {
    return late.empty() ? 0 : late[(late.size() - 1) * percent / 100];
  };
  fmt::print(
      "calls={} failed={} call_ms={} late_p99_ms={:.1f} late_max_ms={:.1f} heard={} gaps={}\n",
      callers_.size(), failed(), call_ms, percentile(99), percentile(100), statistics_.heard,
      statistics_.gaps);
}

Options Parse(int argc, char** argv) {
  Options options;
  CLI::App cli{"Places many calls at once"};
  cli.add_option("--proxy", options.proxy, "um-proxy")->required();
  cli.add_option("--from", options.from, "The PBX's own address")->required();
  cli.add_option("--pilot", options.pilot, "The voice mail number")->capture_default_str();
  cli.add_option("--calls", options.calls, "How many")->check(CLI::Range(1, 2000));
  cli.add_option("--first", options.first, "The first extension")->capture_default_str();
  cli.add_option("--parts", options.parts, "What each caller does");
  cli.add_option("--seconds", options.seconds, "Of speech")->check(CLI::Range(1, 600));
  cli.add_option("--loss", options.loss, "Of what they send [%]")->check(CLI::Range(0, 100));
  cli.add_option("--jitter", options.jitter, "Of the same [ms]")->check(CLI::Range(0, 1000));
  cli.add_option("--seed", options.seed, "Which packets are lost and late");
  cli.add_option("--voice", options.voice, "Recorded speech")->required();
  cli.add_option("--out", options.out, "A directory for what was sent")->required();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(cli.exit(error));
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  um::log::SetLevel(um::log::Level::kError);
  prctl(PR_SET_TIMERSLACK, 1UL);
  um::async::EpollLoop loop;
  Exchange exchange(loop, options);
  exchange.DialAll();
  while (!exchange.ended()) loop.Step(std::chrono::seconds(1));  // each call has its time limits
  exchange.Report(options.out);
  return exchange.failed() == 0 ? 0 : 1;
}
