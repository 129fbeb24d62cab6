// What Rust's std and the C++ library ask of libgcc's unwinder. Nothing here unwinds: a panic aborts, C++ is compiled
// without exceptions, and _Unwind_Backtrace (src/main.rs) ends at once. So the unwinder stays out of the program (25 kB),
// and no-unwind-tables.ld drops the tables that it would read.
//
// All definitions are weak, and none is ever called. The types of the arguments do not matter to that.

#include "die.h"

#define WEAK __attribute__((weak))

#define ABORTS(name) \
  void name();       \
  WEAK void name() { die("the stack", "cannot be unwound"); }

extern "C" {
ABORTS(__gxx_personality_v0)
ABORTS(_Unwind_DeleteException)
ABORTS(_Unwind_FindEnclosingFunction)
ABORTS(_Unwind_GetCFA)
ABORTS(_Unwind_GetDataRelBase)
ABORTS(_Unwind_GetGR)
ABORTS(_Unwind_GetIP)
ABORTS(_Unwind_GetIPInfo)
ABORTS(_Unwind_GetLanguageSpecificData)
ABORTS(_Unwind_GetRegionStart)
ABORTS(_Unwind_GetTextRelBase)
ABORTS(_Unwind_RaiseException)
ABORTS(_Unwind_Resume)
ABORTS(_Unwind_Resume_or_Rethrow)
ABORTS(_Unwind_SetGR)
ABORTS(_Unwind_SetIP)
}
