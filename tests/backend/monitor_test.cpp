// What [probe] monitor reads of the factors, and how replicas come into the sets B_r and leave them.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/backend/support.hpp"
#include "tests/backend/two_phases.hpp"

namespace rankfall {
namespace {

using namespace test;

std::string affine_start(int depth, const std::string& precision) {
  return "precision = '" + precision + "'\nreplicas = 2\n[problem]\ntarget = [[1, 0, 0], [0, 3, 0], [0, 0, 1]]\nobserved = 'diagonal'\n"
         "[model]\ndepth = " + std::to_string(depth) + "\n[initialization]\nkind = 'affine'\nscale = 0.5\nmixing = 0.25\n"
         "[objective]\nridge = 0.5\n[[phase]]\nlearning_rate = 1e-18\nsteps = 3\n"
         "[probe]\nclassify_at_end = 'numerical'\nmonitor = { singular_value = 0.4, imbalance = 0.01 }\n";
}

// Every factor is scale (I + mixing (J - I)): eigenvalues scale (1 + 2 mixing), and scale (1 - mixing) twice.
TEST(Monitor, OfTheAffineStartIsClosedForm) {
  for (const char* precision : {"float64", "double-double"})
    for (const int depth : {2, 3, 4}) {
      const ReplicaResults found = train_one_cell(affine_start(depth, precision));
      const double top = 0.75, other = 0.375;
      for (std::size_t k = 0; k < 6; ++k) {
        EXPECT_NEAR(found.layer_value_largest[k], k % 3 == 0 ? top : other, 1e-14);
        EXPECT_NEAR(found.layer_value_smallest[k], k % 3 == 0 ? top : other, 1e-14);
      }
      const double diagonal = (std::pow(top, depth) + 2.0 * std::pow(other, depth)) / 3.0, residual = 3.0 - diagonal;
      EXPECT_NEAR(found.largest_residual[0], residual, 1e-14);
      EXPECT_NEAR(found.factor_norm_maximum[1], std::sqrt(top * top + 2.0 * other * other), 1e-14);
      EXPECT_NEAR(found.imbalance_maximum[0], 0.0, 1e-14);
      // alpha_sure = (0.5 / residual)^(1/(L-2)): 0.18 at depth 3, below both; 0.42 at depth 4, between them.
      const double alpha = std::pow(0.5 / residual, 1.0 / (depth - 2));
      EXPECT_EQ(found.layer_rank[0], depth == 2 ? -1 : (top > alpha ? 1 : 0) + (other > alpha ? 2 : 0));
      // In B_1 and B_2, not in B_0.
      EXPECT_EQ(found.absorbing_entries, (std::vector<std::int64_t>{0, 1, 1, 0, 1, 1}));
      EXPECT_EQ(found.absorbing_exits, std::vector<std::int64_t>(6, 0));
      EXPECT_EQ(found.absorbing_steps, (std::vector<std::int64_t>{0, 3, 3, 0, 3, 3}));  // steps that change nothing
    }
}

const Overrides watched{"probe.trajectory=true", "objective.ridge=0.01", "phase.noise.steps=200", "phase.noise.learning_rate=0.1",
                        "phase.noise.stop.rank_at_most=0", "replicas=40",
                        "probe.monitor={imbalance=2.5,singular_value=0.9,factor_norm=2.5}"};

// The counts are those that the kept probes give, one set and one replica at a time.
TEST(Monitor, CountsWhatTheProbesShow) {
  const ReplicaResults found = train_one_cell(two_phases, watched);
  std::int64_t entries = 0, exits = 0;
  const std::size_t sets = 4;
  for (std::size_t r = 0; r < 40; ++r)
    for (std::size_t set = 0; set < sets; ++set) {
      std::int64_t came = 0, left = 0, steps = 0, before = 0;
      bool inside = false;
      for (auto p = static_cast<std::size_t>(found.trajectory_begin[r]); p < static_cast<std::size_t>(found.trajectory_begin[r + 1]); ++p) {
        if (found.trajectory_phase[p] != 1) continue;
        const bool is = found.trajectory_layer_value_largest[p * sets + set] <= 0.9 &&
                        found.trajectory_observable[static_cast<std::size_t>(Observable::balancedness)][p] <= 2.5 &&
                        found.trajectory_largest_factor_norm[p] <= 2.5;
        if (inside) steps += found.trajectory_step[p] - before;
        came += is && !inside ? 1 : 0;
        left += inside && !is ? 1 : 0;
        inside = is;
        before = found.trajectory_step[p];
      }
      const std::size_t at = r * sets + set;
      EXPECT_EQ(found.absorbing_entries[at], came) << r << ' ' << set;
      EXPECT_EQ(found.absorbing_exits[at], left) << r << ' ' << set;
      EXPECT_EQ(found.absorbing_steps[at], steps) << r << ' ' << set;
      entries += came;
      exits += left;
    }
  EXPECT_GT(exits, 0);  // or nothing was tested
  EXPECT_GT(entries, exits);
}

TEST(Monitor, HasTheSameBitsInEveryCut) {
  const Experiment whole = parse(two_phases, watched);
  const RunResults reference = train(whole);
  for (const std::int64_t size : {7, 3})
    for (const int threads : {1, 3}) {
      const RunResults found = train(whole, cut(whole, size), {.threads = threads});
      EXPECT_EQ(results_checksum(found), results_checksum(reference));
      EXPECT_EQ(event_error_bits(found[0]), event_error_bits(reference[0]));
      for (std::int64_t r = 0; r < whole.replicas; ++r) {
        EXPECT_EQ(bits_of(found[0], r), bits_of(reference[0], r));
        EXPECT_EQ(trajectory_bits(found[0], r), trajectory_bits(reference[0], r));
      }
    }
  Experiment silent = parse(two_phases, watched);  // watching moves nothing
  silent.cells[0].probe.monitor.reset();
  ReplicaResults unwatched = reference[0];
  unwatched.monitors = 0;
  EXPECT_EQ(results_checksum({unwatched}), results_checksum(train(silent)));
}

// Replicas settled by gd at a large ridge, so that few modes are left; then SGD at a small one.
std::string collapsed(int depth, int settling, const std::string& ridge, const std::string& monitor) {
  return "precision = 'float64'\nreplicas = 64\nseed = 3\n" + k5a_problem + "[model]\ndepth = " + std::to_string(depth) +
         "\n[initialization]\nscale = 0.4\n[objective]\nridge = 0.005\n"
         "[[phase]]\nname = 'collapse'\nlearning_rate = 0.02\nsteps = " + std::to_string(settling) +
         "\nridge = " + ridge + "\n[[phase]]\nname = 'noise'\noptimizer = 'sgd'\nlearning_rate = 0.07\nsteps = " + std::to_string(2 * settling) + "\n"
         "[probe]\nevery = 100\ntrajectory = true\nrank_tolerance = { absolute = 0.02 }\nclassify_at_end = 'numerical'\nmonitor = " + monitor + "\n";
}

// Depth 3: below alpha_sure the second mode shrinks at every draw, by 2 rate ridge a step as it vanishes, and none comes back.
TEST(Monitor, NothingLeavesAnAbsorbingSetAtDepthThree) {
  const ReplicaResults found = train_one_cell(collapsed(3, 1500, "0.12", "true"));
  std::int64_t steps = 0, compared = 0;
  for (std::size_t r = 0; r < 64; ++r) {
    const std::size_t end = static_cast<std::size_t>(found.trajectory_begin[r + 1]) - 1, begin = end - 10;
    if (found.absorbing_entries[r * 5 + 1] == 0) continue;
    EXPECT_EQ(found.absorbing_exits[r * 5 + 1], 0);
    steps += found.absorbing_steps[r * 5 + 1];
    const double before = found.trajectory_layer_value_largest[begin * 5 + 1], after = found.trajectory_layer_value_largest[end * 5 + 1];
    if (after < 1e-14) continue;  // beneath the rounding of the first mode
    const double elapsed = static_cast<double>(found.trajectory_step[end] - found.trajectory_step[begin]);
    // Draws add or take a share of at most (value / alpha_sure), alpha_sure of the largest residual seen.
    EXPECT_NEAR(std::log(before / after) / (2.0 * 0.07 * 0.005 * elapsed), 1.0, before * found.residual_maximum[r] / 0.005) << r;
    EXPECT_GT(before, after);
    ++compared;
  }
  EXPECT_GT(steps, 64 * 2000);
  EXPECT_GT(compared, 10);
}

// Depth 2 has no such set: with the same threshold the second mode comes back.
TEST(Monitor, TheSecondModeComesBackAtDepthTwo) {
  const ReplicaResults found = train_one_cell(collapsed(2, 4000, "0.25", "{ singular_value = 0.0021 }"));
  std::int64_t entered = 0, left = 0;
  for (std::size_t r = 0; r < 64; ++r) {
    entered += found.absorbing_entries[r * 5 + 1] > 0 ? 1 : 0;
    left += found.absorbing_exits[r * 5 + 1] > 0 ? 1 : 0;
  }
  EXPECT_GT(entered, 60);
  EXPECT_EQ(left, entered);
}

// An event's errors are those where its old rank began - the phase, or the event before - and where the new one does.
TEST(Events, KnowTheUnobservedErrorOfBothRanks) {
  const ReplicaResults found = train_one_cell(two_phases, {"probe.trajectory=true", "replicas=40", "phase.noise.steps=200"});
  const auto& errors = found.trajectory_observable[static_cast<std::size_t>(Observable::unobserved_error)];
  const auto error_at = [&](const RankEvent& event, std::int64_t step) {
    const auto r = static_cast<std::size_t>(event.replica);
    double found_error = std::nan("");
    for (auto p = static_cast<std::size_t>(found.trajectory_begin[r]); p < static_cast<std::size_t>(found.trajectory_begin[r + 1]); ++p)
      if (found.trajectory_phase[p] == event.phase && found.trajectory_step[p] == step) found_error = errors[p];
    return found_error;
  };
  EXPECT_GT(found.events.size(), 5u);
  for (const RankEvent& event : found.events) {
    std::int64_t began = event.phase == 0 ? 0 : found.start_step[static_cast<std::size_t>(event.replica)];
    for (const RankEvent& earlier : found.events)
      if (earlier.replica == event.replica && earlier.phase == event.phase && earlier.step_after < event.step_after)
        began = earlier.step_after;
    EXPECT_EQ(event.error_before, error_at(event, began));
    EXPECT_EQ(event.error_after, error_at(event, event.step_after));
  }
}

}  // namespace
}  // namespace rankfall
