#include "backend/instance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "kernels/draw.hpp"
#include "kernels/spectrum.hpp"
#include "rankfall/observed_entries.hpp"

namespace rankfall {

using kernels::Stream;
using kernels::VariateSequence;

namespace {

constexpr std::uint64_t shared_identity = 0x5348415245440001ull;  // of draws that all cells and replicas share

kernels::RandomSource<kernels::Word> make_source(std::uint64_t key, std::int64_t replica, kernels::Word use) {
  return {static_cast<kernels::Word>(key), static_cast<kernels::Word>(key >> 32), static_cast<kernels::Word>(replica),
          use};
}

std::uint64_t cell_identity(const Experiment& experiment, const Cell& cell) {
  return experiment.seeding == Seeding::common ? 0 : cell.identity;
}

VariateSequence problem_variates(const Experiment& experiment, const Cell& cell, std::int64_t replica, Stream stream,
                                 int phase) {
  const ProblemSpec& problem = cell.problem;
  const bool shared = problem.instances == Instances::shared;
  const std::uint64_t key = kernels::random_key(
      problem.instance_seed, shared ? shared_identity : cell_identity(experiment, cell));
  return VariateSequence(make_source(key, shared ? 0 : replica, kernels::use_word(stream, phase, 0)));
}

std::vector<double> draw_target(const ProblemSpec& problem, const TargetSpec& spec, Symmetry symmetry,
                                VariateSequence variates) {
  const int rows = problem.rows, columns = problem.columns;
  const std::size_t size = static_cast<std::size_t>(rows) * columns;
  std::vector<double> target(size, 0.0);
  if (spec.kind == TargetKind::given) return spec.matrix->entries;
  const int rank = spec.kind == TargetKind::spectrum ? static_cast<int>(spec.spectrum.size()) : spec.rank;
  std::vector<double> left(static_cast<std::size_t>(rows) * rank), right(static_cast<std::size_t>(columns) * rank);
  if (spec.kind == TargetKind::spectrum) {
    std::vector<double> scratch(static_cast<std::size_t>(std::max(rows, columns)) * rank);
    kernels::draw_orthonormal(variates, rows, rank, scratch.data(), left.data());
    if (symmetry == Symmetry::symmetric) right = left;
    else kernels::draw_orthonormal(variates, columns, rank, scratch.data(), right.data());
    for (int i = 0; i < rows; ++i)
      for (int k = 0; k < rank; ++k) left[i * rank + k] *= spec.spectrum[k];
  } else {
    kernels::draw_normal(variates, rows * rank, 1.0, left.data());
    if (symmetry == Symmetry::symmetric) right = left;
    else kernels::draw_normal(variates, columns * rank, 1.0, right.data());
  }
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      double sum = 0.0;
      for (int k = 0; k < rank; ++k) sum = kernels::mul_add(left[i * rank + k], right[j * rank + k], sum);
      target[static_cast<std::size_t>(i) * columns + j] = sum;
    }
  if (spec.kind == TargetKind::random_rank) {  // root-mean-square entry 1
    double squares = 0.0;
    for (double x : target) squares = kernels::mul_add(x, x, squares);
    const double norm = std::sqrt(squares / static_cast<double>(size));
    for (double& x : target) x = x / norm;
  }
  return target;
}

// The places (in order of rows and columns) where `entries` have none.
std::vector<std::int64_t> left_out(const std::vector<ObservedEntry>& entries, int rows, int columns) {
  std::vector<std::int64_t> left;
  auto known = entries.begin();
  for (std::int64_t e = 0; e < static_cast<std::int64_t>(rows) * columns; ++e) {
    if (known != entries.end() && known->row == e / columns && known->column == e % columns) ++known;
    else left.push_back(e);
  }
  return left;
}

// `before`: what the phase before observes; without phases before, nothing is added to it.
std::vector<ObservedEntry> choose_entries(const ObservationSpec& spec, int rows, int columns,
                                          const std::vector<ObservedEntry>& before, VariateSequence variates) {
  if (!spec.draws()) return fixed_entries(spec, rows, columns);
  const bool nested = spec.added > 0;
  std::vector<ObservedEntry> entries;
  std::vector<std::int64_t> left;  // those that can be drawn, where not all can
  if (nested) {
    entries = before;
    left = left_out(before, rows, columns);
  }
  const std::int64_t count = nested ? spec.added : spec.count;
  std::vector<std::int64_t> drawn(nested ? left.size() : static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  kernels::draw_subset(variates, static_cast<std::int64_t>(drawn.size()), count, drawn.data());
  drawn.resize(static_cast<std::size_t>(count));
  for (const std::int64_t k : drawn) {
    const std::int64_t e = nested ? left[static_cast<std::size_t>(k)] : k;
    entries.push_back({static_cast<int>(e / columns), static_cast<int>(e % columns), 1.0});
  }
  std::sort(entries.begin(), entries.end(),
            [](const ObservedEntry& a, const ObservedEntry& b) { return std::tie(a.row, a.column) < std::tie(b.row, b.column); });
  return entries;
}

// Measurement k is a function of its number alone, whatever their count; so is its noise.
Measurements draw_measurements(const ProblemSpec& problem, const ObservationSpec& spec, Symmetry symmetry,
                               const std::vector<double>& target, VariateSequence variates, VariateSequence of_noise) {
  const int rows = problem.rows, columns = problem.columns;
  const std::size_t size = target.size();
  Measurements made{std::vector<double>(static_cast<std::size_t>(spec.count) * size), {}};
  const double deviation = 1.0 / std::sqrt(static_cast<double>(size));
  for (std::int64_t k = 0; k < spec.count; ++k) {
    double* a = made.matrix.data() + static_cast<std::size_t>(k) * size;
    kernels::draw_normal(variates, static_cast<int>(size), deviation, a);
    if (symmetry == Symmetry::symmetric)
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < i; ++j) {
          double &lower = a[static_cast<std::size_t>(i) * columns + j], &upper = a[static_cast<std::size_t>(j) * columns + i];
          lower = upper = 0.5 * (lower + upper);
        }
    double value = 0.0;
    for (std::size_t e = 0; e < size; ++e) value = kernels::mul_add(a[e], target[e], value);
    made.value.push_back(problem.noise > 0.0 ? value + problem.noise * of_noise.normal() : value);
  }
  return made;
}

ObservedData observe(const ProblemSpec& problem, std::vector<ObservedEntry> entries, const std::vector<double>& noisy) {
  ObservedData data;
  data.entries = std::move(entries);
  data.weight.assign(noisy.size(), 0.0);
  data.target.assign(noisy.size(), 0.0);
  for (const ObservedEntry& entry : data.entries) {
    const std::size_t e = static_cast<std::size_t>(entry.row) * problem.columns + entry.column;
    data.weight[e] = entry.weight;
    data.target[e] = noisy[e];
  }
  return data;
}

}  // namespace

std::vector<double> singular_values_of(int rows, int columns, const std::vector<double>& matrix) {
  const bool tall = rows >= columns;
  std::vector<double> by_column(matrix.size()), values(static_cast<std::size_t>(std::min(rows, columns)));
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      by_column[tall ? static_cast<std::size_t>(j) * rows + i : static_cast<std::size_t>(i) * columns + j] =
          matrix[static_cast<std::size_t>(i) * columns + j];
  kernels::singular_values<double>(kernels::SerialTeam{}, std::max(rows, columns), std::min(rows, columns), by_column.data(), values.data());
  return values;
}

namespace {

std::vector<ObservedEntry> entries_in(const Experiment& experiment, const Cell& cell, std::int64_t replica, int phase,
                                      const std::vector<ObservedEntry>& before) {
  const PhaseSpec& own = cell.phases[static_cast<std::size_t>(phase)];
  return choose_entries(own.observes(cell.problem.observed), cell.problem.rows, cell.problem.columns, before,
                        problem_variates(experiment, cell, replica, Stream::observations, own.observed ? phase + 1 : 0));
}

// What the loss of phase p sees; a phase's own mask, measurements, target or noise are a draw of their own. `noisy`: the phase's
// target, as entries show it. Of the phases before, `instance` has all.
ObservedData observe_phase(const Experiment& experiment, const Cell& cell, std::int64_t replica, std::size_t p,
                           const ProblemInstance& instance, const std::vector<double>& noisy) {
  static const std::vector<ObservedEntry> nothing;
  const ProblemSpec& problem = cell.problem;
  const PhaseSpec& own = cell.phases[p];
  const ObservationSpec& spec = own.observes(problem.observed);
  if (!spec.measures())
    return observe(problem, entries_in(experiment, cell, replica, static_cast<int>(p), p > 0 ? instance.phase[p - 1].entries : nothing),
                   noisy);
  const auto inherits = [](const PhaseSpec& phase) { return !phase.observed && !phase.target; };
  for (std::size_t q = 0; q < p && inherits(own); ++q)  // they may be large
    if (inherits(cell.phases[q])) return instance.phase[q];
  const int number = static_cast<int>(p) + 1;
  const auto variates = [&](Stream stream, bool drawn_anew) {
    return problem_variates(experiment, cell, replica, stream, drawn_anew ? number : 0);
  };
  const std::vector<double> zeros(noisy.size(), 0.0);
  return {{}, zeros, zeros,
          std::make_shared<const Measurements>(
              draw_measurements(problem, spec, cell.model.symmetry, instance.target_in(p),
                                variates(Stream::measurements, own.observed.has_value()),
                                variates(Stream::measurement_noise, !inherits(own))))};
}

}  // namespace

std::vector<ObservedEntry> observed_entries(const Experiment& experiment, const Cell& cell, std::int64_t replica, int phase) {
  std::vector<ObservedEntry> before;
  if (cell.phases[static_cast<std::size_t>(phase)].observes(cell.problem.observed).added > 0)
    before = observed_entries(experiment, cell, replica, phase - 1);
  return entries_in(experiment, cell, replica, phase, before);
}

ProblemInstance draw_problem(const Experiment& experiment, const Cell& cell, std::int64_t replica) {
  const ProblemSpec& problem = cell.problem;
  ProblemInstance instance;
  // `number`: 0 of the problem's, else the phase's, from 1.
  const auto clean = [&](const TargetSpec& spec, int number) {
    return draw_target(problem, spec, cell.model.symmetry, problem_variates(experiment, cell, replica, Stream::target, number));
  };
  const auto noisy = [&](std::vector<double> target, int number) {
    if (problem.noise == 0.0) return target;
    VariateSequence of_noise = problem_variates(experiment, cell, replica, Stream::noise, number);
    for (double& x : target) x += problem.noise * of_noise.normal();
    return target;
  };
  instance.target = clean(problem.target, 0);
  instance.largest_singular_value = singular_values_of(problem.rows, problem.columns, instance.target).front();
  const std::vector<double> seen = noisy(instance.target, 0);
  for (std::size_t p = 0; p < cell.phases.size(); ++p) {
    const int number = static_cast<int>(p) + 1;
    const auto& spec = cell.phases[p].target;
    instance.own_target.push_back(nullptr);
    if (!spec) {
      instance.phase.push_back(observe_phase(experiment, cell, replica, p, instance, seen));
      continue;
    }
    OwnTarget own{clean(*spec, number), 0.0};
    own.largest_singular_value = singular_values_of(problem.rows, problem.columns, own.entries).front();
    instance.own_target.back() = std::make_shared<const OwnTarget>(std::move(own));
    instance.phase.push_back(observe_phase(experiment, cell, replica, p, instance, noisy(instance.target_in(p), number)));
  }
  return instance;
}

kernels::RandomSource<kernels::Word> draw_source(const Experiment& experiment, const Cell& cell, std::int64_t replica,
                                                 Stream stream, int phase, int attempt) {
  if (stream == Stream::initialization && cell.initialization.instances == Instances::shared)
    return make_source(kernels::random_key(cell.problem.instance_seed, shared_identity), 0,
                       kernels::use_word(stream, phase, attempt));
  return make_source(kernels::random_key(experiment.seed, cell_identity(experiment, cell)), replica,
                     kernels::use_word(stream, phase, attempt));
}

}  // namespace rankfall
