#include "estimate/splitting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {

double SplittingEstimate::product(std::size_t k) const {
  const SplittingRepetition& repetition = repetitions[k];
  double product = 1.0;
  for (std::size_t level = 0; level < repetition.size(); ++level) {
    const std::int64_t trials = level == 0 ? started[k] : replicas;
    product *= static_cast<double>(repetition[level]) / static_cast<double>(trials);
  }
  return product;
}

RareProbability probability_of(const SplittingEstimate& estimate, double confidence) {
  const std::size_t count = estimate.probabilities.size();
  double sum = 0.0, squares = 0.0;
  for (const double own : estimate.probabilities) sum += own;
  RareProbability found{sum / static_cast<double>(count), std::numeric_limits<double>::quiet_NaN(), {}};
  for (const double own : estimate.probabilities) squares += std::pow(own - found.value, 2.0);
  if (count < 2 || sum == 0.0) return found;
  const auto n = static_cast<double>(count);
  const double error = std::sqrt(squares / (n - 1.0) / n);
  const boost::math::students_t law(n - 1.0);
  const double t = boost::math::quantile(boost::math::complement(law, (1.0 - confidence) / 2.0));
  found.relative_error = error / found.value;
  found.interval = {std::max(0.0, found.value - t * error), std::min(1.0, found.value + t * error)};
  return found;
}

std::string splitting_table(const Experiment& experiment, const std::vector<SplittingEstimate>& estimates) {
  std::vector<TextColumn> columns;
  for (const std::string& name : told_names(experiment)) columns.push_back({name});
  for (const char* title : {"rank", "levels", "P(fall)", "interval", "rel. error", "replica-steps"}) columns.push_back({title});
  std::vector<std::vector<std::string>> rows;
  for (const SplittingEstimate& estimate : estimates) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const SweepValue& value : told_values(experiment, experiment.cells[static_cast<std::size_t>(estimate.cell)]))
      row.push_back(swept_text(value));
    const RareProbability found = probability_of(estimate, experiment.estimate.confidence);
    row.push_back(fmt::format("{}", estimate.rank));
    row.push_back(estimate.levels.empty() ? "-" : fmt::format("{}", estimate.levels.size()));
    if (found.value > 0.0)
      row.insert(row.end(), {fmt::format("{:.3g}", found.value), fmt::format("[{:.3g}, {:.3g}]", found.interval.low, found.interval.high),
                             fmt::format("{:.2g}", found.relative_error)});
    else row.insert(row.end(), {"none came down", "-", "-"});
    row.push_back(fmt::format("{:.3g}", estimate.replica_steps));
  }
  const std::size_t repetitions = estimates.empty() ? 0 : estimates.front().probabilities.size();
  const std::int64_t replicas = estimates.empty() ? 0 : estimates.front().replicas;
  return fmt::format(
             "P(fall): a probe of the last phase finds the rank below that of its start; {} {} of {} replicas,\n{} intervals from "
             "Student's t over them.\n",
             counted(static_cast<std::int64_t>(repetitions), "independent repetition"),
             estimates.empty() || estimates.front().levels.empty() ? "of a weighted ensemble" : "of multilevel splitting", replicas,
             percent_text(experiment.estimate.confidence)) +
         text_table(columns, rows);
}

std::string splitting_csv(const Experiment& experiment, const std::vector<SplittingEstimate>& estimates) {
  std::vector<std::string> names = swept_names(experiment);
  names.insert(names.end(), {"cell", "rank", "p_fall", "p_fall_low", "p_fall_high", "relative_error", "levels", "replicas",
                             "repetitions", "started_elsewhere", "replica_steps"});
  std::string text = csv_line(names);
  for (const SplittingEstimate& estimate : estimates) {
    std::vector<std::string> fields;
    for (const SweepValue& value : swept_values(experiment, experiment.cells[static_cast<std::size_t>(estimate.cell)])) {
      const auto* number = std::get_if<double>(&value);
      fields.push_back(number != nullptr ? fmt::format("{}", *number) : std::get<std::string>(value));
    }
    const RareProbability found = probability_of(estimate, experiment.estimate.confidence);
    const bool known = found.value > 0.0;
    const auto number = [&](double x) { return known ? fmt::format("{}", x) : std::string(); };
    fields.insert(fields.end(), {fmt::format("{}", estimate.cell), fmt::format("{}", estimate.rank), fmt::format("{}", found.value),
                                 number(found.interval.low), number(found.interval.high), number(found.relative_error),
                                 fmt::format("{}", estimate.levels.size()), fmt::format("{}", estimate.replicas),
                                 fmt::format("{}", estimate.probabilities.size()),
                                 fmt::format("{}", estimate.started_elsewhere), fmt::format("{}", estimate.replica_steps)});
    text += csv_line(fields);
  }
  return text;
}

}  // namespace rankfall
