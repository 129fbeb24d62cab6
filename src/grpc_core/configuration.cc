// gRPC's registry of plugins, cut down to what a plaintext client over a unix socket needs. It stands in for gRPC's own
// (src/core/plugin_registry/grpc_plugin_registry.cc), which would pull in every resolver, balancer and server filter.
//
// For gRPC core 1.56. No header of gRPC is needed: a mangled name holds the names of types, not what is in them. All
// definitions here are strong: should gRPC's own be linked after all, the link fails instead of mixing the two.

namespace grpc_core {
class CoreConfiguration {
 public:
  class Builder;
};
}  // namespace grpc_core

namespace grpc_event_engine {
namespace experimental {
void RegisterEventEngineChannelArgPreconditioning(grpc_core::CoreConfiguration::Builder*);
}
}  // namespace grpc_event_engine

namespace grpc_core {

void RegisterTCPConnectHandshaker(CoreConfiguration::Builder*);
void RegisterPickFirstLbPolicy(CoreConfiguration::Builder*);
void BuildClientChannelConfiguration(CoreConfiguration::Builder*);
void RegisterClientAuthorityFilter(CoreConfiguration::Builder*);
void RegisterHttpFilters(CoreConfiguration::Builder*);
void RegisterDeadlineFilter(CoreConfiguration::Builder*);
void RegisterMessageSizeFilter(CoreConfiguration::Builder*);
void RegisterResourceQuota(CoreConfiguration::Builder*);
void RegisterSockaddrResolver(CoreConfiguration::Builder*);
void RegisterBuiltins(CoreConfiguration::Builder*);

void BuildCoreConfiguration(CoreConfiguration::Builder* builder) {
  // In the order of gRPC's own.
  grpc_event_engine::experimental::RegisterEventEngineChannelArgPreconditioning(builder);
  RegisterTCPConnectHandshaker(builder);
  RegisterPickFirstLbPolicy(builder);
  BuildClientChannelConfiguration(builder);
  RegisterClientAuthorityFilter(builder);
  RegisterHttpFilters(builder);
  RegisterDeadlineFilter(builder);
  RegisterMessageSizeFilter(builder);
  RegisterResourceQuota(builder);
  RegisterSockaddrResolver(builder);
  RegisterBuiltins(builder);
}

// Filters that only a server's channel or one with credentials would get. They are named where filters are registered,
// which is enough to pull them in, and are never looked at here.
struct ClientAuthFilter {
  static const void* const kFilter;
};
struct ServerAuthFilter {
  static const void* const kFilter;
};
struct GrpcServerAuthzFilter {
  static const void* const kFilterVtable;
};
struct HttpServerFilter {
  static const void* const kFilter;
};
const void* const ClientAuthFilter::kFilter = nullptr;
const void* const ServerAuthFilter::kFilter = nullptr;
const void* const GrpcServerAuthzFilter::kFilterVtable = nullptr;
const void* const HttpServerFilter::kFilter = nullptr;

}  // namespace grpc_core

// The start and the end of c-ares: a path needs no DNS.
void grpc_resolver_dns_ares_init();
void grpc_resolver_dns_ares_shutdown();
void grpc_resolver_dns_ares_init() {}
void grpc_resolver_dns_ares_shutdown() {}
