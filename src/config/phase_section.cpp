#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "config/limits.hpp"
#include "config/schedule_section.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 29> phase_keys{
    "name",           "kind",              "escape",        "end",   "maximum_rank", "pair",
    "optimizer",      "learning_rate",     "steps",         "batch_size", "sampling",
    "momentum",       "smoothing",         "epsilon",
    "stop",           "loss",              "ridge",         "time",  "relative_tolerance", "absolute_tolerance",
    "maximum_steps",  "observed",          "observed_count", "observed_fraction", "blocks",
    "observed_from",  "target",            "rank",           "spectrum"};
constexpr std::array<std::string_view, 2> objective_keys{"loss", "ridge"};
constexpr std::array<std::string_view, 6> stop_keys{"gradient_norm", "loss",          "plateau",
                                                    "rank_at_most",  "rank_at_least", "blow_up"};
constexpr std::array<Choice<Optimizer>, 5> optimizers{{{"gd", Optimizer::gradient_descent},
                                                       {"sgd", Optimizer::sgd},
                                                       {"gradient-flow", Optimizer::gradient_flow},
                                                       {"momentum", Optimizer::momentum},
                                                       {"group-rmsprop", Optimizer::group_rmsprop}}};
constexpr std::array<Choice<PhaseKind>, 2> phase_kinds{
    {{"training", PhaseKind::training}, {"greedy-low-rank", PhaseKind::greedy_low_rank}}};
constexpr std::array<Choice<Sampling>, 3> samplings{
    {{"uniform", Sampling::uniform}, {"shuffled", Sampling::shuffled}, {"cyclic", Sampling::cyclic}}};
constexpr std::array<Choice<LossKind>, 2> losses{
    {{"mean-squared", LossKind::mean_squared}, {"half-sum-squared", LossKind::half_sum_squared}}};

std::string read_phase_name(const TableReader& reader, const Node& phase, std::size_t position) {
  reader.string("name");
  const std::string name = phase_name(phase, position);
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
  if (name.empty() || !plain) {
    reader.refuse("name", fmt::format("= {} cannot be used", in_quotes(name)),
                  "a phase is addressed as phase.NAME.KEY: letters, digits, - and _ only", "rename the phase");
  }
  return name;
}

// A rank rule that holds for every matrix would end the phase at its first probe.
StopRule read_stop(const TableReader& phase, const std::string& path, int singular_values) {
  const TableReader reader(phase.find("stop"), path, phase.place("stop"), stop_keys);
  StopRule stop;
  stop.gradient_norm = reader.number("gradient_norm", positive);
  stop.loss = reader.number("loss", positive);
  stop.plateau = reader.number("plateau", positive);
  if (const auto rank = reader.integer("rank_at_most", {0, singular_values - 1}))
    stop.rank_at_most = static_cast<int>(*rank);
  if (const auto rank = reader.integer("rank_at_least", {1, singular_values}))
    stop.rank_at_least = static_cast<int>(*rank);
  stop.blow_up = reader.number("blow_up", positive);
  return stop;
}

std::string_view word_of(Optimizer optimizer) {
  return std::find_if(optimizers.begin(), optimizers.end(), [&](const auto& choice) { return choice.meaning == optimizer; })->word;
}

// What the optimizers that remember have of their own.
void read_memory(const TableReader& reader, PhaseSpec& phase) {
  constexpr NumberRule share{[](double x) { return x >= 0.0 && x < 1.0; }, "at least 0 and less than 1"};
  if (phase.optimizer != Optimizer::momentum)
    reader.forbid("momentum", fmt::format("optimizer {} has none", word_of(phase.optimizer)),
                  "remove it, or set optimizer = 'momentum'");
  if (phase.optimizer != Optimizer::group_rmsprop)
    for (const std::string_view key : {"smoothing", "epsilon"})
      reader.forbid(key, "it belongs to the step size of group-rmsprop", "remove it, or set optimizer = 'group-rmsprop'");
  phase.momentum = reader.number("momentum", share).value_or(phase.momentum);
  phase.smoothing = reader.number("smoothing", inside_unit).value_or(phase.smoothing);
  phase.epsilon = reader.number("epsilon", positive).value_or(phase.epsilon);
}

void read_sampling(const TableReader& reader, const ProblemSpec& problem, PhaseSpec& phase) {
  if (phase.optimizer != Optimizer::sgd) {
    for (const std::string_view key : {"batch_size", "sampling"}) {
      reader.forbid(key,
                    fmt::format("optimizer {} uses every observed entry in every step", word_of(phase.optimizer)),
                    "remove it, or set optimizer = 'sgd'");
    }
    return;
  }
  phase.batch_size = static_cast<int>(reader.integer("batch_size", {1, 1'000'000}).value_or(1));
  phase.sampling = reader.choice<Sampling>("sampling", samplings).value_or(Sampling::uniform);
  const ObservationSpec& observed = phase.observes(problem.observed);
  const std::int64_t entries = observed_entries(observed, problem);
  if (phase.sampling != Sampling::uniform && phase.batch_size > entries) {
    reader.refuse("batch_size", fmt::format("= {} is impossible", phase.batch_size),
                  fmt::format("an epoch has only {} {}, each drawn once", entries,
                              observed.measures() ? "measurements" : "observed entries"),
                  "lower it, or set sampling = 'uniform'");
  }
}

void read_length(const TableReader& reader, PhaseSpec& phase) {
  for (const std::string_view key : {"time", "relative_tolerance", "absolute_tolerance", "maximum_steps"})
    reader.forbid(key, "only a gradient flow has it", "remove it, or set optimizer = 'gradient-flow'");
  if (reader.find("learning_rate") == nullptr)
    reader.miss("learning_rate", "there is no default", "add for example learning_rate = 0.05");
  const auto steps = reader.integer("steps", {0, most_steps});
  if (!steps) reader.miss("steps", "there is no default", "add for example steps = 20000");
  phase.steps = *steps;
}

// Learning rate and ridge: the phase's numbers, or its schedules. `common`: the ridge of [objective].
void read_rates(const TableReader& reader, std::optional<double> common, PhaseSpec& phase) {
  const bool steps = !phase.greedy() && !phase.flows();
  for (const std::string_view key : {"learning_rate", "ridge"}) {
    const Node* node = reader.find(key);
    if (node == nullptr || node->as<Table>() == nullptr || (steps && !phase.remembers())) continue;
    reader.refuse(key, "is a schedule", "only phases of gd and sgd change it in between",
                  "write a number, or several phases, or set optimizer = 'sgd'");
  }
  const Course none{{0}, {0.0}};
  const Course rate = steps ? read_course(reader, "learning_rate", positive, phase.steps).value_or(none) : none;
  const auto ridge = read_course(reader, "ridge", not_negative, phase.steps);
  set_courses(rate, ridge.value_or(Course{{0}, {common.value_or(0.0)}}), phase);
}

PhaseSpec read_phase(const Node& node, std::size_t position, const Node& root, const ProblemSpec& problem,
                     const Factorization& model, const PhaseSpec* before, DataFiles& files) {
  const std::string path = fmt::format("phase.{}", phase_name(node, position));
  const TableReader reader(&node, path, node.place, phase_keys);
  const TableReader objective(find(&root, "objective"), "objective", root.place, objective_keys);
  PhaseSpec phase;
  phase.name = read_phase_name(reader, node, position);
  phase.optimizer = reader.choice<Optimizer>("optimizer", optimizers).value_or(Optimizer::gradient_descent);
  phase.kind = reader.choice<PhaseKind>("kind", phase_kinds).value_or(PhaseKind::training);
  if (phase.greedy()) {
    read_greedy_phase(reader, model, phase);
  } else {
    for (const std::string_view key : {"escape", "end", "maximum_rank", "pair"})
      reader.forbid(key, "only a greedy phase has it", "remove it, or set kind = 'greedy-low-rank'");
    if (phase.flows()) read_flow(reader, flow_tolerance_of(root), phase);
    else read_length(reader, phase);
    read_memory(reader, phase);
  }
  const auto loss = objective.choice<LossKind>("loss", losses);
  const auto ridge = objective.number("ridge", not_negative);
  phase.loss = reader.choice<LossKind>("loss", losses).value_or(loss.value_or(LossKind::mean_squared));
  read_rates(reader, ridge, phase);
  phase.target = read_phase_target(reader, problem, files);
  phase.observed = read_phase_observations(reader, problem, before, files);
  read_sampling(reader, problem, phase);
  if (asks_for_double_double(root)) check_double_double(reader, phase);
  if (phase.remembers() && phase.observes(problem.observed).measures())
    reader.refuse("optimizer", fmt::format("= {} has no steps on measurements", in_quotes(std::string(word_of(phase.optimizer)))),
                  "it is compiled for observed entries only", "use gd, sgd or gradient-flow, or observe entries");
  phase.stop = read_stop(reader, path + ".stop", model.singular_values());
  if (phase.greedy()) finish_greedy_phase(reader, problem, phase);
  else if (phase.flows() && !phase.stop.blow_up) phase.stop.blow_up = flow_blow_up(problem, phase.recovers(problem.target));
  return phase;
}

}  // namespace

std::vector<PhaseSpec> read_phases(const Node& root, const ProblemSpec& problem, const Factorization& model,
                                   DataFiles& files) {
  const Node* node = find(&root, "phase");
  if (node != nullptr && node->as<List>() == nullptr) {
    refuse_type(*node, "phase", "a list of tables", "[[phase]] with double brackets");
  }
  if (node == nullptr || node->as<List>()->empty()) {
    throw ConfigError({text(node == nullptr ? root.place : node->place), "there is no [[phase]]",
                       "an experiment trains in at least one phase",
                       "add [[phase]] with optimizer, learning_rate and steps"});
  }
  if (static_cast<std::int64_t>(node->as<List>()->size()) > most_phases) {
    throw ConfigError({text(node->place), "there are too many phases", fmt::format("at most {} are possible", most_phases),
                       "join phases that differ in nothing"});
  }
  std::vector<PhaseSpec> phases;
  for (const Node& element : *node->as<List>()) {
    phases.push_back(read_phase(element, phases.size(), root, problem, model, phases.empty() ? nullptr : &phases.back(), files));
    const std::string& name = phases.back().name;
    const auto twin = std::find_if(phases.begin(), phases.end(), [&](const PhaseSpec& p) { return p.name == name; });
    if (twin != phases.end() - 1) {
      throw ConfigError({text(element.place), fmt::format("two phases are named {}", in_quotes(name)),
                         "a phase is addressed by its name", "rename one of them"});
    }
  }
  if (std::all_of(phases.begin(), phases.end(), [](const PhaseSpec& p) { return p.is_empty(); }))
    throw ConfigError({text(node->place), "no phase has a length", "nothing would be trained",
                       "give at least one phase steps, or time, above 0"});
  return phases;
}

}  // namespace rankfall::config
