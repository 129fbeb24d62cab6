// The parts of GNU's C++ library that would bring its streams and locales (400 kB), its exceptions and its demangler (50
// kB): gRPC is built without exceptions, and nothing in the product uses a stream of C++.
//
// All definitions are weak: a version of the library that is divided differently makes the program larger, no more.

#include "die.h"

#include <cstddef>
#include <ios>
#include <typeinfo>

#define WEAK __attribute__((weak))

namespace {
[[noreturn]] void die(const char* cause) { ::die(cause, "in the C++ library"); }
}  // namespace

// What is thrown (no memory, a length or an index that cannot be) ends the program, as it would without this: nothing
// catches it.
extern "C" {
WEAK void* __cxa_allocate_exception(std::size_t size) noexcept {
  // The first half is for what the library's own __cxa_throw, if it were linked, writes before an exception.
  alignas(std::max_align_t) static char room[512];
  if (size > sizeof room / 2) die("exception");
  return room + sizeof room / 2;
}
WEAK void __cxa_free_exception(void*) noexcept {}
[[noreturn]] WEAK void __cxa_throw(void*, std::type_info* type, void (*)(void*)) { die(type->name()); }
[[noreturn]] WEAK void __cxa_rethrow() { die("exception"); }
}

namespace __gnu_cxx {
// The default one prints the demangled name of the exception.
WEAK void __verbose_terminate_handler() { die("terminate"); }
}  // namespace __gnu_cxx

namespace std {
__attribute__((noreturn)) WEAK void __throw_ios_failure(const char* cause) { die(cause); }
__attribute__((noreturn)) void __throw_ios_failure(const char*, int);
WEAK void __throw_ios_failure(const char* cause, int) { die(cause); }

// Prepares std::cout and its kin; every file that includes <iostream> asks for it.
WEAK ios_base::Init::Init() {}
WEAK ios_base::Init::~Init() {}
// The same since version 13 of the library.
void ios_base_library_init();
WEAK void ios_base_library_init() {}
}  // namespace std
