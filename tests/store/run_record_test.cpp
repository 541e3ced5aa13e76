#include "store/run_record.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

#include "samples.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {
namespace {

using samples::message_of;
using samples::TemporaryDirectory;

Provenance made_provenance() {
  return {"0.1.0",
          "abc123",
          "g++ 12.2",
          "-O3 -march=native",
          "cpu",
          "2 threads, 16 lanes",
          "rankfall run \"a b\".toml",
          "2024-05-06T07:08:09Z",
          "2",
          12.5,
          3.0e15,
          "0123456789abcdef"};
}

TEST(RunRecord, RoundTrips) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("run.json");
  const Provenance written = made_provenance();
  write_run_record(path, samples::experiment({}, 7), written);
  const Provenance read = read_run_record(path);
  const auto& [version, commit, compiler, flags, backend, device, command, created_at, host_threads, wall_seconds,
               replica_steps, checksum] = written;
  EXPECT_EQ(std::tie(version, commit, compiler, flags, backend, device),
            std::tie(read.version, read.commit, read.compiler, read.flags, read.backend, read.device));
  EXPECT_EQ(
      std::tie(command, created_at, host_threads, wall_seconds, replica_steps, checksum),
      std::tie(read.command, read.created_at, read.host_threads, read.wall_seconds, read.replica_steps, read.checksum));
  EXPECT_EQ(directory.files(), 1);
}

// Another program reads the same.
TEST(RunRecord, IsJsonToPython) {
  const TemporaryDirectory directory;
  write_run_record(directory.file("run.json"), samples::experiment({}, 7), made_provenance());
  const std::string check =
      "/usr/bin/python3 -c 'import json,sys; r = json.load(open(sys.argv[1]));"
      "assert r[\"seed\"] == 0xfedcba9876543210, r; assert r[\"digest\"] == \"0123456789abcdef\", r;"
      "assert (r[\"name\"], r[\"replicas\"], r[\"cells\"], r[\"precision\"]) == (\"sample\", 7, 1, \"float32\"), r;"
      "assert r[\"command\"] == \"rankfall run \\\"a b\\\".toml\", r; assert r[\"replica_steps\"] == 3e15, r' ";
  EXPECT_EQ(std::system((check + directory.file("run.json")).c_str()), 0);
}

TEST(RunRecord, KeepsACommandThatIsNotUtf8Readable) {
  const TemporaryDirectory directory;
  Provenance odd = made_provenance();
  odd.command = "rankfall run \xff.toml";
  write_run_record(directory.file("run.json"), samples::experiment({}, 7), odd);
  EXPECT_EQ(read_run_record(directory.file("run.json")).command, "rankfall run \xef\xbf\xbd.toml");
}

TEST(Progress, RoundTrips) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("progress.json");
  const Progress written{"running", 5, std::int64_t{1} << 60, 1, 9, 2.5, NAN, -1.0, 1e12, "cpu", {{"3", 256}}, {{"1", 7}, {"2", 9}}, {{"in training", 16}}};
  write_progress(path, written);
  const Progress read = read_progress(path);
  const auto& [state, replicas_done, replicas_total, units_done, units_total, seconds, rate, seconds_left, steps, backend,
               running, ranks, outcomes] = read;
  EXPECT_EQ(std::tie(state, replicas_done, replicas_total, units_done, units_total, seconds, seconds_left, steps, backend,
                     running, ranks, outcomes),
            std::tie(written.state, written.replicas_done, written.replicas_total, written.units_done,
                     written.units_total, written.seconds, written.seconds_left, written.replica_steps, written.backend,
                     written.running, written.ranks, written.outcomes));
  EXPECT_TRUE(std::isnan(rate));  // JSON has no NaN; it becomes null and comes back
}

TEST(Progress, SaysWhatIsMalformed) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("progress.json");
  write_progress(path, {"running", 1, 2, 3, 4, 5.0, 6.0, 7.0, 8.0, "cpu", {}, {}, {}});
  const std::string good = read_file(path);
  const auto complaint = [&](const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    const std::string line = message_of<StoreError>([&] { read_progress(path); });
    EXPECT_EQ(line.rfind(path + ": ", 0), 0U) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    return line;
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_NE(complaint("").find("is not valid JSON"), std::string::npos);
  EXPECT_NE(complaint("[1, 2]").find("holds no JSON object"), std::string::npos);
  EXPECT_NE(complaint("{}").find("lacks 'state'"), std::string::npos);
  EXPECT_NE(complaint(with("\"units_done\"", "\"units\"")).find("lacks 'units_done'"), std::string::npos);
  EXPECT_NE(complaint(with("\"running\"", "17")).find("'state' cannot be used"), std::string::npos);
  EXPECT_NE(complaint(with("\"replicas_done\": 1", "\"replicas_done\": 1.5")).find("'replicas_done' cannot be used"),
            std::string::npos);
  EXPECT_NE(complaint(with("\"seconds\": 5.0", "\"seconds\": \"x\"")).find("'seconds' cannot be used"),
            std::string::npos);
  for (std::size_t size = 0; size + 2 < good.size(); ++size) complaint(good.substr(0, size));
  std::filesystem::remove(path);
  EXPECT_THROW(read_progress(path), StoreError);
}

}  // namespace
}  // namespace rankfall
