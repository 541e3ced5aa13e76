#include "rankfall/study.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "backend/cpu_backend.hpp"
#include "config/config.hpp"
#include "estimate/law_table.hpp"
#include "estimate/report.hpp"
#include "run/goals.hpp"
#include "run/presets.hpp"
#include "run/provenance.hpp"
#include "run/run.hpp"
#include "run/work_units.hpp"
#include "store/merge.hpp"

namespace rankfall {

namespace {

using UnitName = std::pair<int, std::int64_t>;  // cell and first replica

// Trains those of the units that are not in `done` yet, and puts them behind the results of their cells.
void train_missing(Backend& backend, const Experiment& experiment, const Goals& goals, std::set<UnitName>& done, RunResults& results) {
  std::vector<WorkUnit> missing;
  for (const WorkUnit& unit : work_units(experiment, goals))
    if (done.insert({unit.cell, unit.first}).second) missing.push_back(unit);
  std::vector<ReplicaResults> blocks;
  backend.train(experiment, missing, {.deliver = [&](ReplicaResults&& block) { blocks.push_back(std::move(block)); }});
  std::sort(blocks.begin(), blocks.end(), [](const ReplicaResults& a, const ReplicaResults& b) {
    return std::tie(a.cell, a.first) < std::tie(b.cell, b.first);
  });
  for (ReplicaResults& block : blocks) append(results[static_cast<std::size_t>(block.cell)], std::move(block));
}

}  // namespace

Experiment read_experiment(const std::string& name, const std::vector<std::string>& overrides) {
  const std::string mark = "preset:";
  if (name.rfind(mark, 0) != 0) return load_experiment(name, overrides);
  return parse_experiment(preset(name.substr(mark.size())).text, name, ".", overrides);
}

Study study(const Experiment& experiment, int threads) {
  const auto backend = make_cpu_backend(threads);
  Goals goals = first_goals(experiment);
  Study whole{experiment, empty_results(experiment), {}};
  std::set<UnitName> done;
  const auto results_of = [&](const Cell& cell, std::int64_t goal) -> std::optional<ReplicaResults> {
    const ReplicaResults& results = whole.results[static_cast<std::size_t>(cell.index)];
    return results.count == goal ? std::optional(results) : std::nullopt;
  };
  do train_missing(*backend, experiment, goals, done, whole.results);
  while (raise_goals(experiment, goals, results_of));
  whole.estimates = summarized(experiment, whole.results);
  return whole;
}

std::string tables(const Study& study) {
  return summary_table(study.experiment, study.estimates) + law_table(study.experiment, study.estimates);
}

std::string methods(const Study& study) { return methods_sentence(study.experiment, study.estimates, version()); }

}  // namespace rankfall
