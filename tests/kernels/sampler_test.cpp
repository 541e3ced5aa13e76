// Which entry a step of SGD sees: uniform draws, shuffled epochs, cycles; scalar against lanes.
#include "kernels/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "backend/lanes.hpp"
#include "tests/kernels/chi_square.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::Sampling;

Replica fully_observed(std::uint32_t seed, int rows, int columns) {
  return make_replica(make_shape({columns, 2, rows}), seed, 0.5, 1.0);
}

// Numbers of the entries that the next `count` draws pick, per lane.
template <class V>
std::vector<std::vector<int>> draw(std::vector<Replica> replicas, Sampling sampling, std::uint64_t first, int count) {
  for (std::size_t q = 0; q < replicas.size(); ++q) replicas[q].draws = first + q * 5;  // lanes out of step
  const int columns = replicas.front().columns();
  TrainerSettings settings;
  settings.sampling = sampling;
  Trainer<V, 8> trainer(replicas, settings);
  const kernels::SerialTeam team;
  kernels::EntrySampler<V, kernels::SerialTeam> sampler(team, trainer.template prepare<kernels::SingleEntrySgd>().draws);
  std::vector<std::vector<int>> picks(replicas.size());
  for (int k = 0; k < count; ++k) {
    const kernels::DrawnEntry<V> entry = sampler.next();
    for (std::size_t q = 0; q < replicas.size(); ++q) {
      const Word row = reinterpret_cast<const Word*>(&entry.row)[q],
                 column = reinterpret_cast<const Word*>(&entry.column)[q];
      const int e = static_cast<int>(row) * columns + static_cast<int>(column);
      using Real = kernels::RealOf<V>;
      EXPECT_EQ(reinterpret_cast<const Real*>(&entry.target)[q], static_cast<Real>(replicas[q].target[e]));
      EXPECT_EQ(reinterpret_cast<const Real*>(&entry.weight)[q], static_cast<Real>(replicas[q].weight[e]));
      picks[q].push_back(e);  // all entries are observed, so the element is the entry's number
    }
  }
  return picks;
}

TEST(UniformSampling, IsTheDefinedFunctionOfTheDrawNumber) {
  const Replica replica = fully_observed(1, 4, 3);
  for (std::uint64_t first :
       {std::uint64_t{0}, std::uint64_t{3}, (std::uint64_t{1} << 32) - 6, std::uint64_t{1} << 40}) {
    const auto picks = draw<double>({replica}, Sampling::uniform, first, 20).front();
    for (int k = 0; k < 20; ++k) ASSERT_EQ(picks[k], uniform_draw(replica, first + k, 12)) << first + k;
  }
}

TEST(UniformSampling, EntriesAndPairsOfSuccessiveEntriesAreEquallyLikely) {
  const auto picks = draw<float>({fully_observed(2, 4, 3)}, Sampling::uniform, 0, 100000).front();
  std::vector<int> single(12, 0), pairs(144, 0);
  for (int e : picks) ++single[e];
  for (std::size_t k = 0; k + 1 < picks.size(); k += 2) ++pairs[picks[k] * 12 + picks[k + 1]];
  EXPECT_GT(probability_of_unevenness(single), too_uneven);
  EXPECT_GT(probability_of_unevenness(pairs), too_uneven);
}

TEST(ShuffledSampling, VisitsEveryEntryOncePerEpochInChangingOrder) {
  const int count = 12, epochs = 200;
  const auto picks = draw<double>({fully_observed(3, 4, 3)}, Sampling::shuffled, 0, count * epochs).front();
  std::set<std::vector<int>> orders;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<int> order(picks.begin() + epoch * count, picks.begin() + (epoch + 1) * count);
    orders.insert(order);
    std::sort(order.begin(), order.end());
    for (int k = 0; k < count; ++k) ASSERT_EQ(order[k], k) << "epoch " << epoch;
  }
  EXPECT_EQ(orders.size(), static_cast<std::size_t>(epochs));
}

TEST(ShuffledSampling, GoesOnFromTheMiddleOfAnEpoch) {
  const Replica replica = fully_observed(4, 4, 3);
  const auto whole = draw<double>({replica}, Sampling::shuffled, 0, 60).front();
  for (int first : {1, 11, 12, 13, 30}) {
    const auto rest =
        draw<double>({replica}, Sampling::shuffled, static_cast<std::uint64_t>(first), 60 - first).front();
    EXPECT_TRUE(std::equal(rest.begin(), rest.end(), whole.begin() + first)) << first;
  }
}

TEST(ShuffleEntries, AllPermutationsAreEquallyLikely) {
  std::map<std::vector<Word>, int> seen;
  for (Word epoch = 0; epoch < 24000; ++epoch) {
    std::vector<Word> order(4);
    kernels::shuffle_entries({5u, 6u, 7u, 8u}, epoch, 4, order.data(), 1);
    ++seen[order];
  }
  ASSERT_EQ(seen.size(), 24u);
  std::vector<int> counts;
  for (const auto& [order, count] : seen) counts.push_back(count);
  EXPECT_GT(probability_of_unevenness(counts), too_uneven);
}

TEST(ShuffleEntries, EveryPlaceGetsEveryEntryEquallyOften) {
  const Word count = 11;
  std::vector<int> seen(count * count, 0);
  for (Word epoch = 0; epoch < 5000; ++epoch) {
    std::vector<Word> order(count);
    kernels::shuffle_entries({15u, 16u, 17u, 18u}, epoch, count, order.data(), 1);
    for (Word place = 0; place < count; ++place) ++seen[place * count + order[place]];
  }
  for (Word place = 0; place < count; ++place)
    EXPECT_GT(probability_of_unevenness({seen.begin() + place * count, seen.begin() + (place + 1) * count}),
              too_uneven);
}

TEST(CyclicSampling, GoesThroughTheEntriesInOrder) {
  const auto picks = draw<float>({fully_observed(5, 4, 3)}, Sampling::cyclic, 7, 40).front();
  for (int k = 0; k < 40; ++k) ASSERT_EQ(picks[k], (7 + k) % 12);
}

template <class V>
void lanes_draw_as_scalars() {
  using Real = kernels::RealOf<V>;
  std::vector<Replica> replicas;
  for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q) replicas.push_back(fully_observed(100u + q, 3, 5));
  for (Sampling sampling : {Sampling::uniform, Sampling::shuffled, Sampling::cyclic})
    for (std::uint64_t first : {std::uint64_t{0}, std::uint64_t{6}, (std::uint64_t{1} << 32) - 40}) {
      const auto picks = draw<V>(replicas, sampling, first, 100);
      for (std::size_t q = 0; q < replicas.size(); ++q)
        ASSERT_EQ(picks[q], draw<Real>({replicas[q]}, sampling, first + 5 * q, 100).front())
            << "lane " << q << ", first draw " << first;
    }
}

// A list that all lanes share: short ones are looked up in registers, longer ones gathered.
template <class V>
void shared_list_is_read_as_it_is(Word count) {
  using Real = kernels::RealOf<V>;
  using Words = kernels::WordsOf<V>;
  constexpr int lanes = kernels::ValueTraits<V>::lanes;
  std::vector<Word> position;
  std::vector<Real> target, weight;
  for (Word k = 0; k < count; ++k) {
    position.push_back((k / 7) << 16 | k % 7);
    target.push_back(static_cast<Real>(k) + Real(0.5));
    weight.push_back(Real(1) / static_cast<Real>(k + 1));
  }
  kernels::Draws<V> draws{};
  draws.entries = {position.data(), target.data(), weight.data(), count, 1, 0};
  draws.sampling = kernels::Sampling::cyclic;
  Word first[lanes];
  for (int q = 0; q < lanes; ++q) first[q] = static_cast<Word>(3 * q);
  __builtin_memcpy(&draws.low, first, sizeof first);
  draws.high = Words(0u);
  const kernels::SerialTeam team;
  kernels::EntrySampler<V, kernels::SerialTeam> sampler(team, draws);
  for (Word k = 0; k < count; ++k) {
    const kernels::DrawnEntry<V> entry = sampler.next();
    for (int q = 0; q < lanes; ++q) {
      const Word e = (first[q] + k) % count;
      ASSERT_EQ(reinterpret_cast<const Word*>(&entry.row)[q], e / 7) << count;
      ASSERT_EQ(reinterpret_cast<const Word*>(&entry.column)[q], e % 7) << count;
      ASSERT_EQ(reinterpret_cast<const Real*>(&entry.target)[q], target[e]) << count;
      ASSERT_EQ(reinterpret_cast<const Real*>(&entry.weight)[q], weight[e]) << count;
    }
  }
}

TEST(Sampling, SharedListsOfEveryLengthAreReadAsTheyAre) {
  for (Word count : {1u, 2u, 16u, 17u, 32u, 33u, 63u, 64u, 65u, 200u}) {
    shared_list_is_read_as_it_is<Lanes<float>>(count);
    shared_list_is_read_as_it_is<Lanes<double>>(count);
    shared_list_is_read_as_it_is<float>(count);
  }
}

TEST(Sampling, LanesAtDifferentPlacesDrawAsScalarsDo) {
  lanes_draw_as_scalars<Lanes<float>>();
  lanes_draw_as_scalars<Lanes<double>>();
}

}  // namespace
}  // namespace rankfall
