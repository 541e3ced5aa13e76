#include "run/nuclear.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

namespace {

void refuse_measurements(const Experiment& experiment) {
  for (const Cell& cell : experiment.cells)
    if (cell.phases.back().observes(cell.problem.observed).measures())
      throw ConfigError({experiment.name, "there is nothing to complete",
                         "the last phase observes measurements, and the minimum is found among completions of observed entries",
                         "observe entries"});
}

NuclearReport report_of(Experiment experiment, const CompletionOptions& options, int starts,
                        const RunResults* results) {
  refuse_measurements(experiment);
  NuclearReport report{std::move(experiment), options, starts, results != nullptr, {}, {}, 0};
  const Goals replicas =
      results != nullptr ? replicas_in(*results) : Goals(report.experiment.cells.size(), report.experiment.replicas);
  report.cells = solve_references(report.experiment, replicas, options);
  add_local_costs(report.experiment, starts, options.threads, report.cells);
  std::set<int> unreached;
  for (std::size_t c = 0; c < report.cells.size(); ++c) {
    report.comparisons.push_back(
        compare(report.cells[c], results != nullptr ? comparable(report.experiment, (*results)[c]) : nullptr));
    for (const Reference& reference : report.cells[c].problems)
      if (!reference.reached(options.tolerance)) unreached.insert(reference.number);
  }
  report.unreached = static_cast<std::int64_t>(unreached.size());
  return report;
}

std::string ranks_text(const std::map<int, std::int64_t>& ranks) {
  if (ranks.size() == 1) return fmt::format("{}", ranks.begin()->first);
  std::vector<std::string> parts;
  for (const auto& [rank, count] : ranks) parts.push_back(fmt::format("{}: {}", rank, count));
  return fmt::format("{}", fmt::join(parts, "  "));
}

std::string spectrum_text(const std::vector<double>& values) {
  constexpr std::size_t shown = 6;
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < std::min(shown, values.size()); ++k) parts.push_back(fmt::format("{:.4g}", values[k]));
  return fmt::format("{}{}", fmt::join(parts, " "), values.size() > shown ? " ..." : "");
}

// "0-3, 7": cells that have the same problem.
std::string cells_text(const std::vector<int>& cells) {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < cells.size();) {
    std::size_t end = k;
    while (end + 1 < cells.size() && cells[end + 1] == cells[end] + 1) ++end;
    parts.push_back(end == k ? fmt::format("{}", cells[k]) : fmt::format("{}-{}", cells[k], cells[end]));
    k = end + 1;
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// A row: cells that share a problem, or a cell whose replicas have one each.
std::string problem_table(const NuclearReport& report) {
  std::map<std::pair<int, int>, std::vector<int>> rows;  // number of the (first) problem, how many -> cells
  for (const CellReferences& cell : report.cells)
    if (!cell.problems.empty())
      rows[{cell.problems.front().number, static_cast<int>(cell.problems.size())}].push_back(cell.cell);
  std::vector<std::vector<std::string>> texts;
  for (const auto& [key, cells] : rows) {
    const NuclearComparison& all = report.comparisons[static_cast<std::size_t>(cells.front())];
    const Reference& first = report.cells[static_cast<std::size_t>(cells.front())].problems.front();
    texts.push_back({cells_text(cells), fmt::format("{}", all.problems),
                     fmt::format("{} x {}", first.problem.rows, first.problem.columns),
                     fmt::format("{}", first.problem.entries.size()), fmt::format("{:.10g}", all.lower),
                     fmt::format("{:.10g}", all.minimum), fmt::format("{:.1e}", all.relative_gap),
                     ranks_text(all.ranks), all.unobserved_error ? fmt::format("{:.4g}", *all.unobserved_error) : "-",
                     all.problems == 1 ? spectrum_text(first.minimum.singular_values) : "-"});
  }
  return text_table({{"cells"},
                     {"problems"},
                     {"size"},
                     {"observed"},
                     {"norm at least"},
                     {"at most"},
                     {"gap"},
                     {"rank"},
                     {"unobserved error"},
                     {"singular values", Alignment::left}},
                    texts);
}

std::string trained_table(const NuclearReport& report) {
  std::vector<std::vector<std::string>> texts;
  for (std::size_t c = 0; c < report.cells.size(); ++c) {
    const NuclearComparison& all = report.comparisons[c];
    const std::string& label = report.experiment.cells[c].label;
    std::vector<std::string> row{fmt::format("{}", c), label.empty() ? "(no sweep)" : label,
                                 fmt::format("{}", all.compared)};
    for (const int number : {0, 1, 2})
      row.push_back(all.ratio ? fmt::format("{:.6g}", (*all.ratio)[static_cast<std::size_t>(number)]) : "-");
    texts.push_back(std::move(row));
  }
  return "\nTrained replicas that did not diverge: their ||W||_* over the minimum (below 1 is possible where W does "
         "not fit).\n" +
         text_table({{"cell"}, {"", Alignment::left}, {"n"}, {"quartile"}, {"median"}, {"quartile"}}, texts);
}

std::string cost_table(const NuclearReport& report) {
  std::vector<TextColumn> columns{
      {"cell"}, {"", Alignment::left}, {"depth"}, {"local cost"}, {"starts that reached it"}};
  if (report.has_trained) columns.insert(columns.end(), {{"quartile"}, {"median"}, {"quartile"}});
  std::vector<std::vector<std::string>> texts;
  for (std::size_t c = 0; c < report.cells.size(); ++c) {
    const NuclearComparison& all = report.comparisons[c];
    const Cell& cell = report.experiment.cells[c];
    std::vector<std::string> row{fmt::format("{}", c), cell.label.empty() ? "(no sweep)" : cell.label,
                                 fmt::format("{}", cell.model.depth),
                                 all.local_cost ? fmt::format("{:.8g}", *all.local_cost) : "-",
                                 all.local_cost ? fmt::format("{} of {}", all.cost_reached, all.cost_starts) : "-"};
    for (std::size_t number = 0; report.has_trained && number < 3; ++number)
      row.push_back(all.cost_ratio ? fmt::format("{:.6g}", (*all.cost_ratio)[number]) : "-");
    texts.push_back(std::move(row));
  }
  return fmt::format(
             "\nLeast sum of ||W_l||_F^2 that fits what is observed, as found: local minima, without proof of being "
             "the least{}.\n",
             report.has_trained ? ";\nthen that of trained replicas over it" : "") +
         text_table(columns, texts);
}

}  // namespace

NuclearReport nuclear_report(Experiment experiment, const CompletionOptions& options, int starts) {
  return report_of(std::move(experiment), options, starts, nullptr);
}

NuclearReport nuclear_report(StoredRun run, const CompletionOptions& options, int starts) {
  return report_of(std::move(run.experiment), options, starts, &run.results);
}

std::string nuclear_text(const NuclearReport& report) {
  const bool many = std::any_of(report.comparisons.begin(), report.comparisons.end(),
                                [](const NuclearComparison& all) { return all.problems > 1; });
  std::string text = fmt::format(
      "{}: completions of minimum nuclear norm of what the last phase observes{}.\n"
      "norm: proven bounds and their relative gap; rank: singular values above 1e-4 of the largest.\n",
      report.experiment.name, many ? "; medians over problems, the largest gap" : "");
  text += problem_table(report);
  if (report.unreached > 0)
    text += fmt::format("{} did not reach the tolerance {:g}: their gap is what it says.\n",
                        counted(report.unreached, "problem"), report.options.tolerance);
  if (report.has_trained) text += trained_table(report);
  if (report.starts > 0) text += cost_table(report);
  return text;
}

}  // namespace rankfall
