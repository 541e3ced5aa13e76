#include "estimate/report.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "made_summary.hpp"

namespace rankfall {
namespace {

TEST(MethodsSentence, SaysWhatAPaperMustSay) {
  const ThreeCells made;
  const std::string text = methods_sentence(made.experiment, made.estimates, "0.1.0");
  EXPECT_TRUE(has(text, "With rankfall 0.1.0 in float32 precision (seed 7), 4096 replicas were trained in each of "
                        "3 cells (12288 in all)."));
  EXPECT_TRUE(has(text, "at the start of the last phase, 'noise' (SGD, horizon 2000 steps)."));
  EXPECT_TRUE(has(text, "Of 12288 replicas whose rank could fall, 6144 jumped; 6144 first-passage times are censored."));
  EXPECT_TRUE(has(text, "in 0 of 12288 replicas (one-sided exact 95 % upper bound: 0.00024 per replica)"));
  EXPECT_TRUE(has(text, "None diverged."));
  EXPECT_TRUE(has(text, "above 0.004 times the largest singular value of the target"));
  EXPECT_TRUE(has(text, "labelled by the rank of the minimum that noise-free gradient descent reaches"));
  EXPECT_TRUE(has(text, "every 100 steps"));
  EXPECT_TRUE(has(text, "95 % Clopper-Pearson intervals"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(MethodsSentence, SaysByWhichRuleReplicasWereAdded) {
  ThreeCells made;
  EXPECT_FALSE(has(methods_sentence(made.experiment, made.estimates, "0.1.0"), "batches"));
  made.experiment.estimate.adaptive = AdaptiveRule{.relative_half_width = 0.05, .min_events = 20, .max_replicas = 9000};
  EXPECT_TRUE(has(methods_sentence(made.experiment, made.estimates, "0.1.0"),
                  " Replicas were added to each cell in whole batches until at least 20 events had been seen and half the "
                  "interval of P(jump) was at most 5 % of it, or there were 9000; this holds in "));
}

TEST(MethodsSentence, NamesPhasesWithATargetOfTheirOwn) {
  ThreeCells made;
  EXPECT_FALSE(has(methods_sentence(made.experiment, made.estimates, "0.1.0"), "target of their own"));
  made.experiment.cells[1].phases.back().target = TargetSpec{TargetKind::random_rank, 5, {}, nullptr};
  made.experiment.cells[2].phases.back().target = TargetSpec{TargetKind::spectrum, 1, {3.0, 1.0}, nullptr};
  EXPECT_TRUE(has(methods_sentence(made.experiment, made.estimates, "0.1.0"),
                  " Phases with a target of their own had: 'noise' a random matrix of rank 5 or 'noise' given singular values (2) "
                  "between random bases. Errors, ranks and alignments are against the target of the phase that they were read in."));
}

TEST(MethodsSentence, OfOneReplicaIsInTheSingular) {
  Experiment experiment = made_experiment(1);
  experiment.replicas = 1;
  const std::string text = methods_sentence(experiment, estimate(experiment, {made_results(0, 1, 0)}), "0.1.0");
  EXPECT_TRUE(has(text, "1 replica was trained."));
  EXPECT_TRUE(has(text, "Of 1 replica whose rank could fall, 0 jumped; 1 first-passage time is censored."));
}

TEST(MethodsSentence, NamesWhatVariesAndWhatWasRequired) {
  Experiment experiment = made_experiment(2);
  experiment.replicas = 12;
  experiment.precision = Precision::float64;
  experiment.seeding = Seeding::common;
  experiment.cells[1].phases.back().steps = 5000;
  for (Cell& cell : experiment.cells) {
    cell.initialization.requirement = Requirement::settled_rank;
    cell.initialization.settled_rank = 2;
    cell.probe.classify_at_end = RankKind::numerical;
    cell.probe.tolerance_is_absolute = true;
  }
  ReplicaResults unfinished = made_results(1, 3, 1);
  unfinished.tries = {5, 5, 5};
  add_replica(unfinished, {.outcome = Outcome::diverged, .steps = 1200, .tries = 5});
  const auto estimates = estimate(experiment, {made_results(0, 12, 0), unfinished});
  const std::string text = methods_sentence(experiment, estimates, "0.1.0");
  EXPECT_TRUE(has(text, "float64"));
  EXPECT_TRUE(has(text, "4 to 12 replicas were trained in each of 2 cells (16 in all, with the same random draws in "
                        "every cell), of 24 planned."));
  EXPECT_TRUE(has(text, "horizon 2000 to 5000 steps"));
  EXPECT_TRUE(has(text, "redrawn until the rank after the first phase was 2 (2 draws per replica on average)"));
  EXPECT_TRUE(has(text, "1 replica diverged;"));
  EXPECT_TRUE(has(text, "singular values of W above 0.004."));
  EXPECT_FALSE(has(text, "descent reaches"));
}

TEST(MethodsSentence, OfDescentAloneSpeaksOfConvergence) {
  const Experiment experiment = descent_experiment();
  const std::string text = methods_sentence(experiment, estimate(experiment, {made_results(0, 4, 0)}), "0.1.0");
  EXPECT_TRUE(has(text, "Within the horizon of 1000 steps, 0 of 4 replicas converged."));
  EXPECT_FALSE(has(text, "Kaplan-Meier"));
  EXPECT_EQ(methods_sentence(experiment, estimate(experiment, {ReplicaResults{}}), "0.1.0"),
            "No replica has finished yet.\n");
}

TEST(MethodsSentence, OfSensingTellsWhatWasObserved) {
  Experiment experiment = descent_experiment();
  const auto told = [&] { return methods_sentence(experiment, estimate(experiment, {made_results(0, 4, 0)}), "0.1.0"); };
  EXPECT_FALSE(has(told(), "measurements"));
  Cell& cell = experiment.cells[0];
  cell.phases[0].observed = ObservationSpec{ObservationPattern::gaussian, 50, {}, {}};
  EXPECT_TRUE(has(told(), "through 50 Gaussian measurements <A_k, T> (entries of A_k independent, of variance 1 / (rows columns))."));
  cell.model.symmetry = Symmetry::symmetric;
  EXPECT_TRUE(has(told(), "1 / (rows columns), then symmetrised)."));
}

TEST(MethodsSentence, OfAFlowTellsItsToleranceItsProbesAndWhatStalled) {
  Experiment experiment = descent_experiment();
  PhaseSpec& flow = experiment.cells[0].phases[0];
  flow.optimizer = Optimizer::gradient_flow;
  flow.time = 10.0;
  experiment.cells[0].probe.times = {1.0, 10.0, 11.0};
  ReplicaResults results = made_results(0, 4, 0);
  for (double& time : results.time) time = 10.0;
  const auto told = [&] { return methods_sentence(experiment, estimate(experiment, {results}), "0.1.0"); };
  EXPECT_TRUE(has(told(), "(error of a step at most 1e-08 of a factor's norm)."));
  EXPECT_TRUE(has(told(), "and at 2 times of the flow"));
  EXPECT_TRUE(has(told(), "None diverged."));
  results.outcome[2] = Outcome::stalled;
  flow.absolute_tolerance = 1e-9;
  EXPECT_TRUE(has(told(), "(error of a step at most 1e-08 of a factor's norm plus 1e-09)."));
  EXPECT_TRUE(has(told(), "None diverged; in 1 replica a flow stalled before its time."));
  results.outcome[2] = Outcome::exhausted;
  results.time[0] = 3.0;
  results.time[1] = 4.0;
  EXPECT_TRUE(has(told(), "None diverged; in 2 replicas a flow stalled before its time."));
}

}  // namespace
}  // namespace rankfall
