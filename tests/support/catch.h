// Catch2, so that its next major version is a change of this line.
#pragma once
#include <catch2/catch.hpp>
