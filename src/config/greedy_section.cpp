// Greedy low-rank learning: phases of that kind, and [compare].
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 11> compare_keys{"greedy",
                                                        "cold_start",
                                                        "pair",
                                                        "escape",
                                                        "end",
                                                        "maximum_rank",
                                                        "gradient_norm",
                                                        "relative_tolerance",
                                                        "absolute_tolerance",
                                                        "maximum_steps",
                                                        "path_tolerance"};
constexpr std::array<Choice<EscapePair>, 2> escape_pairs{
    {{"singular", EscapePair::singular}, {"eigenvector", EscapePair::eigenvector}}};
constexpr NumberRule gradient_share{[](double x) { return x >= 1e-14 && x <= 1e-2; }, "from 1e-14 to 1e-2"};
constexpr NumberRule path_share{[](double x) { return x >= 1e-9 && x <= 1e-2; }, "from 1e-9 to 1e-2"};
constexpr NumberRule small_share{[](double x) { return x > 0.0 && x <= 1e-2; }, "greater than 0 and at most 1e-2"};
// Less of a factor's entries of order 1 is rounding: a lost mode would grow as soon as the kick.
constexpr double noise_floor = 1e-15;

// Depth 2 waits for log(1/escape), deeper models for a power of it.
double default_escape(const Factorization& model) { return model.depth <= 2 ? 1e-12 : 1e-6; }

EscapePair read_pair(const TableReader& reader, const Factorization& model) {
  const bool symmetric = model.symmetry == Symmetry::symmetric;
  const auto given = reader.choice<EscapePair>("pair", escape_pairs);
  if (given == EscapePair::singular && symmetric)
    reader.refuse("pair", "= 'singular' is impossible", "W = U U^T grows along eigenvectors",
                  "remove it, or set model.symmetric = false");
  if (given == EscapePair::eigenvector && model.rows() != model.columns())
    reader.refuse("pair", "= 'eigenvector' is impossible",
                  fmt::format("the target is {} x {}, and has no eigenvectors", model.rows(), model.columns()),
                  "remove it, or make columns equal to rows");
  return given.value_or(symmetric ? EscapePair::eigenvector : EscapePair::singular);
}

int most_rank(const Factorization& model) {
  const bool symmetric = model.symmetry == Symmetry::symmetric;
  const auto hidden = model.widths.begin() + (symmetric ? 0 : 1);
  return std::min(model.singular_values(), *std::min_element(hidden, model.widths.end() - 1));
}

double read_escape(const TableReader& reader, const Factorization& model) {
  const double escape = reader.number("escape", small_share).value_or(default_escape(model));
  const double least = std::pow(noise_floor, model.depth);
  if (escape < least)
    reader.refuse("escape", fmt::format("= {} is beneath the noise of float64", shortest(escape)),
                  fmt::format("each of {} factors would be kicked by its root of order {}, less than 1e-15",
                              model.depth, model.depth),
                  fmt::format("raise it to at least {:.0e}", least));
  return escape;
}

// What a greedy phase and [compare] have in common, but for the key of the gradient's norm.
void read_learning(const TableReader& reader, const Factorization& model, PhaseSpec& phase) {
  if (model.depth == 1)
    throw ConfigError({text(reader.place("depth")), "greedy low-rank learning needs model.depth of at least 2",
                       "one factor has no hidden index that an escape could take", "raise model.depth"});
  phase.kind = PhaseKind::greedy_low_rank;
  phase.optimizer = Optimizer::gradient_flow;
  GreedySpec& spec = phase.greedy_spec;
  spec.pair = read_pair(reader, model);
  spec.escape = read_escape(reader, model);
  spec.end = reader.number("end", small_share).value_or(spec.end);
  spec.maximum_rank =
      static_cast<int>(reader.integer("maximum_rank", {1, most_rank(model)}).value_or(most_rank(model)));
  phase.relative_tolerance = reader.number("relative_tolerance", flow_tolerance).value_or(1e-10);
  phase.absolute_tolerance = reader.number("absolute_tolerance", not_negative).value_or(0.0);
  phase.steps = reader.integer("maximum_steps", {1, most_steps}).value_or(200'000);
}

// What is left of the gradient at a solution would pass for a direction to escape in.
void check_end(const TableReader& reader, const GreedySpec& spec) {
  if (spec.end >= 100.0 * spec.gradient_norm) return;
  reader.refuse(
      "end", fmt::format("= {} is too small", shortest(spec.end)),
      fmt::format("solutions are reached to gradient_norm = {}, and what is left there would pass for a way on",
                  shortest(spec.gradient_norm)),
      "make end at least 100 times gradient_norm");
}

}  // namespace

void read_greedy_phase(const TableReader& reader, const Factorization& model, PhaseSpec& phase) {
  if (reader.find("optimizer") != nullptr && phase.optimizer != Optimizer::gradient_flow)
    reader.refuse("optimizer", "is not gradient-flow", "a greedy phase flows from solution to solution",
                  "remove it, or set kind = 'training'");
  for (const std::string_view key : {"learning_rate", "steps", "time"})
    reader.forbid(key, "a greedy phase ends by itself", "remove it, or set kind = 'training'");
  read_learning(reader, model, phase);
}

void finish_greedy_phase(const TableReader& reader, const ProblemSpec& problem, PhaseSpec& phase) {
  if (phase.observes(problem.observed).measures())
    reader.refuse("kind", "= 'greedy-low-rank' is impossible", "it follows observed entries, not measurements",
                  "observe entries");
  if (phase.ridge > 0.0)
    reader.refuse("ridge", fmt::format("= {} is impossible", shortest(phase.ridge)),
                  "greedy low-rank learning follows the data loss alone",
                  fmt::format("set phase.{}.ridge = 0", phase.name));
  StopRule& stop = phase.stop;
  if (stop.gradient_norm) phase.greedy_spec.gradient_norm = *stop.gradient_norm;
  stop.gradient_norm.reset();
  if (!stop.empty())
    reader.refuse("stop", "has a rule that a greedy phase does not have",
                  "its solutions are told by gradient_norm, its end by end and maximum_rank",
                  "keep gradient_norm only");
  if (!gradient_share.holds(phase.greedy_spec.gradient_norm))
    reader.refuse(
        "stop", fmt::format("has gradient_norm = {}, which is out of range", shortest(phase.greedy_spec.gradient_norm)),
        "in a greedy phase it is relative to the largest norm since the escape, from 1e-14 to 1e-2",
        "change the value");
  check_end(reader, phase.greedy_spec);
}

void check_greedy_phases(const Node& root, const std::vector<PhaseSpec>& phases, const InitializationSpec& start) {
  const auto greedy = [](const PhaseSpec& phase) { return phase.greedy(); };
  const Node* node = find(&root, "phase");
  if (std::count_if(phases.begin(), phases.end(), greedy) > 1)
    throw ConfigError({text(node->place), "there are two greedy phases", "a replica keeps the solutions of one",
                       "run an experiment for each"});
  if (phases.front().greedy() && start.requirement == Requirement::settled_rank)
    throw ConfigError({text(find(&root, "initialization")->place), "initialization.require has a settled_rank",
                       "the first phase is greedy: it begins at W = 0 and ends alike whatever is drawn",
                       "remove it, or let the first phase train"});
}

std::optional<PhaseSpec> read_compare(const Node& root, const ProblemSpec& problem, const Factorization& model,
                                      const std::vector<PhaseSpec>& phases) {
  const TableReader reader(find(&root, "compare"), "compare", root.place, compare_keys);
  reader.boolean("cold_start");  // of a file of its own; here its type
  if (!reader.boolean("greedy").value_or(false)) {
    for (const std::string_view key : compare_keys)
      if (key != "greedy" && key != "cold_start") reader.forbid(key, "it is of the greedy path", "set greedy = true, or remove it");
    return std::nullopt;
  }
  bool flows = false;
  for (const PhaseSpec& phase : phases) {
    if (!phase.flows() || phase.greedy()) continue;
    flows = true;
    if (phase.observes(problem.observed).measures())
      reader.refuse("greedy", fmt::format("= true is impossible: phase.{} observes measurements", phase.name),
                    "the greedy path is found from observed entries", "observe entries, or remove it");
    if (phase.ridge > 0.0)
      reader.refuse("greedy", fmt::format("= true is impossible: phase.{} has a ridge", phase.name),
                    "the greedy path is that of the data loss alone",
                    fmt::format("set phase.{}.ridge = 0", phase.name));
  }
  if (!flows)
    reader.refuse("greedy", "= true has no effect", "gradient flows are compared, and no phase is one",
                  "set optimizer = 'gradient-flow', or remove it");
  PhaseSpec phase;
  phase.name = "compare";
  read_learning(reader, model, phase);
  phase.greedy_spec.gradient_norm = reader.number("gradient_norm", gradient_share).value_or(phase.greedy_spec.gradient_norm);
  phase.greedy_spec.path_tolerance =
      reader.number("path_tolerance", path_share).value_or(phase.greedy_spec.path_tolerance);
  check_end(reader, phase.greedy_spec);
  return phase;
}

}  // namespace rankfall::config
