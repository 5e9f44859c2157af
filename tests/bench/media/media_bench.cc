// What a call costs: N calls that are recorded while a clip is played to them, driven by another
// process.
//
//   um_media_bench [CALLS] [SECONDS] [THREADS]
//
// Prints CPU milliseconds per call-minute, memory per session, how steady the sending is, and
// whether every recording was bit for bit what was sent.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "common/async/epoll_loop.h"
#include "mailbox/media/engine.h"
#include "tests/integration/media/rtp_peer.h"

using namespace um::media;
using namespace std::chrono_literals;
using um::tests::Bytes;
using um::tests::RtpWriter;
using um::tests::UdpPeer;
using Clock = std::chrono::steady_clock;

namespace {
constexpr auto kPacket = 20ms;

struct Silent final : Session::Listener {
  void OnKey(char) override {}
  void OnToneKey(char) override {}
  void OnPlayed() override {}
  void OnRecordingStopped(RecordingStop) override {}
  void OnMediaLost() override {}
};
/// Compares what is recorded with what is known to be sent, and keeps nothing.
struct Checking final : um::domain::AudioSink {
  explicit Checking(uint32_t seed) : random(seed) {}
  void Append(std::span<const uint8_t> codes) noexcept override {
    for (const uint8_t code : codes) wrong += code != static_cast<uint8_t>(random());
    size += codes.size();
  }
  std::minstd_rand random;
  size_t size = 0;
  size_t wrong = 0;
};

void Check(bool ok, const char* what) {
  if (ok) return;
  perror(what);
  std::exit(1);
}

/// The peers' process: speaks `packets` packets on every call, and measures how steady what it
/// hears is.
void RunPeers(int calls, int packets, int from_parent, int to_parent) {
  std::vector<std::unique_ptr<UdpPeer>> peers;
  std::vector<RtpWriter> writers(calls);
  std::vector<std::minstd_rand> audio;
  std::vector<uint16_t> ports(calls);
  for (int i = 0; i < calls; ++i) {
    peers.push_back(std::make_unique<UdpPeer>());
    audio.emplace_back(i + 1);
    const uint16_t port = peers.back()->address().port;
    Check(write(to_parent, &port, sizeof port) == sizeof port, "write");
  }
  for (uint16_t& port : ports) Check(read(from_parent, &port, sizeof port) == sizeof port, "read");
  auto next = Clock::now();
  uint64_t heard = 0;
  std::vector<double> gaps;
  std::vector<Clock::time_point> last(calls);
  for (int n = 0; n < packets; ++n) {
    for (int i = 0; i < calls; ++i) {
      Bytes payload(160);
      for (uint8_t& code : payload) code = static_cast<uint8_t>(audio[i]());
      peers[i]->SendTo(ports[i], writers[i].Audio(payload));
    }
    next += kPacket;
    // One call's arrivals are watched closely, the others' only emptied.
    while (Clock::now() < next) {
      const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(next - Clock::now());
      if (peers[0]->Receive(wait).empty()) continue;
      if (last[0] != Clock::time_point{}) {
        gaps.push_back(std::chrono::duration<double, std::milli>(Clock::now() - last[0]).count());
      }
      last[0] = Clock::now();
      ++heard;
    }
    for (int i = 1; i < calls; ++i) {
      while (!peers[i]->Receive(0ms).empty()) ++heard;
    }
  }
  std::sort(gaps.begin(), gaps.end());
  const auto percentile = [&](double p) {
    return gaps.empty() ? 0 : gaps[size_t(p * double(gaps.size() - 1))];
  };
  std::printf("packets heard             %llu of %llu\n", static_cast<unsigned long long>(heard),
              static_cast<unsigned long long>(calls) * packets);
  std::printf("gap between packets       p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", percentile(0.5),
              percentile(0.99), percentile(1));
  std::fflush(stdout);
}

double CpuMs() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return double(t.tv_sec) * 1000 + double(t.tv_usec) / 1000;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}
long ResidentKb() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "VmRSS:") continue;
    long kb = 0;
    status >> kb;
    return kb;
  }
  return 0;
}

struct Call {
  explicit Call(uint32_t seed) : sink(seed) {}
  Silent events;
  Checking sink;
  std::unique_ptr<Session> session;
};

int Measure(int calls, int packets, int threads, int from_child, int to_child) {
  um::async::EpollLoop loop;
  const auto engine =
      StartEngine(loop, {.threads = threads, .first_port = 16384, .last_port = 32767});
  const auto clip = std::make_shared<um::domain::Clip>(std::vector<int16_t>(30 * 8000, 1000));
  const um::net::IpAddress local = *um::net::IpAddress::Parse("127.0.0.1");
  std::vector<uint16_t> peers(calls);
  for (uint16_t& port : peers) Check(read(from_child, &port, sizeof port) == sizeof port, "read");

  malloc_trim(0);
  const long before_kb = ResidentKb();
  std::vector<std::unique_ptr<Call>> all;
  for (int i = 0; i < calls; ++i) {
    Call& call = *all.emplace_back(std::make_unique<Call>(i + 1));
    call.session = *engine->Open(local, call.events, 10s);
    StreamParameters parameters;
    parameters.remote = {local, peers[i]};
    call.session->Configure(parameters);
    call.session->Play({clip, clip});
    call.session->StartRecording(call.sink, {.max = 10min, .idle_timeout = 10min});
  }
  const double cpu = CpuMs();
  const auto start = Clock::now();
  for (const auto& call : all) {
    const uint16_t port = call->session->port();
    Check(write(to_child, &port, sizeof port) == sizeof port, "write");
  }
  int status = 0;
  while (waitpid(-1, &status, WNOHANG) == 0) loop.Step(100ms);
  const double minutes =
      std::chrono::duration<double, std::ratio<60>>(Clock::now() - start).count();
  const double used = CpuMs() - cpu;
  const long after_kb = ResidentKb();

  int whole = 0;
  for (const auto& call : all) {
    call->session->StopRecording();
    whole += call->sink.wrong == 0 && call->sink.size == static_cast<size_t>(packets) * 160;
  }
  std::printf("recordings bit for bit    %d of %d\n", whole, calls);
  std::printf("CPU per call-minute       %.1f ms (receiving, recording and sending)\n",
              used / minutes / calls);
  std::printf("memory per session        %.1f KiB\n", double(after_kb - before_kb) / calls);
  return whole == calls ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::atoi(argv[1]) : 200;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 20;
  const int threads = argc > 3 ? std::atoi(argv[3]) : 1;
  const int packets = seconds * 50;
  int up[2];
  int down[2];
  Check(pipe(up) == 0 && pipe(down) == 0, "pipe");
  std::printf("calls                     %d for %d s on %d media threads\n", calls, seconds,
              threads);
  std::fflush(stdout);
  const pid_t child = fork();
  Check(child >= 0, "fork");
  if (child == 0) {
    RunPeers(calls, packets, down[0], up[1]);
    std::_Exit(0);
  }
  return Measure(calls, packets, threads, up[0], down[1]);
}
