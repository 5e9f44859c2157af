#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/catch.h"

namespace {

constexpr int kDeletedTheFirstKey = 90;

// Key 0 is the one that sofia would take for its own: a sanitizer's, or else this.
__attribute__((constructor(101))) void MakeFirstKey() {
  pthread_key_t key;
  pthread_key_create(&key, nullptr);
}

}  // namespace

// In the place of the C library's, for this whole program.
extern "C" int pthread_key_delete(pthread_key_t key) noexcept {
  if (key == 0) _exit(kDeletedTheFirstKey);
  using Function = int (*)(pthread_key_t);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_key_delete"));
  return real(key);
}

TEST_CASE("at exit sofia deletes no thread-local key but its own") {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const int status = std::system((self + " 'a request is read' >/dev/null").c_str());
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
