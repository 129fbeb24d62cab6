// What gRPC's core finds when it starts, whatever this process was started with.

#include <cstddef>
#include <cstdlib>

#include <pthread.h>

namespace {
// The stack of a thread of the core. The default is the limit for the first thread's (8 MiB or any other number).
constexpr std::size_t stack = 1024 * 1024;

__attribute__((constructor)) void set_up_core() {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) == 0) {
    if (pthread_attr_setstacksize(&attributes, stack) == 0) pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
  }
  // An unknown one ends the program without a word, and there is but one to choose.
  unsetenv("GRPC_POLL_STRATEGY");
}
}  // namespace

// One arena for all threads. glibc makes one for every thread that finds the others busy, up to eight a core; here a handful
// of threads wait for the network nearly all the time.

#include <malloc.h>

#ifdef __GLIBC__
namespace {
__attribute__((constructor)) void use_one_arena() { mallopt(M_ARENA_MAX, 1); }
}  // namespace
#endif
