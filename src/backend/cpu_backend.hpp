#pragma once
// Trains on the CPU: replicas in SIMD lanes, work units over a pool of threads.
#include <memory>
#include <string>

#include "rankfall/backend.hpp"

namespace rankfall {

// How many threads `asked` for means: 0 is one per core this process may use. Throws ConfigError when it is negative or
// beyond any machine.
int thread_count(int asked);

// Throws ConfigError like thread_count.
std::unique_ptr<Backend> make_cpu_backend(int threads);

// Cores this process may use (affinity mask), at least 1.
int usable_cores();

// Nothing, or why this binary cannot run on this CPU: it was compiled for instructions that are missing.
std::string missing_instructions();

}  // namespace rankfall
