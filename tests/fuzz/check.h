// UM_FUZZ_CHECK(condition): a property that must hold for every input; a fuzzer reports it like a
// crash.
#pragma once

#include <cstdio>
#include <cstdlib>

#define UM_FUZZ_CHECK(condition)                                                     \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                       \
    }                                                                                \
  } while (false)
