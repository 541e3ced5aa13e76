#pragma once
// One reader per table of the experiment file. Each takes the whole tree, finds its table, and throws ConfigError on
// anything unknown, ill-typed or impossible. A grid point is read by the same functions as a file without a sweep.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/files.hpp"
#include "config/node.hpp"
#include "config/reader.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall::config {

// The top level and [estimate]: what holds for the whole run. `origin` gives the default name.
//   name       default: the file's name without .toml      seed      default 0, any 64-bit integer
//   precision  default "float32"                           replicas  default 1000, per cell
//   seeding    default "independent"
void read_run(const Node& root, const std::string& origin, Experiment& experiment);

// Throws ConfigError where [estimate] asks for a comparison with a problem that is too large to be solved: otherwise
// that would be found after everything is trained.
void check_rise(const Node& root, const Experiment& experiment);  // [estimate] objective_rise where nothing is watched for it
void check_comparisons(const Node& root, const Experiment& experiment);
// Where saddles are asked for (probe.rank_tolerance = "auto", estimate.critical_ridge) and cannot be had.
void check_landscapes(const Node& root, const Experiment& experiment);

// [problem]: rows (required unless a target is given), columns (default rows), rank (default 1) | spectrum | target,
// noise (default 0), observed and its companions, instances (default "shared"), instance_seed (default 0).
ProblemSpec read_problem(const Node& root, DataFiles& files);

// The keys target, rank and spectrum, which [problem] and [[phase]] share: a matrix that is given (absent if there is none),
// or how one of that size is drawn (rank 1 if nothing is said).
std::optional<TargetSpec> read_given_target(const TableReader& reader, DataFiles& files);
TargetSpec read_drawn_target(const TableReader& reader, int rows, int columns);
// Those of a phase; absent if none of them is there.
std::optional<TargetSpec> read_phase_target(const TableReader& reader, const ProblemSpec& problem, DataFiles& files);

// The keys observed, observed_count, observed_fraction and blocks, which [problem] and [[phase]] share. Absent if none
// of them is there. A count or fraction alone means "random", blocks alone "block-diagonal". "gaussian" has a count, of
// measurements.
std::optional<ObservationSpec> read_observations(const TableReader& reader, int rows, int columns, DataFiles& files);
// Those of a phase, and observed_from (default "none"): "previous" adds them to what the phase `before` (null: this is the first)
// observes.
std::optional<ObservationSpec> read_phase_observations(const TableReader& reader, const ProblemSpec& problem,
                                                       const PhaseSpec* before, DataFiles& files);
bool is_pattern(std::string_view word);  // "random", ... as opposed to the path of a mask
// N of the loss: observed entries, or measurements.
std::int64_t observed_entries(const ObservationSpec& observed, const ProblemSpec& problem);

// [model]: depth (default 2), width (default max(rows, columns)), symmetric (default false).
Factorization read_model(const Node& root, const ProblemSpec& problem);

// [[phase]] with [objective]: name (default phase1, phase2, ...), kind (default "training"; "greedy-low-rank" has keys of
// its own: read_greedy_phase), optimizer (default "gd"), learning_rate and steps
// (required, but for gradient-flow, which has keys of its own: read_flow; rate and ridge may be schedules:
// config/schedule_section.hpp), batch_size (default 1), sampling (default
// "uniform"), stop (default: none), loss (default "mean-squared"), ridge (default 0), and the keys of target and observations.
std::vector<PhaseSpec> read_phases(const Node& root, const ProblemSpec& problem, const Factorization& model,
                                   DataFiles& files);

// Of a gradient flow: time (required), relative_tolerance (default 1e-8), absolute_tolerance (default 0), maximum_steps (default 10^6).
// `tolerance`: what the precision allows.
void read_flow(const TableReader& reader, const NumberRule& tolerance, PhaseSpec& phase);
// Of a greedy phase: escape (default 1e-12, deeper than 2 1e-6), end (default 1e-6), maximum_rank (default: the least of all
// widths), relative_tolerance (default 1e-10), absolute_tolerance (default 0), maximum_steps (default 200000, of all its flows
// together), pair (default "singular"). finish_greedy_phase looks at what was read of it besides: no ridge, of stop only
// gradient_norm (default 1e-8).
void read_greedy_phase(const TableReader& reader, const Factorization& model, PhaseSpec& phase);
void finish_greedy_phase(const TableReader& reader, const ProblemSpec& problem, PhaseSpec& phase);
void check_greedy_phases(const Node& root, const std::vector<PhaseSpec>& phases, const InitializationSpec& start);
// [compare]: greedy (default false), and the keys of the greedy phase that flows are compared with: those above,
// gradient_norm (default 1e-8), path_tolerance (default 1e-5).
std::optional<PhaseSpec> read_compare(const Node& root, const ProblemSpec& problem, const Factorization& model, const std::vector<PhaseSpec>& phases);
// Where a flow's norm of W is called a blow-up if the phase does not say: a thousand times that of its target.
double flow_blow_up(const ProblemSpec& problem, const TargetSpec& target);
// [compare] cold_start (default false): makes two cells, warm and cold, of every cell, along a last axis `start` of its own
// (rankfall/experiment.hpp, Start). Throws ConfigError where nothing comes before the last phase, or where a cell cannot do
// without it.
void add_cold_starts(const Node& root, Experiment& experiment);
// probe.times: a list, or linspace or logspace.
std::vector<double> read_times(const TableReader& reader, const std::vector<PhaseSpec>& phases);
// [search]: rank (required), factor (default 3), finalists (default 1), confirm (default: what a cell has in the last round).
// Throws ConfigError where there are too few cells, or where replicas are added by another rule.
void read_search(const Node& root, Experiment& experiment);
// A run with a flow is in float64 at least. Throws ConfigError if it was asked for in float32.
void settle_precision(const Node& root, Experiment& experiment);
// Whether the file says precision = "double-double", and the tolerances of flows that its precision allows.
bool asks_for_double_double(const Node& root);
const NumberRule& flow_tolerance_of(const Node& root);
// Throws ConfigError where a phase is not to be had in double-double.
void check_double_double(const TableReader& reader, const PhaseSpec& phase);

// [initialization]: kind (default "gaussian"), scale (default 1), mixing (default 0) and blocks (default: blocks of
// size 1) of affine, file, instances (default "per-replica"), require, maximum_tries (default 10000).
InitializationSpec read_initialization(const Node& root, const ProblemSpec& problem, const Factorization& model,
                                       const std::vector<PhaseSpec>& phases, DataFiles& files);

// [probe]: every (default 1000), times (default none), rank (default "numerical"), rank_tolerance (default 4e-3
// relative; "auto": a fifth of the saddle's), classify_at_end (default "quench", after a gradient flow "numerical"), trajectory (default false), quench
// (learning_rate, steps 200000, gradient_norm 1e-5), alignment, velocities, coupling (default false), plateau (default none;
// relative 0.1 | gradient_norm).
ProbeSpec read_probe(const Node& root, const ProblemSpec& problem, const std::vector<PhaseSpec>& phases);
// probe.monitor (default false): true, or a table of the thresholds imbalance, singular_value, factor_norm, which follow from
// the last phase where they are not given. Throws ConfigError where they do not, or where that phase observes no entries.
std::optional<MonitorSpec> read_monitor(const Node& root, const ProblemSpec& problem, const Factorization& model,
                                        const std::vector<PhaseSpec>& phases);

}  // namespace rankfall::config
