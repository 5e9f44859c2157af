#include "common/net/stream.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace um::net {
namespace {

// An unfinished CRLFCRLF is no message begun: many devices send single CRLFs to keep a connection
// alive.
constexpr size_t kPingPart = 3;

std::string ErrorText(int error) { return std::generic_category().message(error); }

}  // namespace

Stream::Stream(async::EpollLoop& loop, Owner& owner, const Limits& limits, Fd fd, State state,
               const Flow& flow, int listener)
    : loop_(loop),
      owner_(owner),
      limits_(limits),
      fd_(std::move(fd)),
      state_(state),
      flow_(flow),
      listener_(listener),
      framer_(limits.frame),
      greeted_(state == State::kConnecting),
      since_(loop.Now()),
      active_(since_),
      armed_(async::Time::max()),
      timer_(loop, [this] { OnDeadline(); }) {
  events_ = state_ == State::kConnecting ? EPOLLOUT : EPOLLIN;
  watch_ = loop_.Add(fd_.get(), events_, [this](uint32_t events) { OnReady(events); });
  Arm();
}

bool Stream::Send(std::string_view bytes) {
  if (!usable()) return false;
  if (out_.size() - sent_ + bytes.size() > limits_.send_queue) {
    Die("send queue over the limit");
    return false;
  }
  const bool was_empty = out_.empty();
  out_ += bytes;
  active_ = loop_.Now();
  if (was_empty && state_ == State::kOpen) owner_.OnQueued(*this);
  return true;
}

void Stream::Flush() {
  if (state_ == State::kConnecting || state_ == State::kGone) return;
  while (sent_ < out_.size()) {
    const ssize_t n = Transmit(std::string_view(out_).substr(sent_));
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return Die(ErrorText(errno));
      break;
    }
    sent_ += static_cast<size_t>(n);
  }
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
    if (state_ == State::kClosing) HalfClose();
  } else if (sent_ > out_.size() / 2) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
  UpdateWatch();
}

void Stream::Close() {
  close_wanted_ = true;
  if (state_ != State::kOpen) return;
  state_ = State::kClosing;
  since_ = loop_.Now();
  owner_.OnQueued(*this);  // Flush() half-closes once all is sent
  Arm();
}

// close(2) with bytes unread makes TCP reset the connection, and the peer may lose our last
// response. So: our end first, then read on until the peer's.
void Stream::HalfClose() {
  if (std::exchange(half_closed_, true)) return;
  shutdown(fd_.get(), SHUT_WR);
}

void Stream::OnReady(uint32_t events) {
  if (state_ == State::kConnecting) FinishConnect();
  if (state_ != State::kConnecting && (events & EPOLLOUT) != 0) Flush();
  if (state_ != State::kGone && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Read();
}

void Stream::FinishConnect() {
  if (const int error = SocketError(fd_.get()); error != 0) return Die(ErrorText(error));
  state_ = State::kOpen;
  active_ = loop_.Now();
  UpdateWatch();
  Arm();
  if (close_wanted_) Close();
}

void Stream::Read() {
  static thread_local std::array<char, 65536> buffer;  // nothing of it outlives this call
  const ssize_t n = Receive(buffer.data(), buffer.size());
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) Die(ErrorText(errno));
    return;
  }
  if (n == 0) {
    Flush();  // a peer may half-close and still want its answers; one try
    if (state_ != State::kGone) Die("");
    return;
  }
  active_ = loop_.Now();
  if (state_ == State::kOpen) Frame({buffer.data(), static_cast<size_t>(n)});
}

void Stream::Frame(std::string_view bytes) {
  const bool begun = framer_.pending() > kPingPart;
  bool whole = false;
  const absl::Status status = framer_.Feed(
      bytes,
      [&](std::string_view message) {
        whole = greeted_ = true;
        // Close() or Die() in the course of one message ends the delivery of those behind it.
        if (state_ == State::kOpen) owner_.OnMessage(*this, message);
      },
      [&] { Send("\r\n"); });  // RFC 5626 section 4.4.1
  if (state_ != State::kOpen) return;
  if (!status.ok()) {
    owner_.OnBadFrame(*this, status, framer_.refused());
    Close();
    return;
  }
  if (framer_.pending() > kPingPart && greeted_ && (whole || !begun)) {
    since_ = active_;
    Arm();
  }
}

void Stream::Die(std::string_view why) {
  if (state_ == State::kGone) return;
  state_ = State::kGone;
  timer_.Stop();
  watch_.Reset();
  fd_.Reset();
  owner_.OnGone(*this, why);
}

void Stream::UpdateWatch() {
  if (state_ == State::kGone) return;
  const uint32_t wanted = EPOLLIN | (out_.empty() ? 0U : uint32_t{EPOLLOUT});
  if (wanted != std::exchange(events_, wanted)) watch_.Update(wanted);
}

async::Time Stream::Deadline() const {
  switch (state_) {
    case State::kConnecting:
      return since_ + limits_.connect;
    case State::kClosing:
      return since_ + limits_.linger;
    default:
      break;
  }
  const async::Time idle = active_ + limits_.idle;
  const bool owes_message = !greeted_ || framer_.pending() > kPingPart;
  return owes_message ? std::min(idle, since_ + limits_.first_message) : idle;
}

// The timer is only ever moved forward here; when it fires early it is set again. So a message
// costs no timer.
void Stream::Arm() {
  const async::Time deadline = Deadline();
  if (timer_.running() && armed_ <= deadline) return;
  armed_ = deadline;
  timer_.Start(deadline - loop_.Now());
}

void Stream::OnDeadline() {
  if (loop_.Now() < Deadline()) return Arm();
  switch (state_) {
    case State::kConnecting:
      return Die("connecting took too long");
    case State::kClosing:
      return Die("");
    default:
      return Die(greeted_ && framer_.pending() <= kPingPart ? "idle" : "message took too long");
  }
}

ssize_t Stream::Receive(char* buffer, size_t size) { return recv(fd_.get(), buffer, size, 0); }

ssize_t Stream::Transmit(std::string_view bytes) {
  return send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

}  // namespace um::net
