#include "bench/export.hpp"

#include <vector>

#include "bench/scalar_run.hpp"
#include "bench/workload.hpp"
#include "kernels/sampler.hpp"
#include "store/atomic_file.hpp"
#include "store/netcdf_file.hpp"

namespace rankfall {

namespace {

constexpr std::size_t replicas = Workload<float>::replicas;

// Rows and columns that the first steps of a replica draw.
struct DrawnPositions {
  std::vector<std::int32_t> row, column;
};

DrawnPositions drawn_positions(const Experiment& experiment, const ObservedData& data, std::int64_t replica) {
  std::vector<kernels::Word> position;
  std::vector<double> target, weight;
  for (const ObservedEntry& entry : data.entries) {
    position.push_back(static_cast<kernels::Word>(entry.row) << 16 | static_cast<kernels::Word>(entry.column));
    target.push_back(entry.weight);  // a draw reads both lists; only its position is wanted here
    weight.push_back(entry.weight);
  }
  kernels::Draws<double> draws{};
  draws.entries = {position.data(), target.data(), weight.data(), static_cast<kernels::Word>(position.size()), 1, 0};
  draws.source = draw_source(experiment, experiment.cells.front(), replica, kernels::Stream::sampling, 0, 0);
  draws.batch_size = 1;
  draws.sampling = kernels::Sampling::uniform;
  const kernels::SerialTeam alone;
  kernels::EntrySampler<double, kernels::SerialTeam> sampler(alone, draws);
  DrawnPositions drawn;
  for (std::int64_t step = 0; step < exported_steps; ++step) {
    const kernels::DrawnEntry<double> entry = sampler.next();
    drawn.row.push_back(static_cast<std::int32_t>(entry.row));
    drawn.column.push_back(static_cast<std::int32_t>(entry.column));
  }
  return drawn;
}

// Factors of all replicas, one after another, before and after training.
struct Trajectories {
  std::vector<double> first, last;
};

template <class Real>
Trajectories train_all(const BenchCase& subject, const Experiment& experiment, const ProblemInstance& problem) {
  Trajectories all;
  for (std::size_t replica = 0; replica < replicas; ++replica) {
    const auto number = static_cast<std::int64_t>(replica);
    const ReplicaState<Real> start = bench_start<Real>(experiment, number);
    all.first.insert(all.first.end(), start.factors.begin(), start.factors.end());
    std::vector<double> left = scalar_numbers(subject.operation, experiment, problem, start, number, exported_steps);
    const double scale = left.back();
    left.pop_back();
    for (const double factor : left) all.last.push_back(scale * factor);
  }
  return all;
}

void put_settings(NetcdfFile& file, const BenchCase& subject, const PhaseSpec& phase, const ObservedData& data) {
  const auto put = [&](const std::string& name, const auto& value) {
    file.put_attribute(NetcdfFile::whole_file, name, value);
  };
  put("operation", operation_name(subject.operation));
  put("precision", precision_name(subject.precision));
  put("learning_rate", phase.learning_rate);
  put("ridge", phase.ridge);
  put("loss_scale", loss_scale(phase, data.entries.size()));
  put("observed_entries", static_cast<double>(data.entries.size()));
}

void put_draws(NetcdfFile& file, const Experiment& experiment, const ObservedData& data, int row, int column) {
  for (std::size_t replica = 0; replica < replicas; ++replica) {
    const DrawnPositions drawn = drawn_positions(experiment, data, static_cast<std::int64_t>(replica));
    const NetcdfFile::Index start{replica, 0}, count{1, drawn.row.size()};
    file.put(row, start, count, drawn.row.data());
    file.put(column, start, count, drawn.column.data());
  }
}

}  // namespace

void export_workload(const BenchCase& subject, const std::string& path) {
  const Experiment experiment = bench_experiment(subject);
  const PhaseSpec& phase = experiment.cells.front().phases.front();
  const ProblemInstance problem = draw_problem(experiment, experiment.cells.front(), 0);
  const ObservedData& data = problem.phase.front();
  const Trajectories all = subject.precision == Precision::float32 ? train_all<float>(subject, experiment, problem)
                                                                   : train_all<double>(subject, experiment, problem);
  const auto d = static_cast<std::size_t>(subject.dimension), depth = static_cast<std::size_t>(subject.depth);
  PendingFile pending(path);
  NetcdfFile file(pending.temporary(), NetcdfFile::Mode::create_classic);  // SciPy reads it
  const int replica = file.add_dimension("replica", replicas), layer = file.add_dimension("layer", depth);
  const int row = file.add_dimension("row", d), column = file.add_dimension("column", d);
  const int step = file.add_dimension("step", exported_steps);
  const int first = file.add_variable("initial_factors", NumberType::float64, {replica, layer, row, column});
  const int last = file.add_variable("final_factors", NumberType::float64, {replica, layer, row, column});
  const int weight = file.add_variable("weight", NumberType::float64, {row, column});
  const int target = file.add_variable("target", NumberType::float64, {row, column});
  const int drawn_row = file.add_variable("drawn_row", NumberType::int32, {replica, step});
  const int drawn_column = file.add_variable("drawn_column", NumberType::int32, {replica, step});
  put_settings(file, subject, phase, data);
  file.end_definitions();
  file.put(first, {0, 0, 0, 0}, {replicas, depth, d, d}, all.first.data());
  file.put(last, {0, 0, 0, 0}, {replicas, depth, d, d}, all.last.data());
  file.put(weight, {0, 0}, {d, d}, data.weight.data());
  file.put(target, {0, 0}, {d, d}, data.target.data());
  put_draws(file, experiment, data, drawn_row, drawn_column);
  file.close();
  pending.commit();
}

}  // namespace rankfall
