#include "run/provenance.hpp"

#include <ctime>

#include "run/build_info.hpp"

namespace rankfall {

std::string version() { return build_info::version; }

Provenance build_provenance() {
  Provenance provenance;
  provenance.version = build_info::version;
  provenance.commit = build_info::commit;
  provenance.compiler = build_info::compiler;
  provenance.flags = build_info::flags;
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  provenance.created_at = text;
  return provenance;
}

}  // namespace rankfall
