#pragma once
// A whole experiment: a grid of cells, each trained `replicas` times.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rankfall/factorization.hpp"
#include "rankfall/initialization.hpp"
#include "rankfall/landscape.hpp"
#include "rankfall/probe.hpp"
#include "rankfall/problem.hpp"
#include "rankfall/schedule.hpp"
#include "rankfall/sweep.hpp"

namespace rankfall {

enum class Precision { float32, float64, double_double };
constexpr std::string_view precision_name(Precision precision) {
  if (precision == Precision::double_double) return "double-double";
  return precision == Precision::float32 ? "float32" : "float64";
}
// Bytes of a number in training.
constexpr int bytes_of(Precision precision) {
  return precision == Precision::float32 ? 4 : precision == Precision::float64 ? 8 : 16;
}
enum class Seeding { independent, common };  // common: the same draws in every cell (paired comparison)
enum class IntervalKind { clopper_pearson, wilson, jeffreys };

// [compare] cold_start: each grid point is two cells. warm goes through all phases; cold, the next cell, straight into the last:
// those before have no length. Both have the same identity, so that replica r of one and of the other are a pair.
enum class Start { single, warm, cold };

// Which probability of a cell (the columns of summary.csv).
enum class Estimated { jump, jump_up, converged, diverged, final_rank };

// Replicas are added to a cell until the interval of one of its probabilities is narrow enough.
struct AdaptiveRule {
  Estimated what = Estimated::jump;
  int rank = 0;                             // of final_rank
  double relative_half_width = 0.1;         // of the interval, over the estimate
  std::int64_t min_events = 10;             // that must have been seen before the width is trusted
  std::int64_t max_replicas = 1'000'000;    // of a cell
};

// [search]: successive halving over the cells, for the largest probability of one final rank. Every cell begins with
// `replicas`; a round keeps the best part, 1 / factor, of the cells and gives those `factor` times as many replicas in all.
struct SearchRule {
  int rank = 0;                             // the wanted one
  int factor = 3;
  int finalists = 1;                        // cells that are left in the end
  std::int64_t confirm = 0;                 // replicas that each finalist then gets anew, and is reported with
  std::vector<std::int64_t> rounds;         // replicas per cell in each round
  std::vector<std::int64_t> cells;          // cells in each round

  std::int64_t most_replicas() const { return rounds.back() + confirm; }
  std::int64_t all_replicas() const {
    std::int64_t all = finalists * most_replicas();
    for (std::size_t k = 0; k < rounds.size(); ++k)
      all += rounds[k] * (cells[k] - (k + 1 < rounds.size() ? cells[k + 1] : finalists));
    return all;
  }
};

struct EstimateSpec {
  double confidence = 0.95;
  IntervalKind interval = IntervalKind::clopper_pearson;
  std::optional<AdaptiveRule> adaptive;
  std::optional<SearchRule> search;
  double objective_rise = 2.0;  // a replica's objective has risen if it was this many times the lowest before it
  bool nuclear_norm = false;  // compare with completions of minimum nuclear norm
  bool critical_ridge = false;  // find each cell's landscape, also where rank_tolerance does not need it
  int representation_cost_starts = 0;  // compare with the least representation cost found from so many; 0: do not
};

// One grid point: everything that training a replica of it needs.
struct Cell {
  int index = 0;                          // row-major over the axes, the last axis fastest
  std::vector<int> position;              // one per axis
  std::string label;                      // "learning_rate=0.1 ridge=0.02", empty without a sweep
  std::uint64_t identity = 0;             // hash of the cell's own swept keys and values: part of every random key
  ProblemSpec problem;
  Factorization model;
  InitializationSpec initialization;
  std::vector<PhaseSpec> phases;
  ProbeSpec probe;
  std::optional<PhaseSpec> greedy_path;   // [compare] greedy: the greedy phase whose path flows are compared with
  Start start = Start::single;
  std::optional<Landscape> landscape;     // where it is asked for, once it is found (run/landscapes.hpp)

  // What results are read against.
  const TargetSpec& final_target() const { return phases.back().recovers(problem.target); }

  // Solutions of greedy low-rank learning that a replica has room for, W = 0 included; 0 without any.
  int greedy_solutions() const {
    int most = greedy_path ? greedy_path->greedy_spec.solutions() : 0;
    for (const PhaseSpec& phase : phases)
      if (phase.greedy()) most = std::max(most, phase.greedy_spec.solutions());
    return most;
  }
};

struct Experiment {
  std::string name;
  std::uint64_t seed = 0;
  Precision precision = Precision::float32;
  std::int64_t replicas = 0;              // per cell; what an adaptive rule begins with
  Seeding seeding = Seeding::independent;
  std::vector<Axis> axes;
  std::vector<Cell> cells;
  EstimateSpec estimate;
  std::string text;                       // effective experiment file, itself runnable (all --set applied, files inlined or by path)
  std::uint64_t digest = 0;               // hash of what decides a replica's numbers; units of another digest are not mixed in

  // What a cell may come to have.
  std::int64_t most_replicas() const {
    return estimate.adaptive ? estimate.adaptive->max_replicas : estimate.search ? estimate.search->most_replicas() : replicas;
  }
};

}  // namespace rankfall
