// One arena for all threads. glibc makes one for every thread that finds the others busy, up to eight a core; here a handful
// of threads wait for the network nearly all the time.

#include <malloc.h>

#ifdef __GLIBC__
namespace {
__attribute__((constructor)) void use_one_arena() { mallopt(M_ARENA_MAX, 1); }
}  // namespace
#endif
