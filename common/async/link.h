// An intrusive, circular, doubly linked list node.
#pragma once

namespace um::async {

/// A node that is also a list head; it unlinks itself when destroyed, so no list ever holds a dead node.
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { Unlink(); }

  bool linked() const { return next_ != this; }
  Link* front() const { return next_; }
  void Unlink() {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    next_ = prev_ = this;
  }
  void PushBack(Link& head) {
    Unlink();
    prev_ = head.prev_;
    next_ = &head;
    prev_->next_ = this;
    head.prev_ = this;
  }
  void PushFront(Link& head) {
    Unlink();
    next_ = head.next_;
    prev_ = &head;
    next_->prev_ = this;
    head.next_ = this;
  }

 private:
  Link* prev_ = this;
  Link* next_ = this;
};

}  // namespace um::async
