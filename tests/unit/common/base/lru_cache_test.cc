#include "common/base/lru_cache.h"

#include "tests/support/catch.h"

using um::LruCache;

TEST_CASE("a cache keeps what was used last, up to its bound") {
  LruCache<int> cache(10);
  cache.Insert("a", 1, 4);
  cache.Insert("b", 2, 4);
  REQUIRE(cache.Find("a"));
  cache.Insert("c", 3, 4);  // b was not used for longest
  CHECK_FALSE(cache.Find("b"));
  CHECK(*cache.Find("a") == 1);
  CHECK(*cache.Find("c") == 3);
  CHECK(cache.cost() == 8);
  cache.Insert("a", 5, 6);  // replaced, with its cost
  CHECK(*cache.Find("a") == 5);
  CHECK(cache.cost() == 10);
  cache.Erase("a");
  cache.Erase("nothing");
  CHECK_FALSE(cache.Find("a"));
  CHECK(cache.cost() == 4);
}

TEST_CASE("what is larger than the cache is not kept") {
  LruCache<int> cache(10);
  cache.Insert("a", 1, 11);
  CHECK_FALSE(cache.Find("a"));
  CHECK(cache.cost() == 0);
}
