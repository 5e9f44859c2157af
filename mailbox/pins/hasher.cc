#include "mailbox/pins/hasher.h"

#include <argon2.h>

#include "common/base/bytes.h"

namespace um::pins {
namespace {

constexpr size_t kSaltBytes = 16;  // RFC 9106 section 3.1
constexpr size_t kHashBytes = 32;
constexpr size_t kMostEncoded = 512;
constexpr char kPrefix[] = "$argon2id$";

/// argon2's texts tell of parameters, never of what is hashed.
absl::Status Failure(int code) {
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) {
    return absl::ResourceExhaustedError("there is no memory to hash a PIN");
  }
  return absl::InternalError(std::string("argon2: ") + argon2_error_message(code));
}

}  // namespace

absl::StatusOr<std::string> Hasher::Turn::Hash(std::string_view pin) const {
  const HashCost& cost = hasher_->options_.cost;
  const std::string salt = RandomBytes(kSaltBytes);
  char encoded[kMostEncoded];
  const int code =
      argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, pin.data(), pin.size(),
                            salt.data(), salt.size(), kHashBytes, encoded, sizeof encoded);
  if (code != ARGON2_OK) return Failure(code);
  return std::string(encoded);
}

absl::StatusOr<bool> Hasher::Turn::Matches(std::string_view pin, const std::string& hash) const {
  const absl::Status damaged = absl::DataLossError("a stored PIN's hash is damaged");
  if (!hash.starts_with(kPrefix) || hash.size() > kMostEncoded) return damaged;
  switch (const int code = argon2id_verify(hash.c_str(), pin.data(), pin.size())) {
    case ARGON2_OK:
      return true;
    case ARGON2_VERIFY_MISMATCH:
      return false;
    case ARGON2_MEMORY_ALLOCATION_ERROR:
      return Failure(code);
    default:
      return damaged;
  }
}

absl::StatusOr<Hasher::Turn> Hasher::Begin() {
  std::unique_lock lock(mutex_);
  if (running_ >= options_.at_once) {
    if (waiting_ >= options_.waiting) {
      return absl::ResourceExhaustedError("too many PINs are being checked: try again");
    }
    ++waiting_;
    free_.wait(lock, [&] { return running_ < options_.at_once; });
    --waiting_;
  }
  ++running_;
  return Turn(this);
}

void Hasher::End() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  free_.notify_one();
}

int Hasher::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace um::pins
