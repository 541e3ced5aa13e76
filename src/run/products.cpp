// From finished units to what a run is for.
#include <exception>

#include "estimate/estimator.hpp"
#include "estimate/report.hpp"
#include "rankfall/error.hpp"
#include "run/references.hpp"
#include "run/run.hpp"
#include "run/work_units.hpp"
#include "store/atomic_file.hpp"
#include "store/merge.hpp"
#include "store/results_file.hpp"
#include "store/run_record.hpp"
#include "theory/laws.hpp"

namespace rankfall {

void write_products(const ResultDirectory& directory, const Experiment& experiment, const Goals& goals,
                    Provenance provenance) {
  std::vector<std::string> rejected;
  const RunResults results = merge_units(directory.units(), experiment, work_units(experiment, goals), rejected);
  if (!rejected.empty())
    throw StoreError({directory.units(), rejected.front(), "a unit written by this run cannot be read back",
                      "check the disk and run the same command again"});
  provenance.checksum = results_checksum(results);
  write_results(directory.results(), experiment, results, provenance);
  auto estimates = estimate(experiment, results);
  std::exception_ptr trouble;  // with the comparison: what was trained is summarized all the same
  try {
    add_laws(experiment, results, estimates);
    add_comparisons(experiment, results, estimates);
  } catch (...) {
    trouble = std::current_exception();
  }
  write_atomically(directory.summary(), summary_csv(experiment, estimates));
  write_run_record(directory.record(), experiment, provenance);
  if (trouble) std::rethrow_exception(trouble);
}

}  // namespace rankfall
