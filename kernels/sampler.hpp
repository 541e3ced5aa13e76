#pragma once
// Which observed entry a step of SGD sees.
#include "kernels/state.hpp"

namespace rankfall::kernels {

// A draw of each lane.
template <class V>
struct DrawnEntry {
  WordsOf<V> row, column;
  V target, weight;
};

// Word `place` of each lane's block; chosen, not indexed: a block stays in registers.
template <class Words>
RANKFALL_HD Words word_of(const PhiloxBlock<Words>& block, Words place) {
  return select(place == Words(0u), block.word[0],
                select(place == Words(1u), block.word[1],
                       select(place == Words(2u), block.word[2], block.word[3])));
}

// A uniform permutation of 0 .. count-1 (Fisher & Yates), a pure function of (source, epoch); element k at k * stride.
RANKFALL_HD void shuffle_entries(RandomSource<Word> source, Word epoch, Word count, Word* permutation, int stride) {
  for (Word k = 0; k < count; ++k) permutation[k * stride] = k;
  PhiloxBlock<Word> block{};
  for (Word k = 0; k + 1 < count; ++k) {
    if (k % 4 == 0) block = random_block<Word>(source, k / 4, epoch);
    const Word pick = k + bounded_index(word_of(block, k % 4), count - k);
    const Word kept = permutation[k * stride];
    permutation[k * stride] = permutation[pick * stride];
    permutation[pick * stride] = kept;
  }
}

// The words of consecutive draws of every lane, from number (low, high) on; one Philox block serves four. After a refill
// lanes may stand at different places of their blocks.
template <class Words, int lanes>
class WordStream {
 public:
  RANKFALL_HD explicit WordStream(const RandomSource<Words>& source, Words low, Words high)
      : source_(source), low_(low), high_(high) {}

  RANKFALL_HD Words next() {
    if constexpr (lanes == 1) {
      return next_of_one();
    } else {
      if (taken_ == 4) refill();
      return ahead_[taken_++];
    }
  }

 private:
  // A thread keeps its block in registers, where nothing can be indexed.
  RANKFALL_HD Words next_of_one() {
    if (fresh_ || any((low_ & Words(3u)) == Words(0u)))
      block_ = random_block<Words>(source_, low_ >> 2 | high_ << 30, high_ >> 2);
    fresh_ = false;
    const Words word = word_of(block_, low_ & Words(3u));
    low_ = low_ + Words(1u);
    high_ = select(low_ == Words(0u), high_ + Words(1u), high_);
    return word;
  }

  // The next four draws of every lane, wherever in their blocks they begin.
  RANKFALL_FN void refill() {
    const Words place = low_ & Words(3u);
    block_ = random_block<Words>(source_, low_ >> 2 | high_ << 30, high_ >> 2);
    low_ = low_ + Words(4u);
    high_ = select((low_ >> 2) == Words(0u), high_ + Words(1u), high_);
    for (Word k = 0; k < 4; ++k) ahead_[k] = block_.word[k];
    taken_ = 0;
    if (!any(((place & Words(1u)) | (place >> 1)) == Words(1u))) return;
    const PhiloxBlock<Words> following = random_block<Words>(source_, low_ >> 2 | high_ << 30, high_ >> 2);
    for (Word k = 0; k < 4; ++k) {
      const Words at = place + Words(k);
      ahead_[k] = select((at >> 2) == Words(0u), word_of(block_, at), word_of(following, at & Words(3u)));
    }
  }

  const RandomSource<Words>& source_;
  Words low_, high_;
  PhiloxBlock<Words> block_{};
  Words ahead_[lanes > 1 ? 4 : 1];
  int taken_ = 4;
  bool fresh_ = true;
};

// Draws number draw, draw + 1, ... of every lane.
// Every member of a team draws for itself and gets the same entry; only permutations are shared, and made by one.
template <class V, Team T>
class EntrySampler {
  using Words = WordsOf<V>;
  using Real = RealOf<V>;

 public:
  RANKFALL_HD EntrySampler(const T& team, const Draws<V>& draws)
      : team_(team), draws_(draws), words_(draws.source, draws.low, draws.high) {
    lane_numbers(lane_);
    if (draws.sampling != Sampling::uniform) locate();
    if constexpr (lanes > 1) {
      if (draws.entries.lane_stride == 0 && draws.entries.count <= small_table) fill_tables();
    }
  }

  RANKFALL_HD DrawnEntry<V> next() {
    const EntryList<Real>& entries = draws_.entries;
    const Words k = next_index();
    Words position;
    DrawnEntry<V> entry;
    if (!in_tables(k, position, entry)) {
      const Words at = k * Words(static_cast<Word>(entries.stride)) + lane_ * Words(static_cast<Word>(entries.lane_stride));
      gather(entries.position, at, position);
      gather(entries.target, at, entry.target);
      gather(entries.weight, at, entry.weight);
    }
    entry.row = position >> 16;
    entry.column = position & Words(0xFFFFu);
    return entry;
  }

  // The number of the entry or measurement that is drawn.
  RANKFALL_HD Words next_index() {
    if (draws_.sampling == Sampling::uniform) return bounded_index(words_.next(), draws_.entries.count);
    Words index = index_;
    if (draws_.sampling == Sampling::shuffled)
      gather(draws_.permutation, index_ * Words(static_cast<Word>(lanes)) + lane_, index);
    index_ = index_ + Words(1u);
    const auto wrapped = index_ == Words(draws_.entries.count);
    index_ = select(wrapped, Words(0u), index_);
    epoch_ = select(wrapped, epoch_ + Words(1u), epoch_);
    if (draws_.sampling == Sampling::shuffled && any(wrapped)) shuffle(false);
    return index;
  }

 private:
  RANKFALL_HD bool in_tables([[maybe_unused]] Words k, [[maybe_unused]] Words& position,
                             [[maybe_unused]] DrawnEntry<V>& entry) const {
    if constexpr (lanes > 1)
      if (tables_ > 0) {
        look_up(positions_, tables_, k, position);
        look_up(targets_, tables_, k, entry.target);
        look_up(weights_, tables_, k, entry.weight);
        return true;
      }
    return false;
  }

  // Few entries that all lanes share are looked up by permutations of registers, which cost a fifth of gathers.
  RANKFALL_FN void fill_tables() {
    for (Word k = 0; k < small_table; ++k) {
      const bool inside = k < draws_.entries.count;
      const auto at = static_cast<std::size_t>(k) * static_cast<std::size_t>(draws_.entries.stride);
      positions_[k] = inside ? draws_.entries.position[at] : 0;
      targets_[k] = inside ? draws_.entries.target[at] : Real(0);
      weights_[k] = inside ? draws_.entries.weight[at] : Real(0);
    }
    tables_ = draws_.entries.count <= small_table / 2 ? small_table / 2 : small_table;
  }

  // Position and epoch of the first draw of each lane.
  RANKFALL_HD void locate() {
    Word low[lanes], high[lanes], index[lanes], epoch[lanes];
    __builtin_memcpy(low, &draws_.low, sizeof low);
    __builtin_memcpy(high, &draws_.high, sizeof high);
    for (int q = 0; q < lanes; ++q) {
      const std::uint64_t draw = static_cast<std::uint64_t>(high[q]) << 32 | low[q];
      index[q] = static_cast<Word>(draw % draws_.entries.count);
      epoch[q] = static_cast<Word>(draw / draws_.entries.count);
    }
    __builtin_memcpy(&index_, index, sizeof index);
    __builtin_memcpy(&epoch_, epoch, sizeof epoch);
    if (draws_.sampling == Sampling::shuffled) shuffle(true);
  }

  // Permutations of the lanes that begin an epoch; of all lanes when training enters in the middle of one.
  RANKFALL_HD void shuffle(bool all) {
    Word index[lanes], epoch[lanes], key0[lanes], key1[lanes], replica[lanes], use[lanes];
    __builtin_memcpy(index, &index_, sizeof index);
    __builtin_memcpy(epoch, &epoch_, sizeof epoch);
    __builtin_memcpy(key0, &draws_.source.key0, sizeof key0);
    __builtin_memcpy(key1, &draws_.source.key1, sizeof key1);
    __builtin_memcpy(replica, &draws_.source.replica, sizeof replica);
    __builtin_memcpy(use, &draws_.source.use, sizeof use);
    team_.sync();  // every member has read its entry of the old permutation
    for (int q = team_.rank(); q < lanes; q += team_.size())
      if (all || index[q] == 0)
        shuffle_entries({key0[q], key1[q], replica[q], use[q]}, epoch[q], draws_.entries.count,
                        draws_.permutation + q, lanes);
    team_.sync();
  }

  static constexpr int lanes = ValueTraits<V>::lanes;
  static constexpr Word small_table = 64;
  const T& team_;
  const Draws<V>& draws_;
  WordStream<Words, lanes> words_;
  Words lane_;
  Words index_{}, epoch_{};
  Word tables_ = 0;  // elements to look through; 0: the lists are gathered from
  static constexpr Word kept = lanes > 1 ? small_table : 1;
  alignas(16) Word positions_[kept];
  alignas(16) Real targets_[kept], weights_[kept];
};

}  // namespace rankfall::kernels
