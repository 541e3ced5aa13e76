#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/limits.hpp"
#include "config/sections.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 12> probe_keys{"every",           "times",      "rank",   "rank_tolerance",
                                                      "classify_at_end", "trajectory", "quench", "alignment",
                                                      "velocities",      "plateau",    "coupling", "monitor"};
constexpr std::array<std::string_view, 2> plateau_keys{"relative", "gradient_norm"};
constexpr std::array<std::string_view, 1> tolerance_keys{"absolute"};
constexpr std::array<std::string_view, 3> quench_keys{"learning_rate", "steps", "gradient_norm"};
constexpr std::array<Choice<RankKind>, 2> rank_kinds{
    {{"numerical", RankKind::numerical}, {"quenched", RankKind::quenched}}};
constexpr std::array<Choice<RankKind>, 2> end_kinds{
    {{"numerical", RankKind::numerical}, {"quench", RankKind::quenched}}};

void read_tolerance(const TableReader& reader, ProbeSpec& probe) {
  const Node* node = reader.find("rank_tolerance");
  if (node != nullptr && node->as<std::string>() != nullptr) {
    constexpr std::array<Choice<int>, 1> words{{{"auto", 0}}};
    probe.tolerance_is_automatic = reader.choice<int>("rank_tolerance", words).has_value();
    return;
  }
  if (node != nullptr && node->as<Table>() != nullptr) {
    const TableReader table(node, "probe.rank_tolerance", node->place, tolerance_keys);
    const auto absolute = table.number("absolute", positive);
    if (!absolute) table.miss("absolute", "the table is empty", "write { absolute = 0.02 }");
    probe.rank_tolerance = *absolute;
    probe.tolerance_is_absolute = true;
    return;
  }
  probe.rank_tolerance = reader.number("rank_tolerance", inside_unit).value_or(probe.rank_tolerance);
}

QuenchSpec read_quench(const TableReader& reader) {
  const TableReader table(reader.find("quench"), "probe.quench", reader.place("quench"), quench_keys);
  QuenchSpec quench;
  quench.learning_rate = table.number("learning_rate", positive);
  quench.steps = table.integer("steps", {1, most_steps}).value_or(quench.steps);
  quench.gradient_norm = table.number("gradient_norm", positive).value_or(quench.gradient_norm);
  return quench;
}

// Which of the two rules; `plateau = {}` is the relative one as it stands.
std::optional<PlateauRule> read_plateau(const TableReader& reader, const ProbeSpec& probe) {
  if (reader.find("plateau") == nullptr) return std::nullopt;
  const TableReader table(reader.find("plateau"), "probe.plateau", reader.place("plateau"), plateau_keys);
  if (!probe.trajectory)
    reader.refuse("plateau", "needs trajectories", "plateaus are found in the probes' gradient norms, which are kept with them",
                  "set probe.trajectory = true");
  const auto relative = table.number("relative", inside_unit), absolute = table.number("gradient_norm", positive);
  if (relative && absolute)
    table.refuse("gradient_norm", "cannot stand beside relative", "each is a definition of a plateau", "keep one of them");
  if (absolute) return PlateauRule{false, *absolute};
  return PlateauRule{true, relative.value_or(PlateauRule{}.level)};
}

// Every pair of observed entries is looked at, at every probe.
bool read_coupling(const TableReader& reader, const ProblemSpec& problem, const std::vector<PhaseSpec>& phases) {
  constexpr std::int64_t most = 2000;
  if (!reader.boolean("coupling").value_or(false)) return false;
  std::int64_t entries = 0;
  for (const PhaseSpec& phase : phases) {
    const ObservationSpec& observed = phase.observes(problem.observed);
    if (!observed.measures()) entries = std::max(entries, observed_entries(observed, problem));
  }
  if (entries == 0)
    reader.refuse("coupling", "has no meaning here", "no phase observes entries, only measurements", "remove it");
  if (entries > most)
    reader.refuse("coupling", fmt::format("of {} observed entries is too much", entries),
                  fmt::format("each pair of them is looked at at every probe; at most {} are allowed", most), "remove it");
  return true;
}

bool vanishes(const TargetSpec& target) {
  if (target.kind != TargetKind::given) return false;
  const auto& entries = target.matrix->entries;
  return std::none_of(entries.begin(), entries.end(), [](double entry) { return entry != 0.0; });
}

void check_scale_of_targets(const TableReader& reader, const ProblemSpec& problem, const std::vector<PhaseSpec>& phases,
                            const ProbeSpec& probe) {
  if (probe.tolerance_is_absolute) return;
  for (const PhaseSpec& phase : phases) {
    if (!vanishes(phase.recovers(problem.target))) continue;
    reader.refuse("rank_tolerance", "cannot be relative",
                  fmt::format("it is relative to the largest singular value of {}.target, which is 0",
                              phase.target ? "phase." + phase.name : "problem"),
                  "write rank_tolerance = { absolute = 0.02 }");
  }
}

// A quench begins at a rate that some phase knows.
void check_quench(const TableReader& reader, const ProbeSpec& probe, const std::vector<PhaseSpec>& phases) {
  if (probe.rank != RankKind::quenched && probe.classify_at_end != RankKind::quenched) return;
  const auto has_rate = [](const PhaseSpec& phase) { return phase.learning_rate > 0.0; };
  if (probe.quench.learning_rate || std::any_of(phases.begin(), phases.end(), has_rate)) return;
  reader.refuse("quench", "has no learning_rate", "a quench is gradient descent, and no phase has a learning_rate to begin with",
                "add for example quench = { learning_rate = 0.01 }, or label numerically");
}

}  // namespace

ProbeSpec read_probe(const Node& root, const ProblemSpec& problem, const std::vector<PhaseSpec>& phases) {
  const TableReader reader(find(&root, "probe"), "probe", root.place, probe_keys);
  ProbeSpec probe;
  probe.every = reader.integer("every", {1, most_steps}).value_or(probe.every);
  probe.times = read_times(reader, phases);
  probe.rank = reader.choice<RankKind>("rank", rank_kinds).value_or(probe.rank);
  probe.classify_at_end = reader.choice<RankKind>("classify_at_end", end_kinds)
                              .value_or(phases.back().flows() ? RankKind::numerical : probe.classify_at_end);
  read_tolerance(reader, probe);
  check_scale_of_targets(reader, problem, phases, probe);
  probe.trajectory = reader.boolean("trajectory").value_or(probe.trajectory);
  probe.alignment = reader.boolean("alignment").value_or(probe.alignment);
  probe.velocities = reader.boolean("velocities").value_or(probe.velocities);
  probe.plateau = read_plateau(reader, probe);
  probe.coupling = read_coupling(reader, problem, phases);
  probe.quench = read_quench(reader);
  check_quench(reader, probe, phases);
  return probe;
}

}  // namespace rankfall::config
