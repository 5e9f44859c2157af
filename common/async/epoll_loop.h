// EpollLoop: the Loop of a running process, on epoll and an eventfd.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "common/async/loop.h"

namespace um::async {

class EpollLoop final : public Loop {
 public:
  EpollLoop();
  ~EpollLoop() override;

  Time Now() const override;
  WallTime WallNow() const override;

  /// Turns until Stop().   Thread: the one that then owns the loop.
  void Run();
  /// Makes Run() return after its present turn.   Thread: any.
  void Stop();
  /// One turn; waits at most `wait` for something to do. For tests and embedding.
  void Step(Duration wait);

  /// Interest in a descriptor. Destroying it ends the interest; the descriptor stays the caller's.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept { *this = std::move(other); }
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { Reset(); }
    /// Changes the events waited for (EPOLLIN, EPOLLOUT, ...; level-triggered).
    void Update(uint32_t events);
    void Reset();

   private:
    friend class EpollLoop;
    EpollLoop* loop_ = nullptr;
    int fd_ = -1;
    uint64_t id_ = 0;
  };
  /// `ready` is called with the events that hold. It may destroy any Watch, its own included.   Thread: the loop's.
  [[nodiscard]] Watch Add(int fd, uint32_t events, std::function<void(uint32_t)> ready);

 private:
  void Interrupt() override;
  void Control(int operation, int fd, uint32_t events, uint64_t id);

  int epoll_;
  int wake_;  // eventfd
  std::atomic<bool> stop_ = false;
  uint64_t next_id_ = 1;
  std::unordered_map<uint64_t, std::shared_ptr<std::function<void(uint32_t)>>> watches_;
};

}  // namespace um::async
