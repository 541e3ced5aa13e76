#pragma once
// What results.nc looks like: names, dimensions, attributes (docs/design.md, section 7).
#include <cstdint>
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"
#include "rankfall/observed_graphs.hpp"
#include "rankfall/result_store.hpp"
#include "store/fields.hpp"
#include "store/netcdf_file.hpp"

namespace rankfall {

// How numbers are stored: outcomes as int32.
template <class T>
struct Stored {
  using type = T;
};
template <>
struct Stored<Outcome> {
  using type = std::int32_t;
};
template <class Array>
using StoredEntry = typename Stored<typename std::decay_t<Array>::value_type>::type;

// Names of one axis in the file.
struct AxisNames {
  std::string dimension;
  std::vector<std::string> coordinates;  // a variable per key
};

// The experiment's own names, except that a name that is taken by a result (an axis over problem.rank is called
// "rank", like the final rank) or by an earlier axis gives way to the full key ("problem.rank").
std::vector<AxisNames> axis_names(const std::vector<Axis>& axes);

// Sizes of the dimensions.
struct ResultsShape {
  std::vector<std::size_t> axes;
  std::size_t replicas = 0, singular_values = 0, factors = 0, events = 0, probes = 0, solutions = 0, plateaus = 0;
  std::size_t phases = 0, masks = 0, mask_rows = 0, mask_columns = 0;  // of graphs of observed entries; 0 without any
  bool trajectories = false, compared = false, alignments = false, velocities = false, couplings = false, watched = false,
       landscapes = false, monitors = false;

  ResultsShape(const Experiment& experiment, const RunResults& results, const ObservedGraphs& graphs);
};

// Defines all dimensions, variables and attributes of an empty file.
void define_results(NetcdfFile& file, const Experiment& experiment, const ResultsShape& shape,
                    const Provenance& provenance);

}  // namespace rankfall
