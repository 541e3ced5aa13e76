#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "estimate/cold_start.hpp"
#include "estimate/absorption.hpp"
#include "estimate/coupling.hpp"
#include "estimate/edge_table.hpp"
#include "estimate/greedy.hpp"
#include "estimate/jump_report.hpp"
#include "estimate/plateaus.hpp"
#include "estimate/report.hpp"
#include "estimate/report_text.hpp"
#include "estimate/search.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {
namespace {

constexpr std::size_t most_cells = 40;

using Row = std::vector<std::string>;

struct TableText {
  std::vector<TextColumn> columns;
  std::vector<Row> rows;
};

// What decides the columns and digits of the whole table.
struct TableStyle {
  int decimals = 3;  // of probabilities, enough for the largest cell
  bool shows_diverged = false;
  bool shows_error = false;
};

constexpr auto error_index = static_cast<std::size_t>(Observable::unobserved_error);

TableStyle style_of(const std::vector<CellEstimate>& estimates) {
  TableStyle style;
  for (const CellEstimate& estimate : estimates) {
    style.decimals = std::max(style.decimals, probability_decimals(estimate.replicas));
    style.shows_diverged = style.shows_diverged || estimate.diverged.events > 0;
    style.shows_error = style.shows_error || estimate.median[error_index].has_value();
  }
  return style;
}

Row leading_texts(const Experiment& experiment, const CellEstimate& estimate) {
  Row texts;
  for (const SweepValue& value : told_values(experiment, experiment.cells.at(estimate.cell))) {
    texts.push_back(swept_text(value));
  }
  texts.push_back(fmt::format("{}", estimate.replicas));
  return texts;
}

std::string beyond(double last_time) { return fmt::format("> {}", last_time); }

// "14250 [14100, 14400]"; a median that was not reached lies beyond the longest time anybody was followed.
std::string passage_text(const SurvivalCurve& curve) {
  if (curve.censored == 0 && curve.time.empty()) return "-";
  if (!curve.median) return beyond(curve.last_time);
  return fmt::format("{} [{}, {}]", *curve.median, curve.median_low.value_or(0.0),
                     curve.median_high ? fmt::format("{}", *curve.median_high) : beyond(curve.last_time));
}

// A share that rounds to 0 or 100 % without being it says so.
std::string share_text(std::int64_t count, std::int64_t total) {
  if (count == total) return "all";
  const double percent = 100.0 * static_cast<double>(count) / static_cast<double>(total);
  if (percent < 0.05) return "<0.1%";
  if (percent >= 99.95) return ">99.9%";
  return fmt::format("{:4.1f}%", percent);
}

// "1: 62.1%  2: 37.9%"; of more than four ranks, the three most frequent and the rest together.
std::string histogram_text(const std::map<int, Proportion>& histogram) {
  if (histogram.empty()) return "-";
  std::vector<std::pair<int, Proportion>> shown(histogram.begin(), histogram.end());
  if (shown.size() > 4) {
    const auto more_events = [](const auto& a, const auto& b) { return a.second.events > b.second.events; };
    std::stable_sort(shown.begin(), shown.end(), more_events);
    shown.resize(3);
    std::sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  const std::int64_t total = shown.front().second.trials;
  std::int64_t rest = total;
  Row parts;
  for (const auto& [rank, share] : shown) {
    parts.push_back(fmt::format("{}: {}", rank, share_text(share.events, total)));
    rest -= share.events;
  }
  if (rest > 0) parts.push_back(fmt::format("other: {}", share_text(rest, total)));
  return fmt::format("{}", fmt::join(parts, "  "));
}

// Of ||W||_* over its minimum; no number without a proof, so it is empty where the bounds lie too far apart to show it.
std::string norm_text(const CellEstimate& estimate) {
  if (!estimate.nuclear || !estimate.nuclear->ratio) return "-";
  return estimate.nuclear->relative_gap <= 1e-4 ? fmt::format("{:.4f}", (*estimate.nuclear->ratio)[1]) : "unproven";
}

// Of the completions of minimum nuclear norm, beside that of what was trained.
std::string norm_error_text(const CellEstimate& estimate) {
  if (!estimate.nuclear || !estimate.nuclear->unobserved_error) return "-";
  return fmt::format("{:.4g}", *estimate.nuclear->unobserved_error);
}

std::vector<TextColumn> leading_columns(const Experiment& experiment) {
  std::vector<TextColumn> columns;
  for (const std::string& name : told_names(experiment)) columns.push_back({name});
  columns.push_back({"n"});
  return columns;
}

TableText jump_table(const Experiment& experiment, const std::vector<CellEstimate>& shown, const TableStyle& style) {
  TableText table{leading_columns(experiment), {}};
  for (const char* title : {"can fall", "P(jump)", "interval", "up"}) table.columns.push_back({title});
  if (style.shows_diverged) table.columns.push_back({"diverged"});
  if (experiment.estimate.nuclear_norm) table.columns.push_back({"|W|*/min"});
  table.columns.push_back({"median first passage"});
  table.columns.push_back({"final rank", Alignment::left});
  for (const CellEstimate& estimate : shown) {
    Row row = leading_texts(experiment, estimate);
    row.push_back(fmt::format("{}", estimate.jump.trials));
    row.push_back(probability_text(estimate.jump, style.decimals));
    row.push_back(interval_text(estimate.jump, style.decimals));
    row.push_back(fmt::format("{}", estimate.jump_up.events));
    if (style.shows_diverged) row.push_back(fmt::format("{}", estimate.diverged.events));
    if (experiment.estimate.nuclear_norm) row.push_back(norm_text(estimate));
    row.push_back(passage_text(estimate.first_passage));
    row.push_back(histogram_text(estimate.final_rank));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// One line per rank that occurs in a cell; what concerns the whole cell stands on its first line.
void add_rank_rows(TableText& table, Row leading, const CellEstimate& estimate, int decimals) {
  if (estimate.final_rank.empty()) {
    leading.insert(leading.end(), {"-", "-", "-"});
    table.rows.push_back(std::move(leading));
    return;
  }
  for (const auto& [rank, share] : estimate.final_rank) {
    Row row = std::exchange(leading, Row(leading.size()));
    row.push_back(fmt::format("{}", rank));
    row.push_back(probability_text(share, decimals));
    row.push_back(interval_text(share, decimals));
    table.rows.push_back(std::move(row));
  }
}

TableText rank_table(const Experiment& experiment, const std::vector<CellEstimate>& shown, const TableStyle& style) {
  TableText table{leading_columns(experiment), {}};
  table.columns.push_back({"converged"});
  if (style.shows_diverged) table.columns.push_back({"diverged"});
  if (style.shows_error) table.columns.push_back({"unobserved error"});
  if (style.shows_error && experiment.estimate.nuclear_norm) table.columns.push_back({"at min |W|*"});
  if (experiment.estimate.nuclear_norm) table.columns.push_back({"|W|*/min"});
  for (const char* title : {"rank", "P(rank)", "interval"}) table.columns.push_back({title});
  for (const CellEstimate& estimate : shown) {
    Row leading = leading_texts(experiment, estimate);
    leading.push_back(probability_text(estimate.converged, style.decimals));
    if (style.shows_diverged) leading.push_back(fmt::format("{}", estimate.diverged.events));
    if (style.shows_error) {
      const auto& error = estimate.median[error_index];
      leading.push_back(error ? fmt::format("{:.4g}", *error) : "-");
      if (experiment.estimate.nuclear_norm) leading.push_back(norm_error_text(estimate));
    }
    if (experiment.estimate.nuclear_norm) leading.push_back(norm_text(estimate));
    add_rank_rows(table, std::move(leading), estimate, style.decimals);
  }
  return table;
}

std::string caption(const Experiment& experiment, Question question, const TableStyle& style) {
  const std::string intervals = fmt::format("{} {} intervals", percent_text(experiment.estimate.confidence),
                                            interval_name(experiment.estimate.interval));
  const char* norms = experiment.estimate.nuclear_norm
                          ? "|W|*/min: nuclear norm over its proven minimum among all that fits what is observed; median.\n"
                          : "";
  if (question == Question::jumps) {
    return fmt::format("P(jump): the rank falls below its value at the start of the last phase; {}.\n"
                       "can fall: replicas of which that is possible; up: replicas whose rank rose.\n{}", intervals, norms);
  }
  const char* errors = experiment.estimate.nuclear_norm
                           ? "; unobserved error: median; at min |W|*: of the completion of minimum nuclear norm"
                           : "; unobserved error: median";
  return fmt::format("P(rank) among replicas that did not diverge{}; {}.\n{}", style.shows_error ? errors : "", intervals,
                     norms);
}

std::string unfinished_note(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  std::int64_t done = 0;
  for (const CellEstimate& estimate : estimates) done += estimate.replicas;
  const std::int64_t asked = experiment.replicas * static_cast<std::int64_t>(experiment.cells.size());
  return done < asked ? fmt::format("Unfinished: {} of {} replicas so far.\n", done, asked) : "";
}

}  // namespace

std::string summary_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  const std::size_t count = std::min(estimates.size(), most_cells);
  const std::vector<CellEstimate> shown(estimates.begin(), estimates.begin() + static_cast<std::ptrdiff_t>(count));
  const TableStyle style = style_of(shown);
  const Question question = question_of(experiment);
  const TableText table =
      question == Question::jumps ? jump_table(experiment, shown, style) : rank_table(experiment, shown, style);
  return caption(experiment, question, style) + text_table(table.columns, table.rows) +
         rest_in_csv(estimates.size() - count, "cell") + jump_tables(experiment, estimates) + edge_table(experiment, estimates) +
         greedy_table(experiment, estimates) +
         plateau_table(experiment, estimates) + coupling_table(experiment, estimates) +
         absorption_table(experiment, estimates) +
         cold_start_table(experiment, estimates) + search_table(experiment, estimates) +
         unfinished_note(experiment, estimates);
}

}  // namespace rankfall
