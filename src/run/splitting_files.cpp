// `rankfall splitting` over all cells, with what is finished on disk.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "rankfall/error.hpp"
#include "run/interrupt.hpp"
#include "run/landscapes.hpp"
#include "run/provenance.hpp"
#include "run/result_directory.hpp"
#include "run/run.hpp"
#include "run/splitting.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const SplittingEstimate& estimate, const Experiment& experiment) {
  const RareProbability found = probability_of(estimate, experiment.estimate.confidence);
  return {{"cell", estimate.cell},
          {"label", experiment.cells[static_cast<std::size_t>(estimate.cell)].label},
          {"rank", estimate.rank},
          {"p_fall", found.value},
          {"p_fall_low", found.interval.low},
          {"p_fall_high", found.interval.high},
          {"levels", estimate.levels},
          {"started", estimate.started},
          {"started_elsewhere", estimate.started_elsewhere},
          {"arrived", estimate.repetitions},
          {"probabilities", estimate.probabilities},
          {"replica_steps", estimate.replica_steps}};
}

// What an answer depends on beside the experiment.
Json json_of(const SplittingOptions& options) {
  return {{"method", options.method == SplittingMethod::levels ? "levels" : "ensemble"},
          {"replicas", options.replicas},
          {"repetitions", options.repetitions},
          {"keep", options.keep},
          {"levels", options.levels}};
}

void write_down(const std::string& path, const Experiment& experiment, const SplittingOptions& options,
                const std::vector<SplittingEstimate>& estimates) {
  Json json{{"name", experiment.name},
            {"digest", fmt::format("{:016x}", experiment.digest)},
            {"version", version()},
            {"confidence", experiment.estimate.confidence},
            {"options", json_of(options)},
            {"cells", Json::array()}};
  for (const SplittingEstimate& estimate : estimates) json["cells"].push_back(json_of(estimate, experiment));
  write_atomically(path, json.dump(2) + "\n");
}

// What an earlier call with the same options has finished.
std::vector<SplittingEstimate> finished_in(const std::string& path, const Experiment& experiment, const SplittingOptions& options) {
  std::vector<SplittingEstimate> estimates;
  if (!std::filesystem::exists(path)) return estimates;
  try {
    const Json json = Json::parse(read_file(path));
    if (json.at("digest") != fmt::format("{:016x}", experiment.digest) || json.at("options") != json_of(options))
      throw ConfigError({path, "is of other settings", fmt::format("it was made with {}", json.at("options").dump()),
                         "give the same ones, choose another --out, or remove the file"});
    for (const Json& cell : json.at("cells")) {
      SplittingEstimate& estimate = estimates.emplace_back();
      estimate.cell = cell.at("cell").get<int>();
      estimate.rank = cell.at("rank").get<int>();
      estimate.replicas = options.replicas;
      estimate.levels = cell.at("levels").get<std::vector<double>>();
      estimate.started = cell.at("started").get<std::vector<std::int64_t>>();
      estimate.started_elsewhere = cell.at("started_elsewhere").get<std::int64_t>();
      estimate.repetitions = cell.at("arrived").get<std::vector<SplittingRepetition>>();
      estimate.probabilities = cell.at("probabilities").get<std::vector<double>>();
      estimate.replica_steps = cell.at("replica_steps").get<double>();
      const auto whole = [&](const SplittingRepetition& repetition) { return repetition.size() == estimate.levels.size(); };
      const bool sound = estimate.cell >= 0 && static_cast<std::size_t>(estimate.cell) < experiment.cells.size() &&
                         estimate.probabilities.size() == estimate.started.size() &&
                         std::all_of(estimate.repetitions.begin(), estimate.repetitions.end(), whole);
      if (!sound) throw StoreError({path, "is damaged", "its numbers do not fit one another", "remove it"});
    }
  } catch (const Json::exception& error) {
    throw StoreError({path, "is not what `rankfall splitting` writes", error.what(), "remove it"});
  }
  return estimates;
}

}  // namespace

std::optional<std::vector<SplittingEstimate>> split(const Experiment& given, const SplittingOptions& options) {
  const Experiment experiment = with_landscapes(given, options.threads);
  check_splitting(experiment, options);
  const std::unique_ptr<Backend> backend = make_backend(options.backend, options.threads, options.devices);
  const OpenRun run(options.directory, experiment);
  const std::string path = run.directory().splitting("json");
  std::vector<SplittingEstimate> estimates = finished_in(path, experiment, options);
  const Interruption interruption({});
  for (const Cell& cell : experiment.cells) {
    const auto same = [&](const SplittingEstimate& estimate) { return estimate.cell == cell.index; };
    if (std::any_of(estimates.begin(), estimates.end(), same)) continue;
    try {
      estimates.push_back(split_cell(*backend, experiment, cell, options, interruption.token()));
    } catch (const Stopped&) {
      return {};
    }
    write_down(path, experiment, options, estimates);
    fmt::print(stderr, "{} of {} cells\n", estimates.size(), experiment.cells.size());
  }
  std::sort(estimates.begin(), estimates.end(), [](const auto& a, const auto& b) { return a.cell < b.cell; });
  write_atomically(run.directory().splitting("csv"), splitting_csv(experiment, estimates));
  return estimates;
}

}  // namespace rankfall
