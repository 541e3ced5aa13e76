#pragma once
// `rankfall nuclear`: the problems of an experiment solved for minimum nuclear norm, and what was trained beside them.
#include <optional>
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"
#include "run/references.hpp"
#include "run/result_directory.hpp"

namespace rankfall {

struct NuclearReport {
  Experiment experiment;
  CompletionOptions options;
  int starts = 0;            // of the search for the least representation cost; 0: none
  bool has_trained = false;  // whether there are trained replicas to compare with
  std::vector<CellReferences> cells;
  std::vector<NuclearComparison> comparisons;  // one per cell
  std::int64_t unreached = 0;                  // distinct problems whose gap is above the tolerance
};

// Throws ConfigError if a problem is too large (theory/completion.hpp).
NuclearReport nuclear_report(Experiment experiment, const CompletionOptions& options, int starts = 0);
NuclearReport nuclear_report(StoredRun run, const CompletionOptions& options, int starts = 0);

// A table of the distinct problems (where each replica has its own, a row per cell), of trained replicas, and of local
// representation costs.
std::string nuclear_text(const NuclearReport& report);

// All problems, for programs.
std::string nuclear_json(const NuclearReport& report);

// A row per problem (.csv), or the same with singular values and completions (.nc). Throws ConfigError for another
// ending, StoreError if it cannot be written.
void write_nuclear(const NuclearReport& report, const std::string& path);
void check_nuclear_path(const std::string& path);  // the ending alone
// Throws ConfigError, which names the option, where no file can be put: before anything is solved for it.
void check_output_file(const std::string& option, const std::string& path);

}  // namespace rankfall
