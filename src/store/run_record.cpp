#include "store/run_record.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "store/atomic_file.hpp"

namespace rankfall {
namespace {

using Json = nlohmann::ordered_json;

// The fields of run.json and progress.json, each listed once for writing and reading.
template <class Visit, class AnyProvenance>
void visit_fields(Visit&& visit, AnyProvenance& p) requires requires {
  p.created_at;
}
{
  visit("version", p.version);
  visit("commit", p.commit);
  visit("compiler", p.compiler);
  visit("flags", p.flags);
  visit("backend", p.backend);
  visit("device", p.device);
  visit("host_threads", p.host_threads);
  visit("command", p.command);
  visit("created_at", p.created_at);
  visit("wall_seconds", p.wall_seconds);
  visit("replica_steps", p.replica_steps);
  visit("checksum", p.checksum);
}

template <class Visit, class AnyProgress>
void visit_fields(Visit&& visit, AnyProgress& p) requires requires {
  p.units_done;
}
{
  visit("state", p.state);
  visit("replicas_done", p.replicas_done);
  visit("replicas_total", p.replicas_total);
  visit("units_done", p.units_done);
  visit("units_total", p.units_total);
  visit("seconds", p.seconds);
  visit("replica_steps_per_second", p.replica_steps_per_second);
  visit("seconds_left", p.seconds_left);
  visit("replica_steps", p.replica_steps);
  visit("backend", p.backend);
  visit("running", p.running);
  visit("ranks", p.ranks);
  visit("outcomes", p.outcomes);
}

void write_json(const std::string& path, const Json& json) {
  // A command line may hold bytes that are not UTF-8; they become U+FFFD rather than an exception after a long run.
  write_atomically(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void get(const Json& value, std::string& to) { to = value.get_ref<const std::string&>(); }
void get(const Json& value, std::int64_t& to) {
  if (!value.is_number_integer()) throw std::invalid_argument("it is not an integer");
  value.get_to(to);
}
void get(const Json& value, std::map<std::string, std::int64_t>& to) {
  if (!value.is_object()) throw std::invalid_argument("it is not an object");
  for (const auto& [key, count] : value.items()) get(count, to[key]);
}
// JSON has no NaN or infinity: they are written as null.
void get(const Json& value, double& to) {
  if (!value.is_null() && !value.is_number()) throw std::invalid_argument("it is not a number");
  to = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

template <class Record>
Record read_json(const std::string& path) {
  const std::string remedy = "delete the file; the same run command writes a new one";
  Json json;
  try {
    json = Json::parse(read_file(path));
  } catch (const Json::exception& error) {
    throw StoreError({path, "is not valid JSON", error.what(), remedy});
  }
  if (!json.is_object()) throw StoreError({path, "is not a record of a run", "it holds no JSON object", remedy});
  Record record;
  visit_fields(
      [&](const char* key, auto& field) {
        const auto found = json.find(key);
        if (found == json.end())
          throw StoreError({path, fmt::format("lacks '{}'", key), "every field must be there", remedy});
        try {
          get(*found, field);
        } catch (const std::exception& error) {
          throw StoreError({path, fmt::format("'{}' cannot be used", key), error.what(), remedy});
        }
      },
      record);
  return record;
}

}  // namespace

void write_run_record(const std::string& path, const Experiment& experiment, const Provenance& provenance) {
  Json json;
  json["name"] = experiment.name;
  json["seed"] = experiment.seed;
  json["precision"] = precision_name(experiment.precision);
  json["replicas"] = experiment.replicas;
  json["cells"] = experiment.cells.size();
  json["digest"] = fmt::format("{:016x}", experiment.digest);
  visit_fields([&](const char* key, const auto& field) { json[key] = field; }, provenance);
  write_json(path, json);
}

Provenance read_run_record(const std::string& path) { return read_json<Provenance>(path); }

void write_progress(const std::string& path, const Progress& progress) {
  Json json;
  visit_fields([&](const char* key, const auto& field) { json[key] = field; }, progress);
  write_json(path, json);
}

Progress read_progress(const std::string& path) { return read_json<Progress>(path); }

}  // namespace rankfall
