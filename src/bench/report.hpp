#pragma once
// `rankfall bench`: the figures of merit of this machine, printed and stored.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/bench_case.hpp"
#include "bench/scaling.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

struct BenchOptions {
  std::string size_class = "S";  // S: seconds, M: a minute, L: several minutes
  std::string json_path;         // empty: no file
  std::string case_name = "";    // one case instead of a class (case_of_name); empty: the class
};

struct BenchReport {
  std::string device;          // empty: the CPU
  std::vector<BenchResult> rows;
  ScalingResult scaling;       // no points in class S
  std::uint64_t checksum = 0;  // of all checksums above, in order: equal on every machine for a size class
};

// Measures the cases of the class, printing a table line by line, the checksum last; `print` gets whole lines, without
// the newline. Writes the JSON file if asked for. `build` says what is measured (version, commit, compiler, flags,
// time). Throws ConfigError for an unknown class or case (before anything is measured), StoreError if the file cannot be
// written, std::runtime_error if a result is wrong.
BenchReport run_bench(const BenchOptions& options, const Provenance& build,
                      const std::function<void(const std::string&)>& print);

// What the options choose. Throws ConfigError for an unknown class or case.
std::vector<BenchCase> chosen_cases(const BenchOptions& options);

std::uint64_t hash_report(const BenchReport& report);  // its checksum

// The lines of the table.
std::string bench_heading();
std::string bench_line(const BenchResult& result);

// The report as JSON: machine, build, rows, scaling, checksum.
std::string bench_json(const BenchReport& report, const BenchOptions& options, const Provenance& build);

// What was measured on and with: cpu, instruction_set, compiler, flags.
std::map<std::string, std::string> machine_facts(const Provenance& build);

// "Intel(R) Xeon(R) Processor", as the kernel names it; "unknown" where it does not.
std::string cpu_model();

}  // namespace rankfall
