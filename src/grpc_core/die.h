// The end of the program, for what must never happen, with a line that says what it was.

#pragma once

#include <cstdio>
#include <cstdlib>

[[noreturn]] inline void die(const char* what, const char* why) {
  std::fprintf(stderr, "fatal: %s %s\n", what, why);
  std::abort();
}
