#include <cmath>
#include <cstring>
#include <functional>

#include "samples.hpp"
#include "store/results_file.hpp"

namespace rankfall {
namespace {

using samples::block;

std::uint64_t fnv1a(const std::string& bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return hash;
}

// Known answers from the authors' page (http://www.isthe.com/chongo/tech/comp/fnv/).
TEST(Fnv1a, MatchesPublishedVectors) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ULL);
}

// The bytes of one cell, put together by hand in the documented order.
std::string bytes_of(const ReplicaResults& cell) {
  std::string bytes;
  const auto add = [&](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto add_number = [&](double value) {
    if (std::isnan(value)) return add(std::uint64_t{0x7ff8000000000000ULL});
    add(value == 0.0 ? 0.0 : value);
  };
  add(std::int32_t{cell.cell});
  add(cell.count);
  for (std::size_t r = 0; r < static_cast<std::size_t>(cell.count); ++r) {
    add(static_cast<std::int32_t>(cell.outcome[r]));
    add(cell.steps[r]);
    if (cell.time[r] != 0.0) add(cell.time[r]);  // of a gradient flow
    if (!std::isnan(cell.objective_rise[r])) add(cell.objective_rise[r]);  // of momentum and group-rmsprop
    add(cell.rank[r]);
    add(cell.numerical_rank[r]);
    add(cell.start_rank[r]);
    add(cell.tries[r]);
    for (std::size_t i = 0; i < 3; ++i) add_number(cell.singular_values[3 * r + i]);
    for (std::size_t i = 0; i < 9; ++i)
      if (observables[i].name != "effective_rank") add_number(cell.observable[i][r]);
  }
  for (const RankEvent& event : cell.events) {
    add(event.replica);
    add(event.phase);
    add(event.step_before);
    add(event.step_after);
    add(event.rank_before);
    add(event.rank_after);
    for (const double time : {event.time_before, event.time_after})
      if (time != 0.0) add(time);
  }
  return bytes;
}

TEST(ResultsChecksum, IsFnv1aOfTheDocumentedBytes) {
  const RunResults results{block(0, 0, 25), block(1, 0, 10)};
  char expected[17];
  std::snprintf(expected, sizeof expected, "%016llx",
                static_cast<unsigned long long>(fnv1a(bytes_of(results[0]) + bytes_of(results[1]))));
  EXPECT_EQ(results_checksum(results), expected);
}

TEST(ResultsChecksum, ChangesWithEveryNumberThatCounts) {
  const RunResults results{block(0, 0, 25)};
  const std::string before = results_checksum(results);
  const std::vector<std::function<void(ReplicaResults&)>> changes{
      [](auto& r) { r.outcome[20] = Outcome::diverged; },
      [](auto& r) { ++r.steps[20]; },
      [](auto& r) { ++r.rank[20]; },
      [](auto& r) { r.objective_rise[20] = 7.0; },
      [](auto& r) { ++r.numerical_rank[20]; },
      [](auto& r) { ++r.start_rank[20]; },
      [](auto& r) { ++r.tries[20]; },
      [](auto& r) { r.singular_values[60] = std::nextafter(0.5, 1.0); },
      [](auto& r) { r.observable[static_cast<int>(Observable::gradient_norm)][20] = 0.25; },
      [](auto& r) { ++r.events.back().step_after; },
      [](auto& r) { r.events.pop_back(); },
      [](auto& r) { std::swap(r.steps[0], r.steps[1]); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    RunResults changed = results;
    changes[i](changed[0]);
    EXPECT_NE(results_checksum(changed), before) << i;
  }
}

TEST(ResultsChecksum, IgnoresWhatMachinesMayDifferIn) {
  RunResults results{block(0, 0, 25)};
  results[0].singular_values[0] = 0.0;
  results[0].singular_values[1] = std::nan("");
  const std::string before = results_checksum(results);
  results[0].singular_values[0] = -0.0;
  results[0].singular_values[1] = -std::nan("12345");
  results[0].observable[static_cast<int>(Observable::effective_rank)][4] = 0.125;
  EXPECT_EQ(results_checksum(results), before);
}

}  // namespace
}  // namespace rankfall
