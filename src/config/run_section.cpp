#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 13> top_keys{"name",    "seed",  "precision",      "replicas",  "seeding",
                                                    "problem", "model", "initialization", "objective", "phase",
                                                    "probe",   "sweep", "estimate"};
constexpr std::array<std::string_view, 5> estimate_keys{"confidence", "interval", "relative_half_width", "min_events",
                                                        "max_replicas"};
constexpr std::array<Choice<Precision>, 2> precisions{
    {{"float32", Precision::float32}, {"float64", Precision::float64}}};
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

EstimateSpec read_estimate(const Node& root) {
  const TableReader reader(find(&root, "estimate"), "estimate", root.place, estimate_keys);
  for (const std::string_view key : {"relative_half_width", "min_events", "max_replicas"}) {
    if (reader.find(key) == nullptr) continue;
    reader.refuse(key, "is not available in this version", "replicas are not yet allocated adaptively",
                  "remove it and set replicas");
  }
  EstimateSpec spec;
  spec.confidence = reader.number("confidence", inside_unit).value_or(spec.confidence);
  spec.interval = reader.choice<IntervalKind>("interval", intervals).value_or(spec.interval);
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
  experiment.estimate = read_estimate(root);
}

}  // namespace rankfall::config
