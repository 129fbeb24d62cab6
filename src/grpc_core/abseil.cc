// The parts of Abseil that would bring its time zone database, and with it the file streams and locales of the C++
// library (450 kB, together with libstdcxx.cc): gRPC writes the time into every error status that it creates, in UTC.
// As configuration.cc says, the definitions need no header, and a conflict with Abseil's own ones fails the link.
//
// For Abseil 20230125, in C++17 or later (gcc's default from version 11 on).

#include "die.h"

#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace absl {
inline namespace lts_20230125 {

// Laid out like Abseil's.
class Time {
  long long seconds_;  // since the epoch of Unix
  unsigned quarter_nanoseconds_;

 public:
  std::time_t seconds() const { return static_cast<std::time_t>(seconds_); }
};
class TimeZone {
  const void* zone_;
};

std::string FormatTime(Time);
std::string FormatTime(std::string_view, Time, TimeZone);
bool ParseTime(std::string_view, std::string_view, Time*, std::string*);
extern const char RFC3339_full[];
const char RFC3339_full[] = "%Y-%m-%dT%H:%M:%SZ";

std::string FormatTime(Time time) {
  std::time_t seconds = time.seconds();
  std::tm parts;
  char text[40];
  if (gmtime_r(&seconds, &parts) == nullptr) return "";
  return std::string(text, std::strftime(text, sizeof text, RFC3339_full, &parts));
}

// gRPC only ever asks for RFC 3339 and UTC.
std::string FormatTime(std::string_view, Time time, TimeZone) { return FormatTime(time); }

// For reading back what FormatTime has written; gRPC then shows the text as it is.
bool ParseTime(std::string_view, std::string_view, Time*, std::string*) { return false; }

// For dates without a time, which nothing here has.
bool ParseTime(std::string_view, std::string_view, TimeZone, Time*, std::string*);
bool ParseTime(std::string_view, std::string_view, TimeZone, Time*, std::string*) { return false; }

namespace time_internal {
namespace cctz {
class TimeZoneIf {
 public:
  virtual ~TimeZoneIf();
  static std::unique_ptr<TimeZoneIf> Load(const std::string&);
};
// UTC is asked for, handed to FormatTime above, and not looked at.
std::unique_ptr<TimeZoneIf> TimeZoneIf::Load(const std::string&) { return nullptr; }
}  // namespace cctz
}  // namespace time_internal

// What would write to std::cerr, which libstdcxx.cc leaves unprepared.
namespace random_internal {
[[noreturn]] void ThrowSeedGenException();
void ThrowSeedGenException() {
  die("no random numbers", "from the system");
}
}  // namespace random_internal

// Laid out like Abseil's. gRPC declares its settings as flags, which asks for the last one.
struct FlagsUsageConfig {
  std::function<bool(std::string_view)> contains_helpshort_flags;
  std::function<bool(std::string_view)> contains_help_flags;
  std::function<bool(std::string_view)> contains_helppackage_flags;
  std::function<std::string()> version_string;
  std::function<std::string(std::string_view)> normalize_filename;
};

namespace flags_internal {
FlagsUsageConfig GetUsageConfig();
FlagsUsageConfig GetUsageConfig() {
  FlagsUsageConfig config;
  config.normalize_filename = [](std::string_view name) { return std::string(name); };
  return config;
}
void ReportUsageError(std::string_view, bool);
void ReportUsageError(std::string_view message, bool) {
  std::fprintf(stderr, "gRPC: %.*s\n", static_cast<int>(message.size()), message.data());
}
}  // namespace flags_internal

}  // namespace lts_20230125
}  // namespace absl
