// A phase's own target: what is drawn, what training goes to, and what W is read against.
#include <gtest/gtest.h>

#include "backend/instance.hpp"
#include "backend/modes.hpp"
#include "store/whole_error.hpp"
#include "tests/backend/greedy_texts.hpp"
#include "tests/backend/in_pieces.hpp"
#include "tests/backend/reference.hpp"

namespace rankfall {
namespace {

using namespace test;

// Three phases of descent; keys of the problem, of the second phase, and what stands behind the third.
std::string switching(const std::string& problem, const std::string& second, const std::string& more = "") {
  const std::string phase = "learning_rate = 0.05\nsteps = 40\n";
  return "seed = 3\nreplicas = 9\nprecision = 'float64'\n[problem]\n" + problem + "[[phase]]\nname = 'a'\n" + phase +
         "[[phase]]\nname = 'b'\n" + phase + second + "[[phase]]\nname = 'c'\n" + phase + more;
}

ProblemInstance draw_switch(const std::string& problem, const std::string& second, std::int64_t replica = 0,
                            const std::string& more = "") {
  const Experiment experiment = parse(switching(problem, second, more));
  return draw_problem(experiment, experiment.cells.front(), replica);
}

TEST(OwnTarget, IsADrawOfItsOwnForItsPhaseAlone) {
  const std::string problem = "rows = 6\ncolumns = 4\nrank = 3\n";
  const ProblemInstance plain = draw_switch(problem, ""), ranked = draw_switch(problem, "rank = 2\n"),
                        spectral = draw_switch(problem, "spectrum = [5, 0.5]\n"), equal = draw_switch(problem, "rank = 3\n");
  EXPECT_EQ(plain.target_in(1), plain.target);
  EXPECT_EQ(plain.final_largest_singular_value(), plain.largest_singular_value);
  for (const ProblemInstance* instance : {&ranked, &spectral, &equal}) {
    EXPECT_EQ(instance->target, plain.target);
    EXPECT_EQ(instance->target_in(0), plain.target);
    EXPECT_NE(instance->target_in(1), plain.target);
    EXPECT_EQ(instance->target_in(2), plain.target);  // not the phase's before
    EXPECT_EQ(instance->phase[1].target, instance->target_in(1));
    EXPECT_EQ(instance->phase[2].target, plain.target);
    EXPECT_EQ(instance->largest_singular_value_in(2), plain.largest_singular_value);
  }
  const DenseMatrix two{6, 4, ranked.target_in(1)};
  EXPECT_NEAR(std::sqrt(squares(two) / 24.0), 1.0, 1e-14);
  const std::vector<double> s = lapack_singular_values(two), t = lapack_singular_values({6, 4, spectral.target_in(1)});
  for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(s[k] > 1e-10, k < 2) << k;
  EXPECT_NEAR(ranked.largest_singular_value_in(1), s[0], 1e-13);
  EXPECT_NEAR(t[0], 5.0, 1e-13);
  EXPECT_NEAR(t[1], 0.5, 1e-13);
  const std::string own = "instances = 'per-replica'\n";
  EXPECT_EQ(draw_switch(problem, "rank = 2\n", 4).target_in(1), ranked.target_in(1));
  EXPECT_NE(draw_switch(problem + own, "rank = 2\n", 4).target_in(1), draw_switch(problem + own, "rank = 2\n", 5).target_in(1));
  EXPECT_NE(draw_switch(problem + "instance_seed = 1\n", "rank = 2\n").target_in(1), ranked.target_in(1));
}

TEST(OwnTarget, OfTheSymmetricModelIsPositiveSemidefinite) {
  const ProblemInstance instance = draw_switch("rows = 5\n", "spectrum = [2, 1]\n", 0, "[model]\nsymmetric = true\n");
  const DenseMatrix target{5, 5, instance.target_in(1)};
  EXPECT_EQ(squares(difference(target, transposed(target))), 0.0);
  double trace = 0.0;
  for (int i = 0; i < 5; ++i) trace += target.at(i, i);
  EXPECT_NEAR(trace, 3.0, 1e-13);
}

// Noise is drawn anew with a target, of entries and of measurements; mask and matrices are only where they are the phase's own.
TEST(OwnTarget, HasNoiseOfItsOwn) {
  const std::string rows = "target = [[1, 2], [3, 4]]\n";
  const ProblemInstance entries = draw_switch(rows + "noise = 0.5\nobserved_count = 3\n", rows);
  EXPECT_EQ(entries.target_in(1), entries.target);
  EXPECT_EQ(entries.phase[1].weight, entries.phase[0].weight);
  EXPECT_EQ(entries.phase[2].target, entries.phase[0].target);
  for (const ObservedEntry& entry : entries.phase[1].entries) {
    const auto e = static_cast<std::size_t>(2 * entry.row + entry.column);
    EXPECT_NE(entries.phase[1].target[e], entries.phase[0].target[e]);
    EXPECT_NE(entries.phase[1].target[e], entries.target[e]);
  }
  const std::string sensed = rows + "observed = 'gaussian'\nobserved_count = 5\n";
  const ProblemInstance noisy = draw_switch(sensed + "noise = 0.5\n", rows), exact = draw_switch(sensed, "target = [[1, 0], [0, 7]]\n");
  EXPECT_EQ(noisy.phase[1].measurements->matrix, noisy.phase[0].measurements->matrix);
  EXPECT_NE(noisy.phase[1].measurements->value, noisy.phase[0].measurements->value);
  EXPECT_EQ(noisy.phase[2].measurements, noisy.phase[0].measurements);  // one object
  for (std::size_t k = 0; k < 5; ++k) {
    const double* a = exact.phase[1].measurements->matrix.data() + 4 * k;
    EXPECT_NEAR(exact.phase[1].measurements->value[k], a[0] + 7.0 * a[3], 1e-14);
  }
}

// What `observed_entries` says of a phase is what its problem holds, along a chain of nested masks.
TEST(OwnTarget, LeavesNestedMasksAsTheyAre) {
  const std::string more = "observed_from = 'previous'\nobserved_count = 4\n";
  const Experiment experiment = parse(switching("rows = 5\nobserved_count = 6\n", more + "rank = 2\n", more));
  const ProblemInstance instance = draw_problem(experiment, experiment.cells[0], 0);
  EXPECT_EQ(instance.phase[2].entries.size(), 14u);
  for (int p = 0; p < 3; ++p) {
    const auto entries = observed_entries(experiment, experiment.cells[0], 0, p);
    const auto& known = instance.phase[static_cast<std::size_t>(p)].entries;
    ASSERT_EQ(entries.size(), known.size());
    for (std::size_t k = 0; k < known.size(); ++k) {
      EXPECT_EQ(entries[k].row, known[k].row);
      EXPECT_EQ(entries[k].column, known[k].column);
    }
  }
}

// A switch to what was there before is none, bit for bit, whatever is observed, modelled and read.
TEST(TargetSwitch, ToTheSameTargetIsNone) {
  const std::string rows = "target = [[1, 0.5, -1], [0.25, 2, 0], [-1, 0, 1]]\n",
                    probe = "[probe]\nevery = 10\ntrajectory = true\nalignment = true\nquench = { steps = 100 }\n";
  for (const char* problem : {"observed_count = 6\n", "observed = 'gaussian'\nobserved_count = 7\n", "observed = 'diagonal'\n"})
    for (const char* model : {"[model]\ndepth = 3\n", "[model]\nsymmetric = true\n"}) {
      const ReplicaResults none = train_one_cell(switching(rows + problem, "", model + probe)),
                           same = train_one_cell(switching(rows + problem, rows, model + probe)),
                           other = train_one_cell(switching(rows + problem, "rank = 1\n", model + probe));
      for (std::int64_t r = 0; r < none.count; ++r) {
        EXPECT_EQ(bits_of(same, r), bits_of(none, r)) << problem << model;
        EXPECT_EQ(trajectory_bits(same, r), trajectory_bits(none, r)) << problem << model;
        EXPECT_NE(bits_of(other, r), bits_of(none, r)) << problem << model;
      }
    }
}

// Row of the trajectory with which a phase ends, or begins.
std::size_t row_of(const ReplicaResults& results, int phase, bool at_end) {
  std::size_t found = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(results.trajectory_begin[1]); ++k)
    if (results.trajectory_phase[k] == phase && (at_end || results.trajectory_step[k] == results.trajectory_step[k - 1])) found = k;
  return found;
}

// All observed: descent comes to each target in turn. The second is 100 times smaller, and its modes lie across the first's: rank,
// alignment and error are of the target of the phase.
TEST(TargetSwitch, IsFollowedAndReadAgainstThePhasesTarget) {
  const ReplicaResults found = train_one_cell(
      "precision = 'float64'\nreplicas = 1\n[problem]\ntarget = [[4, 0], [0, 0.01]]\n[initialization]\nkind = 'identity'\nscale = 0.5\n"
      "[objective]\nloss = 'half-sum-squared'\n[[phase]]\nname = 'one'\nlearning_rate = 0.1\nsteps = 10000\n"
      "[[phase]]\nname = 'two'\nlearning_rate = 0.1\nsteps = 20000\ntarget = [[0.01, 0], [0, 0.04]]\n"
      "[probe]\nevery = 10000\nrank_tolerance = 0.02\ntrajectory = true\nalignment = true\nclassify_at_end = 'numerical'\n");
  const std::size_t settled = row_of(found, 0, true), switched = row_of(found, 1, false);
  ASSERT_EQ(found.trajectory_step[settled], 10000);
  ASSERT_EQ(found.trajectory_step[switched], 10000);
  EXPECT_EQ(found.trajectory_rank[settled], 1);  // 0.01 is below 0.02 times 4 ...
  EXPECT_EQ(found.trajectory_rank[switched], 2);  // ... and above 0.02 times 0.04
  EXPECT_NEAR(found.trajectory_alignment_left[2 * settled], 1.0, 1e-9);
  EXPECT_NEAR(found.trajectory_alignment_left[2 * switched], 0.0, 1e-9);
  const auto& loss = found.trajectory_observable[static_cast<std::size_t>(Observable::loss)];
  EXPECT_LT(loss[settled], 1e-12);
  EXPECT_NEAR(loss[switched], 0.5 * (3.99 * 3.99 + 0.03 * 0.03), 1e-5);
  EXPECT_LT(value(found, Observable::loss, 0), 1e-12);
  EXPECT_NEAR(singular_value(found, 0, 0), 0.04, 1e-6);
  EXPECT_NEAR(singular_value(found, 0, 1), 0.01, 1e-6);
  EXPECT_NEAR(found.alignment_left[0], 1.0, 1e-6);
  EXPECT_EQ(found.rank[0], 2);
  EXPECT_EQ(found.start_rank[0], 2);
}

// At depth 1 what is not observed stays where it was drawn, so that the errors are known.
TEST(TargetSwitch, ErrorsAreOfTheLastTarget) {
  const std::string second = "target = [[1, 2, 3], [4, 5, 6]]\n";
  for (const char* loss : {"mean-squared", "half-sum-squared"}) {
    const Experiment experiment = parse(switching("rows = 2\ncolumns = 3\nobserved = [[0, 0], [1, 2]]\n", "",
                                                  second + "[model]\ndepth = 1\n[objective]\nloss = '" + loss + "'\n"));
    const ReplicaResults found = train(experiment).at(0);
    const std::vector<double> errors = whole_errors(experiment.cells[0], found);
    ASSERT_EQ(errors.size(), 9u);
    for (std::int64_t r = 0; r < found.count; ++r) {
      const std::vector<double> start = draw_factors(experiment, experiment.cells[0], r, 0).factor[0];
      const ProblemInstance instance = draw_problem(experiment, experiment.cells[0], r);
      const double kept = std::pow(0.95, 40.0);  // of W - T by a phase: of two entries, 2 c = 1 for both losses
      double hidden = 0.0, seen = 0.0;
      for (std::size_t e = 0; e < 6; ++e) {
        const double target = static_cast<double>(e) + 1.0;
        if (e != 0 && e != 5) {
          hidden += (start[e] - target) * (start[e] - target);
          continue;
        }
        const double before = instance.target[e] + kept * kept * (start[e] - instance.target[e]);
        seen += std::pow(kept * (before - target), 2.0);
      }
      EXPECT_NEAR(value(found, Observable::unobserved_error, r), std::sqrt(hidden / 4.0), 1e-13);
      EXPECT_NEAR(errors[static_cast<std::size_t>(r)], std::sqrt((hidden + seen) / 6.0), 1e-13);
    }
  }
}

TEST(TargetSwitch, ErrorOverAllEntriesIsMissingWhereTheLossIsOfSomethingElse) {
  const auto errors = [](const std::string& problem) {
    const Experiment experiment = parse(switching(problem, ""));
    return std::pair(whole_errors(experiment.cells[0], train(experiment).at(0)), train(experiment).at(0));
  };
  EXPECT_TRUE(errors("rows = 2\nnoise = 0.1\n").first.empty());
  const auto [all, entries] = errors("rows = 2\n");
  EXPECT_DOUBLE_EQ(all[3], std::sqrt(value(entries, Observable::loss, 3)));  // mean-squared, all observed
  const auto [sensed, measured] = errors("rows = 2\nnoise = 0.1\nobserved = 'gaussian'\nobserved_count = 2\n");
  EXPECT_EQ(sensed[3], value(measured, Observable::unobserved_error, 3));
}

// Whatever the cut, and stopped on the way.
TEST(TargetSwitch, BitsDoNotDependOnTheCut) {
  const std::string noise = "optimizer = 'sgd'\nrank = 1\n", probe = "stop = { loss = 0.05 }\n[probe]\nevery = 3\nalignment = true\n";
  for (const char* instances : {"shared", "per-replica"})
    for (const char* precision : {"float32", "float64"}) {
      const Experiment whole = parse(switching("rows = 4\nrank = 2\nobserved_count = 9\nnoise = 0.1\n", noise, "spectrum = [3, 1]\n" + probe),
                                     {std::string("problem.instances=") + instances, std::string("precision=") + precision, "probe.quench.steps=100"});
      const RunResults reference = train(whole);
      for (const std::int64_t size : {1, 4}) EXPECT_EQ(results_checksum(train(whole, cut(whole, size))), results_checksum(reference));
      const auto one = make_cpu_backend(1), two = make_cpu_backend(2);
      const Pieces pieces = train_in_pieces({one.get(), two.get()}, whole, cut(whole, 4), 3);
      EXPECT_GT(pieces.stops, 1);
      for (std::int64_t r = 0; r < whole.replicas; ++r) EXPECT_EQ(bits_of(pieces.results[0], r), bits_of(reference[0], r));
    }
}

// Greedy learning and the path that flows are compared with are of the phase's target.
TEST(TargetSwitch, IsWhatIsLearntGreedily) {
  const std::string problem = "replicas = 1\n[problem]\nrows = 4\nspectrum = [9, 8, 7]\n[objective]\nloss = 'half-sum-squared'\n";
  const ReplicaResults learnt = train_one_cell(problem + greedy_phase, {"phase.greedy.spectrum=[3, 2, 0.5]"});
  const ReplicaResults compared = train_one_cell(problem + "[initialization]\nscale = 1e-3\n[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\n"
                                                           "time = 60\nspectrum = [3, 2, 0.5]\n[compare]\ngreedy = true\n[probe]\nevery = 20\n");
  for (const ReplicaResults* found : {&learnt, &compared}) {
    EXPECT_EQ(found->greedy_rank[3], 3);
    EXPECT_NEAR(found->greedy_nuclear_norm[1], 3.0, 1e-6);
    EXPECT_NEAR(found->greedy_nuclear_norm[2], 5.0, 1e-6);
    EXPECT_NEAR(found->greedy_nuclear_norm[3], 5.5, 1e-6);
  }
  EXPECT_LT(compared.greedy_end_distance[0], 1e-2);
}

}  // namespace
}  // namespace rankfall
