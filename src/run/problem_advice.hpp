#pragma once
// What is said of each problem that `rankfall diagnose` finds.
#include <string>

#include "run/diagnose.hpp"

namespace rankfall {

struct Advice {
  std::string why;     // why it matters
  std::string remedy;  // what to do, with the keys of this experiment
};

// "Diverged replicas"
std::string problem_title(Problem problem);

Advice problem_advice(Problem problem, const Diagnosis& diagnosis);

}  // namespace rankfall
