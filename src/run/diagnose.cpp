#include "run/diagnose.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <tuple>

#include "backend/instance.hpp"
#include "estimate/report_text.hpp"
#include "run/landscapes.hpp"
#include "run/result_directory.hpp"
#include "run/work_units.hpp"
#include "store/merge.hpp"

namespace rankfall {

namespace {

using Json = nlohmann::ordered_json;

// What draw_problem makes the last phase's target of.
auto target_identity(const Cell& cell) {
  const ProblemSpec& p = cell.problem;
  const TargetSpec& t = cell.final_target();
  const std::size_t drawn_for = cell.phases.back().target ? cell.phases.size() : 0;  // which phase, from 1; 0: [problem]
  return std::tuple(t.kind, p.rows, p.columns, t.rank, t.spectrum, t.matrix, p.instance_seed, cell.model.symmetry, drawn_for);
}

// Targets of sweeps are mostly one and the same, and a large one's spectrum is dear: the latest shared one is kept.
class SharedTargets {
 public:
  explicit SharedTargets(const Experiment& experiment) : experiment_(experiment) {}

  double largest_singular_value(const Cell& cell) {
    if (latest_ == nullptr || target_identity(*latest_) != target_identity(cell)) {
      value_ = draw_problem(experiment_, cell, 0).final_largest_singular_value();
      latest_ = &cell;
    }
    return value_;
  }

 private:
  const Experiment& experiment_;
  const Cell* latest_ = nullptr;
  double value_ = 0.0;
};

// Empty where ranks cannot be counted again: quenched ones, whose spectra are not kept, and those relative to a target
// of each replica's own while it is not known which replicas are missing.
RankThresholds rank_thresholds(const Experiment& experiment, const Cell& cell, std::int64_t replicas,
                               SharedTargets& targets) {
  const ProbeSpec& probe = cell.probe;
  if (probe.rank == RankKind::quenched) return {};
  if (probe.tolerance_is_absolute) return {probe.rank_tolerance};
  if (cell.problem.instances == Instances::shared) return {probe.rank_tolerance * targets.largest_singular_value(cell)};
  RankThresholds thresholds;
  if (replicas < experiment.replicas) return thresholds;
  for (std::int64_t r = 0; r < replicas; ++r)
    thresholds.push_back(probe.rank_tolerance * draw_problem(experiment, cell, r).final_largest_singular_value());
  return thresholds;
}

// Unit files are looked at also where results.nc makes them superfluous: a run with more replicas builds on them.
std::vector<std::string> damaged_units(const StoredRun& run, bool merged) {
  if (!merged) return run.rejected_units;
  std::vector<std::string> rejected;
  merge_units(run.directory.units(), run.experiment, work_units(run.experiment, run.goals), rejected);
  return rejected;
}

Json json_of(const Proportion& share) {
  return {{"events", share.events}, {"trials", share.trials}, {"low", share.interval.low}, {"high", share.interval.high}};
}

Json json_of(const Experiment& experiment, const CellFinding& finding) {
  Json json{{"cell", finding.cell},
            {"label", experiment.cells[static_cast<std::size_t>(finding.cell)].label},
            {"count", finding.count},
            {"of", finding.of}};
  if (finding.measure) json["measure"] = *finding.measure;
  if (finding.estimate) json["estimate"] = json_of(*finding.estimate);
  if (finding.rank) json["rank"] = *finding.rank;
  for (const Proportion& recount : finding.recounts) json["recounts"].push_back(json_of(recount));
  if (finding.example) json["example_replica"] = *finding.example;
  return json;
}

Json json_of(const ThresholdCheck& check) {
  Json json{{"cell", check.cell}, {"threshold", check.threshold}, {"lower", json_of(check.lower)}, {"used", json_of(check.used)},
            {"higher", json_of(check.higher)}};
  if (check.saddle_singular_value > 0.0) json["saddle_singular_value"] = check.saddle_singular_value;
  return json;
}

}  // namespace

Diagnosis diagnose(const std::string& path) {
  StoredRun run = load_run(path);
  find_landscapes(run.experiment);
  Diagnosis diagnosis;
  diagnosis.replicas_done = run.replicas_done;
  diagnosis.merged = std::filesystem::exists(run.directory.results());
  std::vector<RankThresholds> thresholds;
  SharedTargets targets(run.experiment);
  for (const ReplicaResults& cell : run.results) {
    thresholds.push_back(rank_thresholds(run.experiment, run.experiment.cells[static_cast<std::size_t>(cell.cell)],
                                         cell.count, targets));
    if (thresholds.back().empty() && cell.count > 0) diagnosis.not_recounted.push_back(cell.cell);
  }
  if (question_of(run.experiment) == Question::jumps)
    for (std::size_t c = 0; c < run.results.size(); ++c)
      if (const auto falls = fall_sensitivity(run.experiment.cells[c], run.results[c], thresholds[c]))
        diagnosis.falls.push_back(*falls);
  if (std::vector<std::string> files = damaged_units(run, diagnosis.merged); !files.empty())
    diagnosis.findings.push_back({Problem::damaged_units, {}, std::move(files)});
  for (Finding& finding : find_problems(run.experiment, run.results, thresholds))
    diagnosis.findings.push_back(std::move(finding));
  diagnosis.thresholds = check_thresholds(run.experiment, run.results, thresholds);
  diagnosis.experiment = std::move(run.experiment);
  return diagnosis;
}

std::string diagnosis_json(const Diagnosis& diagnosis) {
  const Experiment& experiment = diagnosis.experiment;
  Json json{{"name", experiment.name},
            {"cells", experiment.cells.size()},
            {"replicas", experiment.replicas},
            {"replicas_done", diagnosis.replicas_done},
            {"problems", Json::array()},
            {"not_recounted", diagnosis.not_recounted}};
  for (const ThresholdCheck& check : diagnosis.thresholds) json["thresholds"].push_back(json_of(check));
  for (const Finding& finding : diagnosis.findings) {
    Json problem{{"problem", problem_names[static_cast<std::size_t>(finding.problem)]}};
    if (!finding.files.empty()) problem["files"] = finding.files;
    for (const CellFinding& cell : finding.cells) problem["cells"].push_back(json_of(experiment, cell));
    json["problems"].push_back(std::move(problem));
  }
  for (const FallSensitivity& cell : diagnosis.falls) {
    Json counts{{"cell", cell.cell}, {"at_risk", cell.at_risk}};
    for (std::size_t k = 0; k < sensitivity_factors.size(); ++k)
      counts["at"].push_back({{"factor", sensitivity_factors[k]}, {"fallen", cell.at[k].fallen}, {"returned", cell.at[k].returned}});
    json["falls"].push_back(std::move(counts));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rankfall
