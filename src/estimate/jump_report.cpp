#include "estimate/jump_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "estimate/intervals.hpp"
#include "estimate/report_text.hpp"
#include "estimate/swept_table.hpp"

namespace rankfall {
namespace {

using Row = std::vector<std::string>;

std::string under(const std::string& caption, const SweptTable& table) {
  const std::string text = table.text("summary.csv");
  return text.empty() ? "" : "\n" + caption + "\n" + text;
}

// None seen is a bound, not 0.
std::string rate_text(const Rate& rate) {
  return rate.events > 0 ? fmt::format("{:.3g}", rate.value()) : fmt::format("< {:.2g}", rate.interval.high);
}

std::string interval_text(const Rate& rate) { return fmt::format("[{:.3g}, {:.3g}]", rate.interval.low, rate.interval.high); }

std::string p_text(const std::optional<double>& p) {
  if (!p) return "-";
  return *p < 1e-4 ? "< 0.0001" : fmt::format("{:.4f}", *p);
}

std::string rate_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  SweptTable table(experiment, {"falls", "rate", "interval", "lag", "rate behind it", "interval", "p(constant)"});
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.waiting) continue;
    const WaitingEstimate& waiting = *estimate.waiting;
    Row row{fmt::format("{}", waiting.overall.events), rate_text(waiting.overall), interval_text(waiting.overall)};
    if (waiting.settled_from > 0.0)
      row.insert(row.end(), {fmt::format("{:.4g}", waiting.lag), rate_text(waiting.settled), interval_text(waiting.settled)});
    else row.insert(row.end(), {"0", "-", "-"});
    row.push_back(p_text(waiting.p_value));
    table.add(estimate.cell, row);
  }
  return under(fmt::format("First falls per step at risk; {} exact Poisson intervals. lag: where the exponential law begins that the\n"
                           "waiting times end with; 0: at the start.",
                           percent_text(experiment.estimate.confidence)),
               table);
}

std::string fall_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  std::set<int> ranks;
  for (const CellEstimate& estimate : estimates)
    for (const auto& [rank, fall] : estimate.fallen_to) ranks.insert(rank);
  if (ranks.size() < 2) return "";
  SweptTable table(experiment, {"to rank", "first falls", "incidence", "interval"});
  for (const CellEstimate& estimate : estimates)
    for (const auto& [rank, fall] : estimate.fallen_to)
      table.add(estimate.cell, {fmt::format("{}", rank), fmt::format("{}", fall.events), fmt::format("{:.4g}", fall.incidence),
                                fmt::format("[{:.4g}, {:.4g}]", fall.interval.low, fall.interval.high)});
  return under("Where first falls lead (Aalen-Johansen, by the horizon; divergence competes):", table);
}

std::string end_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  std::set<int> starts;
  for (const CellEstimate& estimate : estimates)
    for (const auto& [ranks, share] : estimate.ended_from) starts.insert(ranks.first);
  if (starts.size() < 2) return "";
  SweptTable table(experiment, {"start rank", "final rank", "replicas", "share", "interval"});
  for (const CellEstimate& estimate : estimates)
    for (const auto& [ranks, share] : estimate.ended_from) {
      const int decimals = probability_decimals(share.trials);
      table.add(estimate.cell, {fmt::format("{}", ranks.first), fmt::format("{}", ranks.second), fmt::format("{}", share.events),
                                probability_text(share, decimals), rankfall::interval_text(share, decimals)});
    }
  return under("Final rank by the rank at the start of the last phase:", table);
}

std::string barrier_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  SweptTable table(experiment, {"cells", "falls", "V", "interval", "a", "p(fit)"});
  std::set<std::pair<double, double>> told;  // a fit stands once, at its first cell
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.barrier || !told.insert({estimate.barrier->height, estimate.barrier->intercept}).second) continue;
    const BarrierEstimate& fit = *estimate.barrier;
    table.add(estimate.cell, {fmt::format("{}", fit.cells), fmt::format("{}", fit.events), fmt::format("{:.4g}", fit.height),
                              fmt::format("[{:.4g}, {:.4g}]", fit.interval.low, fit.interval.high),
                              fmt::format("{:.4g}", fit.intercept), p_text(fit.p_value)});
  }
  return under("Arrhenius law of the settled rates along the learning rate (first cell of each): ln(rate) = a - V / learning rate.", table);
}

std::string quality_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  SweptTable table(experiment, {"first falls", "good", "interval", "error before", "after", "to rank 0", "interval"});
  const auto error = [](const std::optional<double>& median) { return median ? fmt::format("{:.4g}", *median) : "-"; };
  for (const CellEstimate& estimate : estimates) {
    const FallQuality& quality = estimate.fall_quality;
    if (quality.good.trials == 0 && quality.over_collapsed.events == 0) continue;
    const int decimals = probability_decimals(quality.good.trials), of_risk = probability_decimals(quality.over_collapsed.trials);
    table.add(estimate.cell, {fmt::format("{}", quality.good.trials), probability_text(quality.good, decimals),
                              rankfall::interval_text(quality.good, decimals), error(quality.error_before),
                              error(quality.error_after), probability_text(quality.over_collapsed, of_risk),
                              rankfall::interval_text(quality.over_collapsed, of_risk)});
  }
  return under("Good falls: first falls to a rank above 0 after which the error of unobserved entries is smaller than at the start\n"
               "of the phase (before, after: medians). To rank 0: of replicas at risk, sooner or later.",
               table);
}

template <class Map>
auto keys_of(const std::vector<CellEstimate>& estimates, Map CellEstimate::*map) {
  std::set<typename Map::key_type> keys;
  for (const CellEstimate& estimate : estimates)
    for (const auto& [key, value] : estimate.*map) keys.insert(key);
  return std::vector<typename Map::key_type>(keys.begin(), keys.end());
}

void add_rate(std::vector<std::optional<double>>& fields, const Rate* rate) {
  if (rate == nullptr) {
    fields.insert(fields.end(), {std::nullopt, std::nullopt, std::nullopt, 0.0, 0.0});
    return;
  }
  fields.push_back(rate->value());
  fields.push_back(rate->interval.low);
  fields.push_back(rate->interval.high);
  fields.push_back(static_cast<double>(rate->events));
  fields.push_back(rate->exposure);
}

// Without trials there is no share.
void add_share(std::vector<std::optional<double>>& fields, const Proportion& share) {
  if (share.trials == 0) fields.insert(fields.end(), 3, std::nullopt);
  else fields.insert(fields.end(), {share.value(), share.interval.low, share.interval.high});
  fields.insert(fields.end(), {static_cast<double>(share.events), static_cast<double>(share.trials)});
}

}  // namespace

std::string jump_tables(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (question_of(experiment) != Question::jumps) return "";
  return rate_table(experiment, estimates) + fall_table(experiment, estimates) + end_table(experiment, estimates) +
         quality_table(experiment, estimates) + barrier_table(experiment, estimates);
}

JumpColumns jump_columns(const std::vector<CellEstimate>& estimates) {
  return {keys_of(estimates, &CellEstimate::fallen_to), keys_of(estimates, &CellEstimate::ended_from)};
}

std::vector<std::string> JumpColumns::names() const {
  std::vector<std::string> all;
  for (const char* rate : {"rate", "settled_rate"})
    for (const char* suffix : {"", "_low", "_high", "_events", "_exposure"}) all.push_back(fmt::format("{}{}", rate, suffix));
  all.insert(all.end(), {"settled_from", "lag", "constant_rate_p_value"});
  for (const int rank : fallen_to)
    for (const char* suffix : {"", "_low", "_high", "_events"}) all.push_back(fmt::format("fall_to_{}{}", rank, suffix));
  for (const auto& [start, end] : ended_from)
    for (const char* suffix : {"", "_low", "_high", "_events", "_trials"})
      all.push_back(fmt::format("p_end_{}_from_{}{}", end, start, suffix));
  for (const char* share : {"p_good_fall", "p_over_collapse"})
    for (const char* suffix : {"", "_low", "_high", "_events", "_trials"}) all.push_back(fmt::format("{}{}", share, suffix));
  all.insert(all.end(), {"fall_error_before", "fall_error_after"});
  for (const char* name : {"barrier", "barrier_low", "barrier_high", "barrier_intercept", "barrier_cells", "barrier_p_value"})
    all.push_back(name);
  return all;
}

std::vector<std::optional<double>> JumpColumns::fields(const CellEstimate& estimate, const EstimateSpec& spec) const {
  std::vector<std::optional<double>> all;
  const auto& waiting = estimate.waiting;
  add_rate(all, waiting ? &waiting->overall : nullptr);
  add_rate(all, waiting ? &waiting->settled : nullptr);
  if (waiting) all.insert(all.end(), {waiting->settled_from, waiting->lag, waiting->p_value});
  else all.insert(all.end(), 3, std::nullopt);
  for (const int rank : fallen_to) {
    const auto found = estimate.fallen_to.find(rank);
    if (found == estimate.fallen_to.end()) {
      const Proportion none = proportion(0, estimate.jump.trials, spec);
      if (none.trials == 0) all.insert(all.end(), 3, std::nullopt);
      else all.insert(all.end(), {0.0, none.interval.low, none.interval.high});
      all.push_back(0.0);
      continue;
    }
    const FallEstimate& fall = found->second;
    all.insert(all.end(), {fall.incidence, fall.interval.low, fall.interval.high, static_cast<double>(fall.events)});
  }
  for (const auto& ranks : ended_from) {
    const auto found = estimate.ended_from.find(ranks);
    std::int64_t trials = 0;
    for (const auto& [other, share] : estimate.ended_from)
      if (other.first == ranks.first) trials = share.trials;
    add_share(all, found != estimate.ended_from.end() ? found->second : proportion(0, trials, spec));
  }
  add_share(all, estimate.fall_quality.good);
  add_share(all, estimate.fall_quality.over_collapsed);
  all.insert(all.end(), {estimate.fall_quality.error_before, estimate.fall_quality.error_after});
  const auto& fit = estimate.barrier;
  if (!fit) all.insert(all.end(), 6, std::nullopt);
  else all.insert(all.end(), {fit->height, fit->interval.low, fit->interval.high, fit->intercept, static_cast<double>(fit->cells), fit->p_value});
  return all;
}

std::string rate_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  const auto any = [&](auto has) { return std::any_of(estimates.begin(), estimates.end(), has); };
  if (question_of(experiment) != Question::jumps || !any([](const CellEstimate& e) { return e.waiting.has_value(); })) return "";
  std::string text =
      " Rates of first falls are events over steps at risk, an event at the middle of its probe interval, with exact Poisson "
      "intervals (Garwood 1936); a dead time is cut off at the last upward step of the rate that is significant at 5 % "
      "(supremum of likelihood ratios, Andrews 1993), and constancy from there on is tested by chi-squared in windows of equal exposure.";
  if (any([](const CellEstimate& e) { return e.fallen_to.size() > 1; }))
    text += " Ranks that first falls lead to are competing risks (Aalen-Johansen).";
  if (any([](const CellEstimate& e) { return e.fall_quality.good.trials > 0; }))
    text += " A first fall to a rank above 0 is good if the error of unobserved entries is smaller at the first probe after it than where "
            "the old rank began.";
  if (any([](const CellEstimate& e) { return e.barrier.has_value(); }))
    text += " ln(rate) against 1 / learning rate is a Poisson regression on the settled rates.";
  return text;
}

}  // namespace rankfall
