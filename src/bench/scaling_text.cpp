// The scaling table as lines and as JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "backend/cpu_backend.hpp"
#include "backend/lanes.hpp"
#include "bench/report.hpp"
#include "bench/scaling_table.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {

namespace {

using Json = nlohmann::ordered_json;

constexpr double seconds_per_row = 1.0;

double gflops(const ScalingRow& row) { return 1e-9 * row.replica_steps_per_second * useful_flops(row.setup.subject); }

std::string heading() {
  return fmt::format("{:<9} {:<4} {:>2} {:>3} {:>8} {:>9} {:>6} {:>16} {:>9} {:>8}  {}", "varied", "what", "L", "d",
                     "threads", "replicas", "steps", "replica-steps/s", "ns", "GFLOP/s", "");
}

// What a row says beyond the common columns: speed-up over `first`, the first row of its axis, or memory.
std::string remark(const ScalingRow& row, const ScalingRow& first) {
  if (row.setup.axis == "threads")
    return fmt::format("x{:.2f}", row.replica_steps_per_second / first.replica_steps_per_second);
  if (row.setup.axis != "replicas") return "";
  if (!row.memory) return "memory unknown";
  return fmt::format("{:.1f} MB, {:.0f} bytes per replica", 1e-6 * static_cast<double>(*row.memory),
                     static_cast<double>(*row.memory) / static_cast<double>(row.setup.replicas));
}

std::string line(const ScalingRow& row, const ScalingRow& first) {
  const ScalingSetup& setup = row.setup;
  return fmt::format("{:<9} {:<4} {:>2} {:>3} {:>8} {:>9} {:>6} {:>16.4g} {:>9.3g} {:>8.3g}  {}", setup.axis,
                     operation_name(setup.subject.operation), setup.subject.depth, setup.subject.dimension,
                     setup.threads, setup.replicas, setup.steps, row.replica_steps_per_second,
                     1e9 / row.replica_steps_per_second, gflops(row), remark(row, first));
}

Json row_json(const ScalingRow& row) {
  const ScalingSetup& setup = row.setup;
  return {{"varied", setup.axis},
          {"operation", operation_name(setup.subject.operation)},
          {"precision", precision_name(setup.subject.precision)},
          {"depth", setup.subject.depth},
          {"dimension", setup.subject.dimension},
          {"threads", setup.threads},
          {"replicas", setup.replicas},
          {"steps", setup.steps},
          {"replica_steps_per_second", row.replica_steps_per_second},
          {"useful_gflops", gflops(row)},
          {"memory_bytes", row.memory ? Json(*row.memory) : Json()},
          {"checksum", fmt::format("{:016x}", row.checksum)}};
}

}  // namespace

std::string scaling_json(const std::vector<ScalingRow>& rows, const Provenance& build) {
  Json json{{"date", build.created_at},
            {"version", build.version},
            {"commit", build.commit},
            {"machine", machine_facts(build)},
            {"rows", Json::array()},
            {"checksum", fmt::format("{:016x}", hash_scaling(rows))}};
  json["machine"]["threads"] = usable_cores();
  for (const ScalingRow& row : rows) json["rows"].push_back(row_json(row));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void run_scaling(const std::string& json_path, const Provenance& build,
                 const std::function<void(const std::string&)>& print) {
  print(fmt::format("{}, {}, {} cores; {}, {}", cpu_model(), instruction_set, usable_cores(), build.compiler, build.flags));
  print("whole runs, probes every 1000 steps included, float32, the best of several; ns of the wall clock per replica-step; "
        "memory: peak beyond what was resident before, results of all replicas included");
  print(heading());
  std::vector<ScalingRow> rows;
  std::size_t first = 0;
  for (const ScalingSetup& setup : scaling_setups(usable_cores())) {
    rows.push_back(measure_row(setup, seconds_per_row));
    if (rows[first].setup.axis != setup.axis) first = rows.size() - 1;
    print(line(rows.back(), rows[first]));
  }
  check_scaling(rows);
  if (!json_path.empty()) write_atomically(json_path, scaling_json(rows, build));
  print("the same results on any number of threads, and of the first 16 replicas with any number of replicas");
  print(fmt::format("checksum {:016x}", hash_scaling(rows)));
}

}  // namespace rankfall
