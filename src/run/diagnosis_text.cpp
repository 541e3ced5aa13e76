#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "estimate/report_text.hpp"
#include "run/diagnose.hpp"
#include "run/problem_advice.hpp"

namespace rankfall {

namespace {

constexpr std::size_t most_lines = 8;  // of cells or files per finding; the JSON has all
constexpr std::size_t text_width = 110;

// `text` in lines of text_width behind `heading`, further lines under its first word.
std::string paragraph(const std::string& heading, const std::string& text) {
  std::string out, line = heading;
  bool fresh = true;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!fresh && line.size() + 1 + word.size() > text_width) {
      out += line + '\n';
      line.assign(heading.size(), ' ');
      fresh = true;
    }
    line += fresh ? word : ' ' + word;
    fresh = false;
  }
  return out + line + '\n';
}

std::string cell_name(const Experiment& experiment, int cell) {
  const std::string& label = experiment.cells[static_cast<std::size_t>(cell)].label;
  return label.empty() ? fmt::format("cell {}", cell) : label;
}

// "P(jump) 0.0842 [0.0759, 0.0932]"; a bound, of no or all events, needs no interval.
std::string estimate_text(const CellFinding& finding) {
  const Proportion& share = *finding.estimate;
  const int decimals = probability_decimals(share.trials);
  const std::string what = finding.rank ? fmt::format("rank {}", *finding.rank) : "jump";
  const std::string value = probability_text(share, decimals);
  if (share.events == 0 || share.events == share.trials) return fmt::format("P({}) {}", what, value);
  return fmt::format("P({}) {} {}", what, value, interval_text(share, decimals));
}

std::string recount_text(const CellFinding& finding, std::size_t which) {
  const Proportion& recount = finding.recounts[which];
  return probability_text(recount, probability_decimals(recount.trials));
}

std::string events_numbers(const CellFinding& finding) {
  if (finding.of == 0) return "none could fall: nothing is known of P(jump)";
  if (finding.count == 0) return fmt::format("0 of {}: {}", finding.of, estimate_text(finding));
  return fmt::format("{} of {}: {}, +-{:.0f} %", finding.count, finding.of, estimate_text(finding),
                     100.0 * *finding.measure);
}

// What is told of a cell behind its name.
std::string numbers(Problem problem, const CellFinding& finding) {
  const std::string counts = fmt::format("{} of {}", finding.count, finding.of);
  switch (problem) {
    case Problem::damaged_units: return "";
    case Problem::missing_replicas: return counts + " missing";
    case Problem::diverged:
    case Problem::stalled:
    case Problem::unsettled_start:
    case Problem::upward_jumps: return counts;
    case Problem::risen_objective: return fmt::format("{}; median rise {:.3g} times", counts, *finding.measure);
    case Problem::unconverged:
    case Problem::still_moving: return fmt::format("{}, median gradient norm {:.2g}", counts, *finding.measure);
    case Problem::tolerance_decides:
      return fmt::format("{}; at a third of the tolerance {}, at three times {}", estimate_text(finding),
                         recount_text(finding, 0), recount_text(finding, 1));
    case Problem::label_decides:
      if (!finding.estimate) return counts;
      return fmt::format("{}; {}, without labels {}", counts, estimate_text(finding), recount_text(finding, 0));
    case Problem::too_few_events: return events_numbers(finding);
    case Problem::censored: return counts + " times";
    case Problem::selected_starts:
      return fmt::format("{:.3g} draws per replica", static_cast<double>(finding.count) / static_cast<double>(finding.of));
  }
  return "";
}

std::string cell_lines(const Experiment& experiment, const Finding& finding) {
  const std::size_t shown = std::min(most_lines, finding.cells.size());
  std::size_t width = 0;
  for (std::size_t k = 0; k < shown; ++k)
    width = std::max(width, cell_name(experiment, finding.cells[k].cell).size());
  std::string text;
  for (std::size_t k = 0; k < shown; ++k) {
    const CellFinding& cell = finding.cells[k];
    text += fmt::format("    {:<{}}  {}", cell_name(experiment, cell.cell), width, numbers(finding.problem, cell));
    text += cell.example ? fmt::format(" (e.g. replica {}:{})\n", cell.cell, *cell.example) : "\n";
  }
  return text;
}

std::string file_lines(const Finding& finding) {
  std::string text;
  for (std::size_t k = 0; k < std::min(most_lines, finding.files.size()); ++k)
    text += fmt::format("    {}\n", finding.files[k]);
  return text;
}

// A cell may be there more than once, with several ranks.
std::int64_t cells_in(const Finding& finding) {
  std::int64_t count = 0;
  int latest = -1;
  for (const CellFinding& each : finding.cells) {
    count += each.cell != latest ? 1 : 0;
    latest = each.cell;
  }
  return count;
}

std::string block(const Diagnosis& diagnosis, std::size_t which) {
  const Finding& finding = diagnosis.findings[which];
  const std::size_t entries = finding.files.size() + finding.cells.size(), all = diagnosis.experiment.cells.size();
  std::string text = fmt::format("{}. {}", which + 1, problem_title(finding.problem));
  text += finding.files.empty() ? fmt::format(", in {} of {} cell{}\n", cells_in(finding), all, all == 1 ? "" : "s")
                                : fmt::format(": {}\n", counted(static_cast<std::int64_t>(entries), "file"));
  text += finding.files.empty() ? cell_lines(diagnosis.experiment, finding) : file_lines(finding);
  if (entries > most_lines) text += fmt::format("    and {} more\n", entries - most_lines);
  const Advice advice = problem_advice(finding.problem, diagnosis);
  return text + paragraph("  Why it matters: ", advice.why) + paragraph("  What to do: ", advice.remedy) + '\n';
}

// Falls along trajectories: a tolerance is small enough where none comes back and a third of it counts as many.
std::string fall_lines(const Diagnosis& diagnosis) {
  if (diagnosis.falls.empty()) return "";
  std::string text = "Falls at other rank tolerances, along kept trajectories (in brackets: of them, those that came back):\n";
  const std::size_t shown = std::min(most_lines, diagnosis.falls.size());
  std::size_t width = 0;
  for (std::size_t k = 0; k < shown; ++k)
    width = std::max(width, cell_name(diagnosis.experiment, diagnosis.falls[k].cell).size());
  for (std::size_t k = 0; k < shown; ++k) {
    const FallSensitivity& cell = diagnosis.falls[k];
    text += fmt::format("    {:<{}}  of {}:", cell_name(diagnosis.experiment, cell.cell), width, cell.at_risk);
    const char* names[] = {"a tenth", "a third", "as it is", "3 times", "10 times"};
    for (std::size_t f = 0; f < sensitivity_factors.size(); ++f)
      text += fmt::format("{} {} {} ({})", f == 0 ? "" : ",", names[f], cell.at[f].fallen, cell.at[f].returned);
    text += "\n";
  }
  if (diagnosis.falls.size() > shown) text += fmt::format("    and {} more\n", diagnosis.falls.size() - shown);
  return text + '\n';
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis) {
  const Experiment& experiment = diagnosis.experiment;
  std::string text = fmt::format("{}: {}, {} of {} replicas\n\n", experiment.name,
                                 counted(static_cast<std::int64_t>(experiment.cells.size()), "cell"),
                                 diagnosis.replicas_done,
                                 experiment.replicas * static_cast<std::int64_t>(experiment.cells.size()));
  text += threshold_lines(experiment, diagnosis.thresholds);
  for (std::size_t k = 0; k < diagnosis.findings.size(); ++k) text += block(diagnosis, k);
  text += fall_lines(diagnosis);
  if (!diagnosis.not_recounted.empty())
    text += fmt::format("Not checked: ranks at other tolerances in {} (quenched ranks, or missing replicas of "
                        "per-replica targets).\n",
                        counted(static_cast<std::int64_t>(diagnosis.not_recounted.size()), "cell"));
  if (diagnosis.findings.empty()) return text + "no problems detected\n";
  return text + counted(static_cast<std::int64_t>(diagnosis.findings.size()), "problem") + " detected\n";
}

}  // namespace rankfall
