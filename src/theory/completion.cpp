#include "theory/completion.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

#include "backend/aligned.hpp"
#include "backend/lanes.hpp"
#include "kernels/completion.hpp"
#include "rankfall/error.hpp"
#include "theory/bounds.hpp"
#include "theory/parallel.hpp"

namespace rankfall {

namespace {

// A problem as the kernel wants it: at least as many rows as columns, values of order one. Scaling is by a power of
// two.
struct Prepared {
  CompletionProblem problem;
  bool transposed = false;
  int exponent = 0;   // given values = values * 2^exponent
  double norm = 0.0;  // ||values||_2
};

Prepared prepare(const CompletionProblem& given) {
  Prepared p{given, given.rows < given.columns, 0, 0.0};
  if (p.transposed) {
    std::swap(p.problem.rows, p.problem.columns);
    for (ObservedEntry& entry : p.problem.entries) std::swap(entry.row, entry.column);
  }
  double largest = 0.0;
  for (const double x : given.values) largest = std::max(largest, std::abs(x));
  if (largest > 0.0) p.exponent = std::ilogb(largest);
  double squares = 0.0;
  for (double& x : p.problem.values) {
    x = std::scalbn(x, -p.exponent);
    squares += x * x;
  }
  p.norm = std::sqrt(squares);
  return p;
}

std::vector<double> transpose(int rows, int columns, const std::vector<double>& matrix) {
  std::vector<double> result(matrix.size());
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      result[static_cast<std::size_t>(j) * rows + i] = matrix[static_cast<std::size_t>(i) * columns + j];
  return result;
}

// The answer to a prepared problem, from any Y and X: observed entries of X are set right first, and a solver that
// failed (numbers that are not finite) leaves the zero-filled matrix and the bound zero.
Completion certify(const Prepared& prepared, std::vector<double> dual, std::vector<double> matrix) {
  const CompletionProblem& problem = prepared.problem;
  const auto finite = [](const std::vector<double>& all) {
    return std::all_of(all.begin(), all.end(), [](double x) { return std::isfinite(x); });
  };
  if (!finite(dual) || !finite(matrix)) {
    std::fill(dual.begin(), dual.end(), 0.0);
    std::fill(matrix.begin(), matrix.end(), 0.0);
  }
  for (std::size_t e = 0; e < problem.entries.size(); ++e)
    matrix[static_cast<std::size_t>(problem.entries[e].row) * problem.columns + problem.entries[e].column] =
        problem.values[e];
  Completion result;
  const NuclearNormBound bound = nuclear_norm_bound(problem.rows, problem.columns, matrix);
  const auto unscaled = [&](double x) { return std::scalbn(x, prepared.exponent); };
  result.lower = std::nextafter(unscaled(dual_bound(problem, dual)), 0.0);  // a product may underflow
  result.upper =
      bound.upper > 0.0 ? std::nextafter(unscaled(bound.upper), std::numeric_limits<double>::infinity()) : 0.0;
  result.singular_values = bound.singular_values;
  result.completion = prepared.transposed ? transpose(problem.rows, problem.columns, matrix) : std::move(matrix);
  for (double& x : result.completion) x = unscaled(x);
  for (double& x : result.singular_values) x = unscaled(x);
  return result;
}

// Problems of equal shape, at most one per lane; lanes without one repeat the first.
template <class V>
void solve_group(const std::vector<const Prepared*>& group, const CompletionOptions& options,
                 const std::vector<Completion*>& answers) {
  constexpr int lanes = kernels::ValueTraits<V>::lanes;
  const CompletionProblem& first = group.front()->problem;
  const auto entries = first.entries.size();
  AlignedVector<kernels::WordsOf<V>> rows(entries), columns(entries);
  AlignedVector<V> observed(entries);
  kernels::DualPath<V> path{};
  path.rows = first.rows, path.columns = first.columns, path.entries = static_cast<int>(entries);
  path.row = rows.data(), path.column = columns.data(), path.observed = observed.data();
  path.tolerance = options.tolerance, path.most_iterations = options.most_iterations;
  AlignedVector<V> memory(static_cast<std::size_t>(path.values_needed(first.rows, first.columns, path.entries)),
                          V(0.0));
  path.lay_out(memory.data());
  auto* barrier = reinterpret_cast<double*>(&path.barrier);
  for (int q = 0; q < lanes; ++q) {
    const Prepared& own = *group[static_cast<std::size_t>(q) < group.size() ? static_cast<std::size_t>(q) : 0];
    barrier[q] = own.norm;
    for (std::size_t e = 0; e < entries; ++e) {
      const std::size_t place = e * lanes + static_cast<std::size_t>(q);
      reinterpret_cast<kernels::Word*>(rows.data())[place] =
          static_cast<kernels::Word>(own.problem.entries[e].row * lanes);
      reinterpret_cast<kernels::Word*>(columns.data())[place] =
          static_cast<kernels::Word>(own.problem.entries[e].column * lanes);
      reinterpret_cast<double*>(observed.data())[place] = own.problem.values[e];
    }
  }
  if (!kernels::follow_path(path, [&] { return !options.stop.stop_requested(); })) throw Stopped{};
  for (std::size_t q = 0; q < group.size(); ++q) {
    const auto lane_of = [&](const V* values, std::size_t count) {
      std::vector<double> own(count);
      for (std::size_t e = 0; e < count; ++e) own[e] = reinterpret_cast<const double*>(values)[e * lanes + q];
      return own;
    };
    *answers[q] = certify(*group[q], lane_of(path.dual, entries),
                          lane_of(path.completion, static_cast<std::size_t>(first.rows) * first.columns));
    answers[q]->iterations = static_cast<int>(lane_of(&path.iterations, 1).front());
  }
}

// Above so many entries a register of problems would not fit the caches, and large problems are few.
constexpr std::size_t most_lane_entries = 256;

using Group = std::vector<std::size_t>;  // indices of problems

std::vector<Group> groups_of(const std::vector<Prepared>& prepared) {
  const auto shape = [&](std::size_t i) {
    const CompletionProblem& p = prepared[i].problem;
    return std::tuple(p.entries.size(), p.rows, p.columns);
  };
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < prepared.size(); ++i)
    if (prepared[i].norm > 0.0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return shape(a) > shape(b); });
  std::vector<Group> groups;
  for (const std::size_t i : order) {
    const std::size_t most = prepared[i].problem.entries.size() > most_lane_entries ? 1 : Lanes<double>::count;
    if (groups.empty() || groups.back().size() == most || shape(groups.back().front()) != shape(i))
      groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

void refuse_large(const CompletionProblem& problem) {
  if (problem.entries.size() <= most_completion_entries) return;
  throw ConfigError({"nuclear norm", std::to_string(problem.entries.size()) + " observed entries are too many",
                     "a matrix of that size squared would have to be factored, again and again",
                     "observe at most " + std::to_string(most_completion_entries)});
}

}  // namespace

int Completion::rank(double tolerance) const {
  return static_cast<int>(std::count_if(singular_values.begin(), singular_values.end(),
                                        [&](double s) { return s > tolerance * singular_values.front(); }));
}

std::vector<Completion> complete(const std::vector<CompletionProblem>& problems, const CompletionOptions& options) {
  std::vector<Prepared> prepared;
  for (const CompletionProblem& problem : problems) {
    refuse_large(problem);
    prepared.push_back(prepare(problem));
  }
  std::vector<Completion> answers(problems.size());
  for (std::size_t i = 0; i < problems.size(); ++i)
    if (!(prepared[i].norm > 0.0))  // nothing but zeros: completed by zeros
      answers[i] = certify(prepared[i], std::vector<double>(problems[i].values.size(), 0.0),
                           std::vector<double>(static_cast<std::size_t>(problems[i].rows) * problems[i].columns, 0.0));
  const std::vector<Group> groups = groups_of(prepared);
  for_each_on_threads(groups.size(), options.threads, [&](std::size_t g) {
    std::vector<const Prepared*> group;
    std::vector<Completion*> own;
    for (const std::size_t i : groups[g]) {
      group.push_back(&prepared[i]);
      own.push_back(&answers[i]);
    }
    if (group.size() > 1)
      solve_group<Lanes<double>>(group, options, own);
    else
      solve_group<double>(group, options, own);
  });
  return answers;
}

}  // namespace rankfall
