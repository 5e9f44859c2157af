// Hashes of PINs: argon2id (RFC 9106). Slow and large on purpose, so only so many are made at once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace um::pins {

/// What one hash costs: about 60 ms of a core and 19 MiB, the least that OWASP recommends for
/// argon2id. Hashes carry their own cost: those made before a change of these numbers go on being
/// compared.
struct HashCost {
  uint32_t memory_kib = 19 * 1024;
  uint32_t passes = 2;
  uint32_t lanes = 1;  ///< threads of one hash
};

struct HasherOptions {
  HashCost cost;
  int at_once = 2;   ///< hashes in the making; the memory is at_once * memory_kib
  int waiting = 64;  ///< more that wait for their turn: a few seconds' worth
};

/// Blocking. Thread: any.
class Hasher {
 public:
  explicit Hasher(const HasherOptions& options = {}) : options_(options) {}

  /// The right to hash: one at a time, as often as needed. Given back when it is destroyed, which
  /// is before the hasher.
  class Turn {
   public:
    Turn(Turn&& other) noexcept : hasher_(std::exchange(other.hasher_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (hasher_) hasher_->End();
    }

    /// "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH", with another salt each time.
    /// kResourceExhausted: out of memory.
    absl::StatusOr<std::string> Hash(std::string_view pin) const;
    /// kDataLoss: `hash` is none. kResourceExhausted: out of memory.
    absl::StatusOr<bool> Matches(std::string_view pin, const std::string& hash) const;

   private:
    friend class Hasher;
    explicit Turn(Hasher* hasher) : hasher_(hasher) {}
    Hasher* hasher_;
  };

  /// Waits for a turn. kResourceExhausted: too many wait already.
  absl::StatusOr<Turn> Begin();

  /// How many wait for a turn now.
  int waiting() const;

 private:
  void End();

  const HasherOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable free_;
  int running_ = 0;  // guarded by mutex_, like the next
  int waiting_ = 0;
};

}  // namespace um::pins
