#include "mailbox/media/engine.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/media/media_thread.h"

namespace um::media {
namespace {

/// The way from a stream to its session's listener: across threads, and over the end of either.
class Courier final : public StreamEvents, public std::enable_shared_from_this<Courier> {
 public:
  Courier(async::Loop& loop, Session::Listener& listener) : loop_(loop), listener_(&listener) {}

  // Thread: any.
  void OnKey(char key) override {
    loop_.Post([self = shared_from_this(), key] {
      if (self->listener_) self->listener_->OnKey(key);
    });
  }
  void OnToneKey(char key) override {
    loop_.Post([self = shared_from_this(), key] {
      if (self->listener_) self->listener_->OnToneKey(key);
    });
  }
  void OnPlayed(uint64_t play) override {
    loop_.Post([self = shared_from_this(), play] {
      if (self->listener_ && self->current_play == play) self->listener_->OnPlayed();
    });
  }
  void OnRecordingStopped(uint64_t recording, RecordingStop why) override {
    loop_.Post([self = shared_from_this(), recording, why] {
      if (self->listener_ && self->current_recording == recording)
        self->listener_->OnRecordingStopped(why);
    });
  }
  void OnMediaLost() override {
    loop_.Post([self = shared_from_this()] {
      if (self->listener_) self->listener_->OnMediaLost();
    });
  }

  // Thread: loop. The play and the recording whose end is still of interest.
  uint64_t current_play = 0;
  uint64_t current_recording = 0;
  void Detach() { listener_ = nullptr; }

 private:
  async::Loop& loop_;
  Session::Listener* listener_;
};

async::Time Now() {
  return std::chrono::time_point_cast<async::Duration>(std::chrono::steady_clock::now());
}

class StreamSession final : public Session {
 public:
  StreamSession(uint16_t port, std::shared_ptr<Courier> courier, std::shared_ptr<Stream> stream,
                std::shared_ptr<Batch> batch)
      : port_(port),
        courier_(std::move(courier)),
        stream_(std::move(stream)),
        batch_(std::move(batch)) {}
  ~StreamSession() override {
    courier_->Detach();
    stream_->Close(*batch_, Now());
  }

  uint16_t port() const override { return port_; }
  void Configure(const StreamParameters& parameters) override {
    stream_->Configure(parameters, Now());
  }
  void Play(std::vector<domain::ClipPtr> clips) override {
    stream_->Play(std::move(clips), ++courier_->current_play);
  }
  void StopPlaying() override {
    ++courier_->current_play;
    stream_->StopPlaying();
  }
  void StartRecording(domain::AudioSink& sink, RecordLimits limits) override {
    stream_->StartRecording(sink, limits, ++courier_->current_recording, *batch_, Now());
  }
  void StopRecording() override {
    ++courier_->current_recording;
    stream_->StopRecording(*batch_, Now());
  }
  Statistics statistics() const override { return stream_->statistics(); }

 private:
  const uint16_t port_;
  const std::shared_ptr<Courier> courier_;
  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<Batch> batch_;  // the loop thread's, shared by its sessions
};

class ThreadedEngine final : public Engine {
 public:
  ThreadedEngine(async::Loop& loop, const EngineOptions& options)
      : loop_(loop),
        ports_(options.first_port, options.last_port),
        batch_(std::make_shared<Batch>()) {
    for (int i = 0; i < std::max(options.threads, 1); ++i) {
      threads_.push_back(std::make_unique<MediaThread>(options.real_time));
    }
    log::Info("media.started", {{"threads", threads_.size()},
                                {"first_port", options.first_port},
                                {"last_port", options.last_port}});
  }

  absl::StatusOr<std::unique_ptr<Session>> Open(const net::IpAddress& local,
                                                Session::Listener& listener,
                                                async::Duration rtp_timeout) override {
    UM_ASSIGN_OR_RETURN(PortPair pair, ports_.Open(local));
    const uint16_t port = pair.port;
    auto courier = std::make_shared<Courier>(loop_, listener);
    auto stream = std::make_shared<Stream>(std::move(pair), rtp_timeout, courier);
    const auto least =
        std::min_element(threads_.begin(), threads_.end(),
                         [](const auto& a, const auto& b) { return a->load() < b->load(); });
    (*least)->Add(stream);
    return std::make_unique<StreamSession>(port, std::move(courier), std::move(stream), batch_);
  }

 private:
  async::Loop& loop_;
  PortRange ports_;
  const std::shared_ptr<Batch> batch_;
  std::vector<std::unique_ptr<MediaThread>> threads_;
};

}  // namespace

std::unique_ptr<Engine> StartEngine(async::Loop& loop, const EngineOptions& options) {
  return std::make_unique<ThreadedEngine>(loop, options);
}

}  // namespace um::media
