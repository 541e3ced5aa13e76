// The random numbers: Philox4x32-10 against Random123, and the counters of its blocks.
// clang-format off: lanes.hpp before Random123; both include the intrinsics, lanes.hpp with their warnings off.
#include "kernels/philox.hpp"
#include "backend/lanes.hpp"

#include <Random123/philox.h>
// clang-format on
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace rankfall {
namespace {

using kernels::PhiloxBlock;
using kernels::Word;
using Four = std::array<Word, 4>;

Four words_of(const PhiloxBlock<Word>& block) { return {block.word[0], block.word[1], block.word[2], block.word[3]}; }

struct KnownAnswer {
  Four counter;
  std::array<Word, 2> key;
  Four answer;
};

// Random123's kat_vectors, "philox4x32 10".
const KnownAnswer known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

TEST(Philox, GivesTheKnownAnswers) {
  for (const KnownAnswer& known : known_answers) {
    const auto& c = known.counter;
    EXPECT_EQ(words_of(kernels::philox<Word>({{c[0], c[1], c[2], c[3]}}, known.key[0], known.key[1])), known.answer);
  }
}

TEST(Philox, EqualsRandom123OnRandomCountersAndKeys) {
  std::mt19937 words(20260101);
  for (int trial = 0; trial < 20000; ++trial) {
    const Four c{static_cast<Word>(words()), static_cast<Word>(words()), static_cast<Word>(words()),
                 static_cast<Word>(words())};
    const Word key0 = static_cast<Word>(words()), key1 = static_cast<Word>(words());
    const r123::Philox4x32::ctr_type counter{{c[0], c[1], c[2], c[3]}};
    const auto oracle = r123::Philox4x32{}(counter, r123::Philox4x32::key_type{{key0, key1}});
    ASSERT_EQ(words_of(kernels::philox<Word>({{c[0], c[1], c[2], c[3]}}, key0, key1)),
              (Four{oracle[0], oracle[1], oracle[2], oracle[3]}));
  }
}

template <int N>
void lanes_equal_scalar() {
  std::mt19937 words(20260102);
  for (int trial = 0; trial < 500; ++trial) {
    PhiloxBlock<WordLanes<N>> counter;
    WordLanes<N> key0, key1;
    for (int q = 0; q < N; ++q) {
      for (auto& word : counter.word) word.v[q] = static_cast<Word>(words());
      key0.v[q] = static_cast<Word>(words());
      key1.v[q] = static_cast<Word>(words());
    }
    const auto block = kernels::philox<WordLanes<N>>(counter, key0, key1);
    for (int q = 0; q < N; ++q) {
      const PhiloxBlock<Word> own{
          {counter.word[0].v[q], counter.word[1].v[q], counter.word[2].v[q], counter.word[3].v[q]}};
      ASSERT_EQ((Four{block.word[0].v[q], block.word[1].v[q], block.word[2].v[q], block.word[3].v[q]}),
                words_of(kernels::philox<Word>(own, key0.v[q], key1.v[q])))
          << N << " lanes, lane " << q;
    }
  }
}

TEST(Philox, LanesEqualScalar) {
  lanes_equal_scalar<16>();
  lanes_equal_scalar<8>();
  lanes_equal_scalar<4>();
  lanes_equal_scalar<2>();
}

TEST(Philox, KeysOfSeedsAndIdentitiesDiffer) {
  std::vector<std::uint64_t> keys;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (std::uint64_t identity = 0; identity < 100; ++identity) keys.push_back(kernels::random_key(seed, identity));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(Philox, UsesOfOneReplicaHaveDistinctCounterWords) {
  using kernels::Stream;
  std::vector<Word> uses;
  for (Stream stream :
       {Stream::target, Stream::observations, Stream::noise, Stream::initialization, Stream::sampling, Stream::shuffle})
    for (int phase = 0; phase < 8; ++phase)
      for (int attempt : {0, 1, 2, 1000, 65535}) uses.push_back(kernels::use_word(stream, phase, attempt));
  std::sort(uses.begin(), uses.end());
  EXPECT_EQ(std::adjacent_find(uses.begin(), uses.end()), uses.end());
}

TEST(BoundedIndex, CoversItsRangeUniformly) {
  std::mt19937 words(20260103);
  for (Word n : {1u, 2u, 3u, 7u, 12u, 1000u}) {
    const int draws = 200 * static_cast<int>(n) + 1000;
    std::vector<double> count(n, 0.0);
    for (int k = 0; k < draws; ++k) {
      const Word index = kernels::bounded_index(static_cast<Word>(words()), n);
      ASSERT_LT(index, n);
      count[index] += 1.0;
    }
    const double expected = static_cast<double>(draws) / n, freedom = static_cast<double>(n) - 1.0;
    double chi_square = 0.0;
    for (double c : count) chi_square += (c - expected) * (c - expected) / expected;
    EXPECT_LT(chi_square, freedom + 5.0 * std::sqrt(2.0 * freedom) + 1.0) << "n = " << n;
  }
  EXPECT_EQ(kernels::bounded_index(0u, 12u), 0u);
  EXPECT_EQ(kernels::bounded_index(0xffffffffu, 12u), 11u);
}

}  // namespace
}  // namespace rankfall
