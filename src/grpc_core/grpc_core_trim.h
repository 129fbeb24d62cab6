// Put before every C++ file of gRPC and Abseil (-include in .cargo/config.toml): what gRPC decides in its headers, and no
// option of its build reaches. For gRPC core 1.56; a macro that a later version does not have is of no effect.
//
// cargo does not notice a change of this file: gRPC's core is compiled anew when CXXFLAGS change.
//
// OE's wrapper of the compiler repeats CXXFLAGS: there it comes twice.
#ifndef GRPC_CORE_TRIM_H
#define GRPC_CORE_TRIM_H

// An error by default since clang 19. gRPC core 1.56 calls Traits::template CallSeqFactory(…), in basic_seq.h.
#if defined(__clang__) && defined(__has_warning)
#if __has_warning("-Wmissing-template-arg-list-after-template-kw")
#pragma clang diagnostic ignored "-Wmissing-template-arg-list-after-template-kw"
#endif
#endif

// gRPC's tracing (GRPC_TRACE in the environment), a tenth of its code.
#if __has_include("src/core/lib/debug/trace.h")
#include "src/core/lib/debug/trace.h"
#undef GRPC_TRACE_FLAG_ENABLED
#define GRPC_TRACE_FLAG_ENABLED(flag) false
#endif

// Only errors are logged, as is gRPC's default: what else it could tell (GRPC_VERBOSITY) is not compiled. An error, or an
// assertion that fails, tells the file's name and the line: not the path on the machine that built it, nor the expression.
#if __has_include(<grpc/support/log.h>)
#include <grpc/support/log.h>
#ifndef __FILE_NAME__  // gcc before 12
#define __FILE_NAME__ __FILE__
#endif
constexpr const char* grpc_trim_file(const char* name) { return name; }
#undef GPR_DEBUG
#undef GPR_INFO
#undef GPR_ERROR
#define GPR_DEBUG grpc_trim_file(__FILE_NAME__), __LINE__, GPR_LOG_SEVERITY_DEBUG
#define GPR_INFO grpc_trim_file(__FILE_NAME__), __LINE__, GPR_LOG_SEVERITY_INFO
#define GPR_ERROR grpc_trim_file(__FILE_NAME__), __LINE__, GPR_LOG_SEVERITY_ERROR
// By how the first argument begins as it is written: with the macro for the severity where something is logged, with another
// word where that is passed on or gpr_log declared.
#define gpr_log(first, ...) GRPC_TRIM_LOG_##first, __VA_ARGS__)
#define GRPC_TRIM_LOG_GPR_DEBUG true ? (void)0 : (gpr_log)(GPR_DEBUG
#define GRPC_TRIM_LOG_GPR_INFO true ? (void)0 : (gpr_log)(GPR_INFO
#define GRPC_TRIM_LOG_GPR_ERROR (gpr_log)(GPR_ERROR
#define GRPC_TRIM_LOG_grpc_trim_file (gpr_log)(grpc_trim_file
#define GRPC_TRIM_LOG_const gpr_log(const
#define GRPC_TRIM_LOG_file gpr_log(file
#define GRPC_TRIM_LOG_location gpr_log(location
#define GRPC_TRIM_LOG_severity gpr_log(severity
#undef GPR_ASSERT
#define GPR_ASSERT(x)                                    \
  do {                                                   \
    if (GPR_UNLIKELY(!(x))) {                            \
      gpr_assertion_failed(__FILE_NAME__, __LINE__, ""); \
    }                                                    \
  } while (false)
#endif

// <iostream> of GNU's library before version 13, without the object that prepares the streams in each file: 200 functions
// to run at the start, for streams that nobody uses.
#include <istream>
#include <ostream>
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_IOSTREAM)
#define _GLIBCXX_IOSTREAM 1
namespace std {
extern istream cin;
extern ostream cout, cerr, clog;
extern wistream wcin;
extern wostream wcout, wcerr, wclog;
}  // namespace std
#endif

#endif  // GRPC_CORE_TRIM_H
