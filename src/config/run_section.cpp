#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"
#include "rankfall/completion_limit.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 15> top_keys{"name",    "seed",  "precision",      "replicas",  "seeding",
                                                    "problem", "model", "initialization", "objective", "phase",
                                                    "probe",   "sweep", "estimate",       "compare",   "search"};
constexpr std::array<std::string_view, 10> estimate_keys{"confidence", "interval",     "relative_half_width", "objective_rise",
                                                        "min_events", "max_replicas", "target",
                                                        "nuclear_norm", "representation_cost_starts", "critical_ridge"};
constexpr std::array<Choice<Precision>, 3> precisions{{{"float32", Precision::float32},
                                                      {"float64", Precision::float64},
                                                      {"double-double", Precision::double_double}}};
constexpr std::array<Choice<Seeding>, 2> seedings{{{"independent", Seeding::independent}, {"common", Seeding::common}}};
constexpr std::array<Choice<IntervalKind>, 3> intervals{{{"clopper-pearson", IntervalKind::clopper_pearson},
                                                         {"wilson", IntervalKind::wilson},
                                                         {"jeffreys", IntervalKind::jeffreys}}};

std::string read_name(const TableReader& reader, const std::string& origin) {
  const std::string* given = reader.string("name");
  if (given == nullptr) {
    const std::string file = origin.substr(origin.rfind(':') + 1);  // "preset:NAME"
    const std::string stem = std::filesystem::path(file).stem().string();
    return stem.empty() ? "experiment" : stem;
  }
  const bool printable = std::all_of(given->begin(), given->end(),
                                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  if (given->empty() || given->size() > 200 || !printable) {
    reader.refuse("name", fmt::format("= {} cannot be used", in_quotes(*given)),
                  "a name is one line of 1 to 200 characters", "choose a short name");
  }
  return *given;
}

// "p_jump", "p_jump_up", "p_converged", "p_diverged" or "p_rank_R".
void read_target(const TableReader& reader, AdaptiveRule& rule) {
  const std::string* word = reader.string("target");
  if (word == nullptr) return;
  constexpr std::array<Choice<Estimated>, 4> targets{{{"p_jump", Estimated::jump},
                                                      {"p_jump_up", Estimated::jump_up},
                                                      {"p_converged", Estimated::converged},
                                                      {"p_diverged", Estimated::diverged}}};
  for (const auto& [name, meaning] : targets)
    if (*word == name) {
      rule.what = meaning;
      return;
    }
  const std::string_view mark = "p_rank_";
  const char* begin = word->data() + mark.size();
  const char* end = word->data() + word->size();
  if (word->rfind(mark, 0) == 0 && begin != end) {
    const auto [stop, error] = std::from_chars(begin, end, rule.rank);
    rule.what = Estimated::final_rank;
    if (stop == end && error == std::errc{} && rule.rank >= 0) return;
  }
  reader.refuse("target", fmt::format("= {} is unknown", in_quotes(*word)), "it names a probability of summary.csv",
                "choose p_jump, p_jump_up, p_converged, p_diverged or p_rank_R");
}

std::optional<AdaptiveRule> read_adaptive(const TableReader& reader, std::int64_t replicas) {
  const auto width = reader.number("relative_half_width", fraction);
  if (!width) {
    for (const std::string_view key : {"min_events", "max_replicas", "target"})
      if (reader.find(key) != nullptr)
        reader.refuse(key, "has no effect", "replicas are added only where relative_half_width says until when",
                      "set estimate.relative_half_width, or remove it");
    return {};
  }
  AdaptiveRule rule;
  rule.relative_half_width = *width;
  rule.min_events = reader.integer("min_events", {1, most_replicas}).value_or(rule.min_events);
  rule.max_replicas = reader.integer("max_replicas", {1, most_replicas}).value_or(std::max(rule.max_replicas, replicas));
  if (rule.max_replicas < replicas)
    reader.refuse("max_replicas", fmt::format("= {} is less than replicas = {}", rule.max_replicas, replicas),
                  "every cell begins with that many", "raise max_replicas or lower replicas");
  read_target(reader, rule);
  return rule;
}

EstimateSpec read_estimate(const Node& root, std::int64_t replicas) {
  const TableReader reader(find(&root, "estimate"), "estimate", root.place, estimate_keys);
  EstimateSpec spec;
  spec.adaptive = read_adaptive(reader, replicas);
  spec.confidence = reader.number("confidence", inside_unit).value_or(spec.confidence);
  spec.interval = reader.choice<IntervalKind>("interval", intervals).value_or(spec.interval);
  constexpr NumberRule factor{[](double x) { return x > 1.0; }, "greater than 1"};
  spec.objective_rise = reader.number("objective_rise", factor).value_or(spec.objective_rise);
  spec.nuclear_norm = reader.boolean("nuclear_norm").value_or(spec.nuclear_norm);
  spec.critical_ridge = reader.boolean("critical_ridge").value_or(spec.critical_ridge);
  spec.representation_cost_starts = static_cast<int>(
      reader.integer("representation_cost_starts", {0, 10000}).value_or(spec.representation_cost_starts));
  return spec;
}

}  // namespace

void read_run(const Node& root, const std::string& origin, Experiment& experiment) {
  const TableReader reader(&root, "", root.place, top_keys);
  constexpr IntegerRange every_integer{std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<std::int64_t>::max()};
  experiment.name = read_name(reader, origin);
  experiment.seed = static_cast<std::uint64_t>(reader.integer("seed", every_integer).value_or(0));
  experiment.precision = reader.choice<Precision>("precision", precisions).value_or(Precision::float32);
  // Too many replicas are refused by check_footprint, once it is known what each would take.
  experiment.replicas = reader.unbounded_integer("replicas", {1, most_replicas}).value_or(1000);
  experiment.seeding = reader.choice<Seeding>("seeding", seedings).value_or(Seeding::independent);
  experiment.estimate = read_estimate(root, experiment.replicas);
}

void check_rise(const Node& root, const Experiment& experiment) {
  const TableReader reader(find(&root, "estimate"), "estimate", root.place, estimate_keys);
  const auto remembers = [](const Cell& cell) {
    return std::any_of(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& phase) { return phase.remembers(); });
  };
  if (std::none_of(experiment.cells.begin(), experiment.cells.end(), remembers))
    reader.forbid("objective_rise", "only phases with optimizer momentum or group-rmsprop are watched for it", "remove it");
}

void check_comparisons(const Node& root, const Experiment& experiment) {
  const EstimateSpec& asked = experiment.estimate;
  if (!asked.nuclear_norm && asked.representation_cost_starts == 0) return;
  for (const Cell& cell : experiment.cells) {
    const ObservationSpec& observed = cell.phases.back().observes(cell.problem.observed);
    const std::int64_t entries = observed_entries(observed, cell.problem);
    const TableReader reader(find(&root, "estimate"), "estimate", root.place, estimate_keys);
    const std::string_view key = asked.nuclear_norm ? "nuclear_norm" : "representation_cost_starts";
    if (observed.measures())
      reader.refuse(key, "cannot be had: the last phase observes measurements",
                    "what is compared with completes observed entries", "remove it, or observe entries");
    if (entries <= static_cast<std::int64_t>(most_completion_entries)) continue;
    reader.refuse(key,
                  fmt::format("cannot be had: {} entries are observed{}", entries,
                              cell.label.empty() ? "" : fmt::format(" at grid point {}", cell.label)),
                  "a matrix of that size squared would have to be factored, again and again",
                  fmt::format("observe at most {}, or remove it", most_completion_entries));
  }
}

}  // namespace rankfall::config
