// gRPC's registry of plugins for the tests and the simulated Kanto-CM, which are servers, too. trim.cmake puts this into gRPC's own
// library; the program itself does not get it, for its configuration.cc comes first.

#define GRPC_CORE_WITH_SERVER
#include "configuration.cc"
#include "unused.cc"
