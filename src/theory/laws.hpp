#pragma once
// Laws of the theory, recognised in an experiment and set beside what was measured.
#include <optional>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

struct ProblemInstance;  // backend/instance.hpp

// Of one replica.
struct LawReading {
  double predicted = 0.0, measured = 0.0;
};

// A cell that a law speaks of.
struct LawSubject {
  const Cell& cell;
  double target = 0.0;      // its largest singular value, where it is shared
  double loss_scale = 1.0;  // c
  const Experiment* experiment = nullptr;   // what a replica's start is drawn from
  const ProblemInstance* problem = nullptr;  // of replica 0
};

struct Law {
  const char* name;      // in summary.csv: law_NAME_predicted, ...
  const char* quantity;  // what is predicted
  const char* source;    // paper, or the equation it follows from
  bool (*applies)(const Experiment&, const Cell&);
  // Nothing where the replica is not what the law speaks of: it has not come to rest, say.
  std::optional<LawReading> (*read)(const LawSubject&, const ReplicaResults&, std::size_t replica);
  LawKind kind = LawKind::equality;
};
const std::vector<Law>& laws();

// A law beside the readings of all replicas of a cell that it speaks of: medians, and how far apart. Of `law` name, quantity,
// source and kind are kept. Nothing without readings.
std::optional<LawComparison> compared(LawComparison law, const std::vector<LawReading>& readings);

// Adds to every estimate the laws that its cell is an instance of, where at least one of its replicas is.
void add_laws(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates);

}  // namespace rankfall
