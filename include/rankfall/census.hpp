#pragma once
// How many replicas stand where, as of their latest probes: what is shown while they train.
#include <array>
#include <cstdint>

namespace rankfall {

// Counts by rank (the last class: that or more) and by standing: in training, or ended as an Outcome says.
struct Census {
  static constexpr int ranks = 33;
  static constexpr int standings = 7;  // in training, then the outcomes in their order
  std::array<std::int64_t, standings * ranks> count{};

  Census& operator+=(const Census& other) {
    for (std::size_t k = 0; k < count.size(); ++k) count[k] += other.count[k];
    return *this;
  }
  std::int64_t of_rank(int rank) const {
    std::int64_t sum = 0;
    for (int standing = 0; standing < standings; ++standing) sum += at(standing, rank);
    return sum;
  }
  std::int64_t of_standing(int standing) const {
    std::int64_t sum = 0;
    for (int rank = 0; rank < ranks; ++rank) sum += at(standing, rank);
    return sum;
  }

 private:
  std::int64_t at(int standing, int rank) const { return count[static_cast<std::size_t>(standing * ranks + rank)]; }
};

// Where the time of training threads went, in seconds of a thread.
struct TimeSplit {
  double starting = 0.0;   // problems and initial factors drawn
  double training = 0.0;   // steps
  double probing = 0.0;    // losses, ranks, spectra
  double labelling = 0.0;  // quenches

  TimeSplit& operator+=(const TimeSplit& other) {
    starting += other.starting;
    training += other.training;
    probing += other.probing;
    labelling += other.labelling;
    return *this;
  }
};

// What has happened since the last one.
struct Activity {
  double replica_steps = 0.0;
  Census change;      // counts gained, or lost if negative
  TimeSplit seconds;  // of CPU threads; zero where a device trains
};

}  // namespace rankfall
