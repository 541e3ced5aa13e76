#pragma once
// The parts of the methods sentence. What was asked for - replicas, their allocation, conditions on the start, how flows were
// integrated - is told in methods_design.cpp, what came of it in methods_sentence.cpp.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "estimate/report_text.hpp"

namespace rankfall {

// Sums over all cells.
struct MethodsTotals {
  std::int64_t replicas = 0, converged = 0, diverged = 0, blow_up = 0, stalled = 0, tries = 0;
  std::int64_t jumps = 0, could_fall = 0, censored = 0, rose = 0, began = 0;
};

// Different texts joined by "or".
std::string joined_by_or(const std::vector<std::string>& texts);

// `text_of` each cell, without repetitions, joined by "or".
template <class TextOf>
std::string over_cells(const Experiment& experiment, TextOf text_of) {
  std::vector<std::string> texts;
  for (const Cell& cell : experiment.cells) {
    std::string text = text_of(cell);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  return joined_by_or(texts);
}

template <class NumberOf>
std::string range_over_cells(const Experiment& experiment, NumberOf number_of) {
  std::vector<double> numbers;
  for (const Cell& cell : experiment.cells) numbers.push_back(static_cast<double>(number_of(cell)));
  return range_text(numbers);
}

// The first of the text; the others begin with a space or are empty.
std::string replicas_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates,
                              const MethodsTotals& totals, const std::string& version);
std::string allocation_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates);
std::string annealing_sentence(const Experiment& experiment);
std::string requirement_sentence(const Experiment& experiment, const MethodsTotals& totals);
std::string greedy_sentence(const Experiment& experiment);
std::string flow_sentence(const Experiment& experiment);
std::string switch_sentence(const Experiment& experiment);
std::string sensing_sentence(const Experiment& experiment);
std::string trajectory_sentence(const Experiment& experiment);

}  // namespace rankfall
