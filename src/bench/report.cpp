#include "bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backend/cpu_backend.hpp"
#include "backend/lanes.hpp"
#include "bench/measure.hpp"
#include "bench/workload.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {

namespace {

using Json = nlohmann::ordered_json;

constexpr int scaling_rounds = 6;
constexpr std::int64_t scaling_steps = 4000;

double seconds_per_case(const std::string& size_class) { return size_class == "M" ? 0.55 : 0.7; }

std::string hexadecimal(std::uint64_t value) { return fmt::format("{:016x}", value); }

// One thread, two, and all there are.
std::vector<int> thread_counts() {
  std::vector<int> counts{1};
  if (usable_cores() >= 2) counts.push_back(2);
  if (usable_cores() > 2) counts.push_back(usable_cores());
  return counts;
}

std::string scaling_line(const ScalingPoint& point) {
  return fmt::format(
      "sgd sweep through the backend, d=10 L=3 float32, {:>3} thread{} {:>11.4g} replica-steps/s  x{:.2f}", point.threads,
      point.threads == 1 ? ": " : "s:", point.replica_steps_per_second, point.speed_up);
}

Json row_json(const BenchResult& row) {
  const bool counted = !is_reading(row.subject.operation);
  Json json = {{"operation", operation_name(row.subject.operation)},
          {"precision", precision_name(row.subject.precision)},
          {"depth", row.subject.depth},
          {"dimension", row.subject.dimension},
          {"replicas", row.replicas},
          {"replica_steps_per_second", row.replica_steps_per_second},
          {"median_replica_steps_per_second", row.median_replica_steps_per_second},
          {"nanoseconds_per_replica_step", row.nanoseconds},
          {"useful_gflops", counted ? Json(row.useful_gflops) : Json()},
          {"peak_gflops", row.peak_gflops},
          {"fraction_of_peak", counted ? Json(row.fraction_of_peak) : Json()},
          {"median_fraction_of_peak", counted ? Json(row.median_fraction_of_peak) : Json()},
          {"samples", row.samples},
          {"checksum", hexadecimal(row.checksum)}};
  if (!row.kernel.empty()) json["kernel"] = row.kernel;
  return json;
}

}  // namespace

std::vector<BenchCase> chosen_cases(const BenchOptions& options) {
  return options.case_name.empty() ? cases_of_class(options.size_class) : std::vector{case_of_name(options.case_name)};
}

std::uint64_t hash_report(const BenchReport& report) {
  std::uint64_t hash = fnv_start;
  for (const BenchResult& row : report.rows) hash = fnv_1a(&row.checksum, sizeof row.checksum, hash);
  if (!report.scaling.points.empty())
    hash = fnv_1a(&report.scaling.checksum, sizeof report.scaling.checksum, hash);
  return hash;
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) return line.substr(line.find(": ") + 2);
  return "unknown";
}

std::string bench_heading() {
  return fmt::format("{:<6} {:<8} {:>2} {:>4} {:>14} {:>12} {:>9} {:>8} {:>8}  {}", "what", "numbers", "L", "d",
                     "replica-steps/s", "ns", "GFLOP/s", "% peak", "median", "checksum");
}

std::string bench_line(const BenchResult& row) {
  const BenchCase& subject = row.subject;
  std::string line = fmt::format("{:<6} {:<8} {:>2} {:>4} {:>15.4g} {:>12.4g}", operation_name(subject.operation),
                                 precision_name(subject.precision), subject.depth, subject.dimension,
                                 row.replica_steps_per_second, row.nanoseconds);
  if (is_reading(subject.operation))
    line += fmt::format(" {:>9} {:>8} {:>8}", "-", "-", "-");
  else
    line += fmt::format(" {:>9.1f} {:>8.1f} {:>8.1f}", row.useful_gflops, 100.0 * row.fraction_of_peak,
                        100.0 * row.median_fraction_of_peak);
  line += "  " + hexadecimal(row.checksum);
  return row.kernel.empty() ? line : line + fmt::format("  {} replicas, {}", row.replicas, row.kernel);
}

std::map<std::string, std::string> machine_facts(const Provenance& build) {
  return {{"cpu", cpu_model()}, {"instruction_set", instruction_set}, {"compiler", build.compiler}, {"flags", build.flags}};
}

std::string bench_json(const BenchReport& report, const BenchOptions& options, const Provenance& build) {
  Json json{{"size_class", options.case_name.empty() ? Json(options.size_class) : Json()},
            {"date", build.created_at},
            {"version", build.version},
            {"commit", build.commit},
            {"machine", machine_facts(build)},
            {"rows", Json::array()},
            {"scaling", Json::array()},
            {"checksum", hexadecimal(report.checksum)}};
  json["machine"]["threads"] = usable_cores();
  if (!report.device.empty()) json["machine"]["device"] = report.device;
  for (const BenchResult& row : report.rows) json["rows"].push_back(row_json(row));
  for (const ScalingPoint& point : report.scaling.points)
    json["scaling"].push_back({{"threads", point.threads},
                               {"replica_steps_per_second", point.replica_steps_per_second},
                               {"speed_up", point.speed_up}});
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

BenchReport run_bench(const BenchOptions& options, const Provenance& build,
                      const std::function<void(const std::string&)>& print) {
  const std::vector<BenchCase> cases = chosen_cases(options);
  print(fmt::format("{}, {}, one core; {}, {}", cpu_model(), instruction_set, build.compiler, build.flags));
  print("% peak: useful floating-point operations against the multiply-add peak measured in between, fastest twentieth "
        "of the samples of each; median: over neighbouring samples");
  print(bench_heading());
  BenchReport report;
  for (const BenchCase& subject : cases) {
    report.rows.push_back(measure(subject, seconds_per_case(options.size_class)));
    print(bench_line(report.rows.back()));
  }
  if (options.case_name.empty() && options.size_class != "S")
    report.scaling = measure_scaling(thread_counts(), scaling_rounds, scaling_steps);
  for (const ScalingPoint& point : report.scaling.points) print(scaling_line(point));
  report.checksum = hash_report(report);
  if (!options.json_path.empty()) write_atomically(options.json_path, bench_json(report, options, build));
  print("checksum " + hexadecimal(report.checksum));
  return report;
}

}  // namespace rankfall
