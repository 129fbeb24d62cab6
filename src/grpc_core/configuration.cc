// gRPC's registry of plugins, cut down to what a plaintext client over a unix socket needs. It stands in for gRPC's own
// (src/core/plugin_registry/grpc_plugin_registry.cc), which would pull in every resolver, balancer and server filter.
//
// For gRPC core 1.56. No header of gRPC is needed: a mangled name holds the names of types, not what is in them (but for
// one class, which is why the version is checked). All definitions here are strong: should gRPC's own be linked after all,
// the link fails instead of mixing the two.

#include "die.h"

#include <cstring>
#include <functional>
#include <vector>

struct grpc_channel_filter;
enum grpc_channel_stack_type { GRPC_CLIENT_SUBCHANNEL = 1, GRPC_CLIENT_LAME_CHANNEL = 3, GRPC_SERVER_CHANNEL = 4 };
extern "C" const char* grpc_version_string();

namespace grpc_core {

class ChannelStackBuilder {
 public:
  void AppendFilter(const grpc_channel_filter*);
  void PrependFilter(const grpc_channel_filter*);
};
class ChannelInit {
 public:
  class Builder {
   public:
    void RegisterStage(grpc_channel_stack_type, int priority, std::function<bool(ChannelStackBuilder*)>);
  };
};

class CoreConfiguration {
 public:
  // Laid out like gRPC's, up to the part that is used here.
  class Builder {
    std::vector<std::function<void()>> channel_args_preconditioning_;

   public:
    ChannelInit::Builder channel_init;
  };
};
}  // namespace grpc_core

namespace grpc_event_engine {
namespace experimental {
void RegisterEventEngineChannelArgPreconditioning(grpc_core::CoreConfiguration::Builder*);
}
}  // namespace grpc_event_engine

bool grpc_add_connected_filter(grpc_core::ChannelStackBuilder*);

namespace grpc_core {

void RegisterTCPConnectHandshaker(CoreConfiguration::Builder*);
void RegisterPickFirstLbPolicy(CoreConfiguration::Builder*);
void BuildClientChannelConfiguration(CoreConfiguration::Builder*);
void RegisterClientAuthorityFilter(CoreConfiguration::Builder*);
void RegisterResourceQuota(CoreConfiguration::Builder*);
void RegisterSockaddrResolver(CoreConfiguration::Builder*);

struct HttpClientFilter {
  static const grpc_channel_filter kFilter;
};
#ifdef GRPC_CORE_WITH_SERVER
struct HttpServerFilter {
  static const grpc_channel_filter kFilter;
};
void RegisterDeadlineFilter(CoreConfiguration::Builder*);
void RegisterBuiltins(CoreConfiguration::Builder*);
#else
struct LameClientFilter {
  static const grpc_channel_filter kFilter;
};
#endif

// What gRPC's RegisterHttpFilters and RegisterBuiltins do, without the filters of a server's channel and without
// compression, which is then not offered to the server. (Its filters for deadlines and for the size of messages are not
// there either: the client channel sees to deadlines itself, and sizes are not limited.)
void RegisterFilters(ChannelInit::Builder* channels) {
  constexpr int priority = 10000;
  channels->RegisterStage(GRPC_CLIENT_SUBCHANNEL, priority, [](ChannelStackBuilder* stack) {
    stack->PrependFilter(&HttpClientFilter::kFilter);
    return true;
  });
#ifdef GRPC_CORE_WITH_SERVER
  channels->RegisterStage(GRPC_SERVER_CHANNEL, priority, [](ChannelStackBuilder* stack) {
    stack->PrependFilter(&HttpServerFilter::kFilter);
    return true;
  });
#else
  channels->RegisterStage(GRPC_CLIENT_SUBCHANNEL, priority, grpc_add_connected_filter);
  channels->RegisterStage(GRPC_CLIENT_LAME_CHANNEL, priority, [](ChannelStackBuilder* stack) {
    stack->AppendFilter(&LameClientFilter::kFilter);
    return true;
  });
#endif
}

void BuildCoreConfiguration(CoreConfiguration::Builder* builder) {
  // As the core of 1.56 calls itself.
  if (std::strcmp(grpc_version_string(), "33.0.0") != 0) die("src/grpc_core", "is for another version of gRPC");
  // In the order of gRPC's own.
  grpc_event_engine::experimental::RegisterEventEngineChannelArgPreconditioning(builder);
  RegisterTCPConnectHandshaker(builder);
  RegisterPickFirstLbPolicy(builder);
  BuildClientChannelConfiguration(builder);
  RegisterClientAuthorityFilter(builder);
  RegisterFilters(&builder->channel_init);
#ifdef GRPC_CORE_WITH_SERVER
  RegisterDeadlineFilter(builder);
  RegisterBuiltins(builder);
#endif
  RegisterResourceQuota(builder);
  RegisterSockaddrResolver(builder);
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
const void* const ClientAuthFilter::kFilter = nullptr;
const void* const ServerAuthFilter::kFilter = nullptr;
const void* const GrpcServerAuthzFilter::kFilterVtable = nullptr;

}  // namespace grpc_core

// The start and the end of c-ares: a path needs no DNS.
void grpc_resolver_dns_ares_init();
void grpc_resolver_dns_ares_shutdown();
void grpc_resolver_dns_ares_init() {}
void grpc_resolver_dns_ares_shutdown() {}
