#pragma once
// What is refused before anything is allocated for it.
#include <cstdint>

namespace rankfall::config {

// An observed entry's row and column are packed into one 32-bit word; a random number's replica, phase and attempt are
// 32, 8 and 16 bits of its counter (kernels/philox.hpp).
inline constexpr std::int64_t largest_dimension = 65'535;       // rows, columns, hidden widths
inline constexpr std::int64_t most_phases = 250;
inline constexpr std::int64_t most_tries = 65'000;
inline constexpr std::int64_t most_entries = 100'000'000;       // of one matrix
inline constexpr std::int64_t most_parameters = 1'000'000'000;  // of all factors of one replica
inline constexpr std::int64_t most_cells = 1'000'000;
inline constexpr std::int64_t most_listed_entries = 50'000'000;    // observed entries and probe times held over all cells
inline constexpr std::int64_t most_replicas = 4'000'000'000;       // per cell
inline constexpr double most_result_bytes = 1e14;             // of all cells: disks of 100 TB exist
inline constexpr std::int64_t most_steps = 1'000'000'000'000'000;  // of one phase
inline constexpr std::int64_t most_stretches = 100'000;            // changes of rates in one phase
inline constexpr std::int64_t most_inlined = 64;                   // matrix entries the effective experiment spells out
inline constexpr std::int64_t largest_file = 4'000'000'000;        // bytes of a data file

}  // namespace rankfall::config
