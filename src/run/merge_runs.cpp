#include "run/merge_runs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

#include "config/config.hpp"
#include "rankfall/error.hpp"
#include "run/landscapes.hpp"
#include "run/provenance.hpp"
#include "run/run.hpp"
#include "run/unit_ledger.hpp"
#include "run/work_units.hpp"
#include "store/atomic_file.hpp"
#include "store/run_record.hpp"
#include "store/unit_file.hpp"

namespace rankfall {

namespace fs = std::filesystem;

namespace {

struct FoundUnit {
  WorkUnit unit;
  std::string source;
};

// The experiment that all sources are parts of.
Experiment common_experiment(const std::vector<std::string>& sources) {
  Experiment first = load_run_experiment({sources.front()});
  for (const std::string& source : sources) {
    const Experiment other = load_run_experiment({source});
    if (other.digest != first.digest)
      throw ConfigError({source, "is of another experiment than " + sources.front(),
                         "it differs in " + differing_keys(first.text, other.text), "merge parts of one experiment"});
    if (other.replicas != first.replicas)
      throw ConfigError({source, fmt::format("asks for {} replicas, and {} for {}", other.replicas, sources.front(), first.replicas),
                         "parts of one run ask for the same", "run one of them again with the other's count"});
  }
  return first;
}

// By cell, replica and length, whatever order the file system has.
std::vector<WorkUnit> units_in(const std::string& directory) {
  std::vector<WorkUnit> units;
  if (!fs::is_directory(directory)) return units;
  for (const auto& file : fs::directory_iterator(directory))
    if (const auto unit = unit_of_name(file.path().filename().string())) units.push_back(*unit);
  std::sort(units.begin(), units.end(), [](const WorkUnit& a, const WorkUnit& b) {
    return std::tie(a.cell, a.first, a.count) < std::tie(b.cell, b.first, b.count);
  });
  return units;
}

// Finished units by their first replica. What one directory holds twice, from before `replicas` was raised, is the
// longer one.
std::map<std::pair<int, std::int64_t>, FoundUnit> find_units(const std::vector<std::string>& sources) {
  std::map<std::pair<int, std::int64_t>, FoundUnit> found;
  std::set<fs::path> seen;
  for (const std::string& source : sources) {
    if (!seen.insert(fs::weakly_canonical(source)).second)
      throw ConfigError({source, "is named twice", "its replicas would count twice", "name every directory once"});
    for (const WorkUnit& unit : units_in(ResultDirectory{source}.units())) {
      const auto [there, is_new] = found.try_emplace({unit.cell, unit.first}, FoundUnit{unit, source});
      if (is_new) continue;
      if (there->second.source != source)
        throw ConfigError({source, fmt::format("holds replicas from {} of cell {}, and so does {}", unit.first, unit.cell,
                                               there->second.source),
                           "they would count twice", "leave one of the two directories out"});
      there->second.unit = unit;
    }
  }
  return found;
}

void bring(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) write_atomically(to, read_file(from));  // another file system
}

void bring_units(const std::vector<std::string>& sources, const ResultDirectory& out, const Experiment& experiment) {
  for (const auto& [key, found] : find_units(sources)) {
    const std::string name = unit_name(found.unit);
    std::string reason;
    if (!read_unit(ResultDirectory{found.source}.units(), experiment.digest, found.unit, reason)) {
      fmt::print(stderr, "note: {}/units/{} is left out: {}\n", found.source, name, reason);
      continue;
    }
    const std::string to = out.units() + "/" + name;
    if (!fs::exists(to)) bring(ResultDirectory{found.source}.units() + "/" + name, to);
  }
}

// What the records of all parts say together.
Provenance joined_records(const std::vector<std::string>& sources, const std::string& command) {
  Provenance joined = build_provenance();
  std::set<std::string> backends, devices;
  for (const std::string& source : sources)
    for (const auto& file : fs::directory_iterator(source)) {
      const std::string name = file.path().filename().string();
      if (name.rfind("run.", 0) != 0 || file.path().extension() != ".json") continue;
      const Provenance part = read_run_record(file.path().string());
      backends.insert(part.backend);
      devices.insert(part.device);
      joined.wall_seconds += part.wall_seconds;
      joined.replica_steps += part.replica_steps;
      joined.host_threads = part.host_threads;
    }
  for (const std::string& backend : backends) joined.backend += (joined.backend.empty() ? "" : ", ") + backend;
  for (const std::string& device : devices) joined.device += (joined.device.empty() ? "" : "; ") + device;
  joined.command = command;
  return joined;
}

void tell_missing(const Experiment& experiment, const std::vector<WorkUnit>& missing) {
  constexpr std::size_t shown = 20;
  fmt::print(stderr, "{} work unit{} missing:\n", missing.size(), missing.size() == 1 ? " is" : "s are");
  for (std::size_t k = 0; k < std::min(shown, missing.size()); ++k) {
    const Cell& cell = experiment.cells[static_cast<std::size_t>(missing[k].cell)];
    fmt::print(stderr, "  cell {}{}{}: replicas {} to {}\n", cell.index, cell.label.empty() ? "" : " ", cell.label,
               missing[k].first, missing[k].first + missing[k].count - 1);
  }
  if (missing.size() > shown) fmt::print(stderr, "  and {} more\n", missing.size() - shown);
}

}  // namespace

bool merge_runs(const std::vector<std::string>& sources, const std::string& out, const std::string& command,
                const Summarizer& summarize) {
  const Experiment experiment = with_landscapes(common_experiment(sources));
  const OpenRun run(out, experiment);
  bring_units(sources, run.directory(), experiment);
  fs::remove(run.directory().results());
  const Goals goals = goals_on_disk(run.directory(), experiment);
  UnitLedger ledger(run.directory(), experiment);
  const std::vector<WorkUnit> missing = ledger.missing(work_units(experiment, goals));
  if (!missing.empty()) {
    tell_missing(experiment, missing);
    return false;
  }
  auto estimates = write_products(run.directory(), experiment, goals, joined_records(sources, command));
  if (summarize) summarize(std::move(estimates));
  return true;
}

}  // namespace rankfall
