// The precision of training: what asks for more than float32, and what there is not in double-double.
#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {

bool asks_for_double_double(const Node& root) {
  const Node* given = find(&root, "precision");
  const std::string* word = given == nullptr ? nullptr : given->as<std::string>();
  return word != nullptr && *word == precision_name(Precision::double_double);
}

const NumberRule& flow_tolerance_of(const Node& root) {
  return asks_for_double_double(root) ? fine_flow_tolerance : flow_tolerance_below_float64;
}

void check_double_double(const TableReader& reader, const PhaseSpec& phase) {
  if (phase.greedy())
    reader.refuse("kind", "= 'greedy-low-rank' is not to be had in double-double", "its paths are followed in float64",
                  "set precision = 'float64', or kind = 'training'");
  if (phase.optimizer != Optimizer::gradient_descent && !phase.flows())
    reader.refuse("optimizer", "has no steps in double-double", "only gd and gradient-flow are compiled for it",
                  "use one of them, or set precision = 'float64'");
}

void settle_precision(const Node& root, Experiment& experiment) {
  const auto flows = [](const Cell& cell) {
    return std::any_of(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& phase) { return phase.flows(); });
  };
  const auto compares = [](const Cell& cell) { return cell.greedy_path.has_value(); };
  if (experiment.precision == Precision::double_double &&
      std::any_of(experiment.cells.begin(), experiment.cells.end(), compares))
    throw ConfigError({text(find(&root, "compare")->place), "compare.greedy is not to be had in double-double",
                       "the greedy path is followed in float64", "set precision = 'float64', or remove it"});
  if (experiment.precision != Precision::float32 ||
      std::none_of(experiment.cells.begin(), experiment.cells.end(), flows))
    return;
  const Node* given = find(&root, "precision");
  if (given != nullptr)
    throw ConfigError({text(given->place), "precision = 'float32' is too coarse for a gradient flow",
                       "what its error control looks at is beneath the rounding of float32",
                       "write precision = 'float64', or leave it out"});
  experiment.precision = Precision::float64;
}

}  // namespace rankfall::config
