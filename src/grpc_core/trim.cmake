# Halves the time that gRPC's C++ core takes to compile: what no program here links is left out, and the headers that most files
# include are compiled once. Included by gRPC's CMakeLists.txt right after project(grpc), see ./cmake.
#
# For gRPC core 1.56. Without this file everything is compiled, and the program is the same: a build that sets CMAKE itself, or
# has a CMake older than 3.19, only takes longer. A file that is left out and needed after all fails the link.

if(CMAKE_VERSION VERSION_LESS 3.19)
  return() # it cannot defer calls
endif()

set(trim_directory ${CMAKE_CURRENT_LIST_DIR})

# Takes the sources that match one of the patterns from a target. A library that is left without any still has to be there, for
# grpcio's crate names it to the linker.
function(trim_sources target)
  get_target_property(sources ${target} SOURCES)
  foreach(pattern IN LISTS ARGN)
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()
  if(NOT sources)
    file(WRITE ${CMAKE_BINARY_DIR}/empty.c "extern int nothing;\n")
    set(sources ${CMAKE_BINARY_DIR}/empty.c)
  endif()
  set_property(TARGET ${target} PROPERTY SOURCES ${sources})
endfunction()

function(trim_grpc_core)
  trim_sources(grpc_unsecure
    # Other operating systems: these files are empty here.
    "windows|cfstream|cf_engine|_apple\\.cc|/msys/"
    # Resolvers by DNS: a path needs none. c-ares goes with them.
    "/resolver/(binder|dns|fake)/" "/polling_resolver\\.cc"
    # Balancers between several servers, and what they look at.
    "/lb_policy/(grpclb|outlier_detection|priority|rls|round_robin|weighted_round_robin|weighted_target)/"
    "/(address_filtering|backend_metric|health_check_client|oob_backend_metric|subchannel_stream_client)\\.cc"
    # Proxies, service configurations.
    "/http_proxy\\.cc" "/http_connect_handshaker\\.cc"
    "/service_config_channel_arg_filter\\.cc"
    # Filters that configuration.cc does not register.
    "/filters/(backend_metrics|census|channel_idle|fault_injection|message_size)/" "/http_filters_plugin\\.cc"
    "/compression_filter\\.cc"
    # Credentials and encryption.
    "/security/(authorization|transport)/" "/credentials/(alts|composite|fake|plugin|tls)/" "/security_connector/fake/"
    "/load_system_roots" "/json_util\\.cc" "/tsi/alts/"
    "/tsi/(fake_transport_security|local_transport_security|transport_security_grpc)\\.cc"
    # Transport within a process; requests by HTTP/1.
    "/transport/inproc/" "/(httpcli|format_request)\\.cc"
    # Sockets and pollers of the event engine that unused.cc stands in for.
    "/posix_engine/(event_poller_posix_default|posix_endpoint|posix_engine_listener|posix_engine_listener_utils|traced_buffer_list)\\.cc"
    "/work_stealing_thread_pool\\.cc" "/thready_event_engine/"
    # Messages of what is left out.
    "/upb-generated/(google/api|src/proto/grpc/gcp|validate|xds/service|xds/data/orca)/" "/upbdefs-generated/"
    "/upb-generated/src/proto/grpc/(health|lb|lookup)/"
    # gRPC's own registry of plugins: for_tests.cc takes its place.
    "/plugin_registry/")
  trim_sources(gpr "windows|/msys/")
  trim_sources(c-ares ".")
  trim_sources(re2 ".")
  # Samples of hash tables, and a registry of flags that ABSL_FLAGS_STRIP_NAMES empties.
  trim_sources(hashtablez_sampler ".")
  trim_sources(flags_reflection "/reflection\\.cc|^reflection\\.cc")
  trim_sources(random_distributions ".")

  target_sources(grpc_unsecure PRIVATE ${trim_directory}/for_tests.cc)
  # It declares gRPC's types in its own way.
  set_source_files_properties(${trim_directory}/for_tests.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON)

  foreach(target gpr grpc_unsecure)
    target_precompile_headers(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${trim_directory}/precompiled.h>)
  endforeach()
endfunction()

# A compiler takes a precompiled header only if it is the first one: it begins with the one that CXXFLAGS name. This holds for the
# targets of this folder, not for Abseil's.
string(REPLACE "-include grpc_core_trim.h" "" trim_flags "${CMAKE_CXX_FLAGS}")
cmake_language(DEFER CALL set CMAKE_CXX_FLAGS "${trim_flags}")
cmake_language(DEFER CALL trim_grpc_core)
