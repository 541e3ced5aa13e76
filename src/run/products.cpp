// From finished units to what a run is for.
#include <exception>
#include <filesystem>

#include "estimate/estimator.hpp"
#include "estimate/report.hpp"
#include "rankfall/error.hpp"
#include "run/observed_graphs.hpp"
#include "run/references.hpp"
#include "run/run.hpp"
#include "run/work_units.hpp"
#include "store/atomic_file.hpp"
#include "store/merge.hpp"
#include "store/results_file.hpp"
#include "store/run_record.hpp"
#include "theory/laws.hpp"
#include "theory/parallel.hpp"

namespace rankfall {

namespace {

void add_theory(const Experiment& experiment, const RunResults& results, const std::stop_token& stop,
                std::vector<CellEstimate>& estimates) {
  add_laws(experiment, results, estimates);
  add_comparisons(experiment, results, estimates, stop);
}

}  // namespace

std::vector<CellEstimate> summarized(const Experiment& experiment, const RunResults& results,
                                     const std::stop_token& stop) {
  auto estimates = estimate(experiment, results);
  add_graphs(observed_graphs(experiment, replicas_in(results)), estimates);
  add_theory(experiment, results, stop, estimates);
  return estimates;
}

std::vector<CellEstimate> write_products(const ResultDirectory& directory, const Experiment& experiment,
                                         const Goals& goals, Provenance provenance, const std::stop_token& stop) {
  std::vector<std::string> rejected;
  const RunResults results = merge_units(directory.units(), experiment, work_units(experiment, goals), rejected);
  if (!rejected.empty())
    throw StoreError({directory.units(), rejected.front(), "a unit written by this run cannot be read back",
                      "check the disk and run the same command again"});
  provenance.checksum = results_checksum(results);
  std::filesystem::remove(directory.summary());  // of other results: that there is none says that it is still to be made
  const ObservedGraphs graphs = observed_graphs(experiment, replicas_in(results));
  write_results(directory.results(), experiment, results, provenance, graphs);
  auto estimates = estimate(experiment, results);
  add_graphs(graphs, estimates);
  std::exception_ptr trouble;  // with the comparison: what was trained is summarized all the same
  try {
    add_theory(experiment, results, stop, estimates);
  } catch (const Stopped&) {
    throw;
  } catch (...) {
    trouble = std::current_exception();
  }
  write_atomically(directory.summary(), summary_csv(experiment, estimates));
  write_run_record(directory.record(), experiment, provenance);
  if (trouble) std::rethrow_exception(trouble);
  return estimates;
}

}  // namespace rankfall
