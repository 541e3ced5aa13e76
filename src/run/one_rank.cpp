// Ranks in a build without MPI.
#include <cstdlib>
#include <string>

#include "rankfall/error.hpp"
#include "run/ranks.hpp"

namespace rankfall {

Ranks::Ranks(const Shard& shard) {
  if (!shard.is_whole()) return;
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const char* size = std::getenv(variable);
    if (size != nullptr && std::atoi(size) > 1)
      throw ConfigError({"mpirun", std::string(size) + " processes were started", "this build has no MPI",
                         "build with an MPI library installed, or start one process, or use --shard"});
  }
}

Ranks::~Ranks() = default;

int Ranks::local_rank() const { return 0; }

std::vector<WorkUnit> Ranks::spread(std::vector<WorkUnit> units) const { return units; }

void Ranks::share(std::span<const WorkUnit> units, std::int64_t, const std::stop_token& stop,
                  const std::function<WorkDone(std::span<const WorkUnit>)>& train,
                  const std::function<void(const WorkDone&)>&) const {
  if (!stop.stop_requested()) train(units);
}

}  // namespace rankfall
