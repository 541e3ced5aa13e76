#pragma once
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC'11): random numbers as pure functions of (key, counter).
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// Every use of random numbers. The stream is part of the counter, so no two uses ever share a number.
enum class Stream : Word {
  target = 1, observations, noise, initialization, sampling, shuffle, measurements, measurement_noise
};

template <class Words>
struct PhiloxBlock {
  Words word[4];
};

// Known answers of Random123 hold it to the published algorithm (tests/kernels).
template <class Words>
RANKFALL_HD PhiloxBlock<Words> philox(PhiloxBlock<Words> counter, Words key0, Words key1) {
  RANKFALL_UNROLL for (int round = 0; round < 10; ++round) {
    Words high0, low0, high1, low1;
    multiply_high_low(counter.word[0], 0xD2511F53u, high0, low0);
    multiply_high_low(counter.word[2], 0xCD9E8D57u, high1, low1);
    counter.word[0] = high1 ^ counter.word[1] ^ key0;
    counter.word[1] = low1;
    counter.word[2] = high0 ^ counter.word[3] ^ key1;
    counter.word[3] = low0;
    key0 = key0 + Words(0x9E3779B9u);
    key1 = key1 + Words(0xBB67AE85u);
  }
  return counter;
}

// Whose numbers they are: the key mixes the experiment's seed with the cell, the counter holds the replica and the use.
template <class Words>
struct RandomSource {
  Words key0, key1;  // of the experiment seed and the cell's identity
  Words replica;     // index within the cell
  Words use;         // use_word(...)
};

// stream (8 bits), phase (8 bits), attempt (16 bits) in one counter word.
RANKFALL_HD constexpr Word use_word(Stream stream, int phase, int attempt) {
  return static_cast<Word>(stream) | (static_cast<Word>(phase) & 0xFFu) << 8 | static_cast<Word>(attempt) << 16;
}

// Block number (high, low) of a source: four words.
template <class Words>
RANKFALL_HD PhiloxBlock<Words> random_block(const RandomSource<Words>& source, Words low, Words high) {
  return philox<Words>({{low, high, source.replica, source.use}}, source.key0, source.key1);
}

// 64 bits to 64 bits, each input bit reaching each output bit (the finalizer of SplitMix64, Steele et al. 2014).
RANKFALL_HD constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

// The key of (seed, identity).
RANKFALL_HD constexpr std::uint64_t random_key(std::uint64_t seed, std::uint64_t identity) {
  return mix_bits(mix_bits(seed + 0x9E3779B97F4A7C15ull) ^ identity);
}

// Index in [0, n) from a word: bias at most n / 2^32, the same on every machine.
template <class Words>
RANKFALL_HD Words bounded_index(Words word, Word n) {
  Words high, low;
  multiply_high_low(word, n, high, low);
  return high;
}

}  // namespace rankfall::kernels
