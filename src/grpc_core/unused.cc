// What gRPC's core refers to but a plaintext client over a unix socket, without retries and health checks, never uses: each
// of these names would pull in one or several files of it (150 kB together). What must never be called aborts.
//
// By their mangled names, as most of the types in them cannot be declared here. For gRPC core 1.56: a name that another
// version does not know makes the program larger, no more; a conflict with gRPC's own fails the link.

#include "die.h"

#define ABORTS(name) \
  void name();       \
  void name() { die(#name, "is not in this build of gRPC (src/grpc_core/unused.cc)"); }
#define DOES_NOTHING(name) \
  void name();             \
  void name() {}
#define NOTHING(name)            \
  extern const void* const name[]; \
  const void* const name[32] = {};

extern "C" {

#ifndef GRPC_CORE_WITH_SERVER
// A server: grpcio names them.
ABORTS(grpc_server_destroy)
ABORTS(grpc_server_request_call)
NOTHING(grpc_posix_tcp_server_vtable)

// Retries: they are switched off (src/kanto_cm/client.rs), but not in the clients of the tests.
NOTHING(_ZN9grpc_core18kRetryFilterVtableE)
// RetryServiceConfigParser::Register
DOES_NOTHING(_ZN9grpc_core8internal24RetryServiceConfigParser8RegisterEPNS_17CoreConfiguration7BuilderE)
#endif

// Health checks of the server, and taking it out of use: nothing configures them. MakeHealthCheckWatcher
ABORTS(
    _ZN9grpc_core22MakeHealthCheckWatcherESt10shared_ptrINS_14WorkSerializerEESt17basic_string_viewIcSt11char_traitsIcEESt10unique_ptrINS_19SubchannelInterface33ConnectivityStateWatcherInterfaceESt14default_deleteIS9_EE)
// DisableOutlierDetectionAttribute::kName
extern const char* _ZN9grpc_core32DisableOutlierDetectionAttribute5kNameE;
const char* _ZN9grpc_core32DisableOutlierDetectionAttribute5kNameE = "disable_outlier_detection";

// ParseBackendMetricData: a server's load report, which Kanto-CM does not send, is none.
void* _ZN9grpc_core22ParseBackendMetricDataESt17basic_string_viewIcSt11char_traitsIcEEPNS_31BackendMetricAllocatorInterfaceE();
void* _ZN9grpc_core22ParseBackendMetricDataESt17basic_string_viewIcSt11char_traitsIcEEPNS_31BackendMetricAllocatorInterfaceE() {
  return nullptr;
}

// Credentials: SecurityHandshakerCreate, tsi_local_handshaker_create
ABORTS(_ZN9grpc_core24SecurityHandshakerCreateEP14tsi_handshakerP23grpc_security_connectorRKNS_11ChannelArgsE)
ABORTS(_Z27tsi_local_handshaker_createPP14tsi_handshaker)

// Sockets of the event engine, of which only timers and threads are used: CreatePosixEndpoint
ABORTS(
    _ZN17grpc_event_engine12experimental19CreatePosixEndpointEPNS0_11EventHandleEPNS0_18PosixEngineClosureESt10shared_ptrINS0_11EventEngineEEONS0_15MemoryAllocatorERKNS0_15PosixTcpOptionsE)
// PosixEndpointImpl, which CreatePosixEndpoint makes: only some flags of the compiler leave these names.
ABORTS(
    _ZN17grpc_event_engine12experimental17PosixEndpointImpl13MaybeShutdownEN4absl12lts_202301256StatusENS3_12AnyInvocableIFvNS3_8StatusOrIiEEEEE)
ABORTS(
    _ZN17grpc_event_engine12experimental17PosixEndpointImpl4ReadEN4absl12lts_2023012512AnyInvocableIFvNS3_6StatusEEEEPNS0_11SliceBufferEPKNS0_11EventEngine8Endpoint8ReadArgsE)
ABORTS(
    _ZN17grpc_event_engine12experimental17PosixEndpointImpl5WriteEN4absl12lts_2023012512AnyInvocableIFvNS3_6StatusEEEEPNS0_11SliceBufferEPKNS0_11EventEngine8Endpoint9WriteArgsE)
// PosixEngineListenerImpl
ABORTS(
    _ZN17grpc_event_engine12experimental23PosixEngineListenerImplC1EN4absl12lts_2023012512AnyInvocableIFviSt10unique_ptrINS0_11EventEngine8EndpointESt14default_deleteIS7_EEbNS0_15MemoryAllocatorEPNS0_11SliceBufferEEEENS4_IFvNS3_6StatusEEEERKNS0_14EndpointConfigES5_INS0_22MemoryAllocatorFactoryES8_ISM_EEPNS0_16PosixEventPollerESt10shared_ptrIS6_E)
ABORTS(_ZN17grpc_event_engine12experimental23PosixEngineListenerImplD1Ev)
ABORTS(
    _ZN17grpc_event_engine12experimental23PosixEngineListenerImpl4BindERKNS0_11EventEngine15ResolvedAddressEN4absl12lts_2023012512AnyInvocableIFvNS7_8StatusOrIiEEEEE)
ABORTS(_ZN17grpc_event_engine12experimental23PosixEngineListenerImpl5StartEv)
ABORTS(_ZN17grpc_event_engine12experimental23PosixEngineListenerImpl15TriggerShutdownEv)
ABORTS(_ZN17grpc_event_engine12experimental23PosixEngineListenerImpl24HandleExternalConnectionEiiPNS0_11SliceBufferE)

}  // extern "C"

// Its poller: epoll, which every Linux has, and not poll(2) where it were not.
namespace grpc_event_engine {
namespace experimental {
class PosixEventPoller;
class Scheduler;
PosixEventPoller* MakeEpoll1Poller(Scheduler*);
PosixEventPoller* MakeDefaultPoller(Scheduler*);
PosixEventPoller* MakeDefaultPoller(Scheduler* scheduler) { return MakeEpoll1Poller(scheduler); }
}  // namespace experimental
}  // namespace grpc_event_engine
