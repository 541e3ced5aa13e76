#pragma once
// The problems that an experiment's replicas see, solved by themselves: what trained replicas are compared with.
#include <optional>
#include <stop_token>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"
#include "run/goals.hpp"
#include "theory/completion.hpp"
#include "theory/representation_cost.hpp"

namespace rankfall {

// One problem: the entries that the last phase observes, with their values (noise included), and its solution.
struct Reference {
  int number = 0;  // of the problem among the distinct ones
  CompletionProblem problem;
  Completion minimum;                      // of the nuclear norm
  std::optional<double> unobserved_error;  // root-mean-square of X - T over unobserved entries, T without noise
  std::optional<LocalCost> cost;           // of the cell's depth, where add_local_costs found it

  bool reached(double tolerance) const { return minimum.relative_gap() <= tolerance; }
};

// Of one cell: a single problem that all its replicas have in common, or one for each replica.
struct CellReferences {
  int cell = 0;
  std::vector<Reference> problems;

  const Reference& of(std::int64_t replica) const {
    return problems[problems.size() == 1 ? 0 : static_cast<std::size_t>(replica)];
  }
};

// For every cell, and `replicas` of each. A shared problem that several cells have is solved once.
std::vector<CellReferences> solve_references(const Experiment& experiment, const Goals& replicas,
                                             const CompletionOptions& options);

// Adds the least representation cost that is found from so many starts to the references of every cell, but for
// symmetric models, which have no such factors, and for those with a hidden width below min(rows, columns), which cannot
// reach every completion. A problem of several cells of one depth is solved once.
void add_local_costs(const Experiment& experiment, int starts, int threads, std::vector<CellReferences>& cells,
                     const std::stop_token& stop = {});

// How many replicas there are of each cell: so many problems are to be solved.
Goals replicas_in(const RunResults& results);

// A cell's trained replicas beside its references; without results, only what the references say.
NuclearComparison compare(const CellReferences& references, const ReplicaResults* results);

// A cell's results if replica r of them belongs to problem r, else nothing: where replicas with a problem each are
// missing in between, as in an unfinished run, those behind the gap have other indices than those they were trained with.
const ReplicaResults* comparable(const Experiment& experiment, const ReplicaResults& results);

// Whether [estimate] nuclear_norm or representation_cost_starts ask for a comparison.
bool compares(const Experiment& experiment);

// Adds the comparison to every estimate, where it is asked for. Solves problems and says so on stderr first. Throws
// Stopped (rankfall/error.hpp) if a stop is requested meanwhile.
void add_comparisons(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates,
                     const std::stop_token& stop = {});

}  // namespace rankfall
