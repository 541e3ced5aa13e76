#pragma once
// The arrays of a wave in device memory (kernels/wave.hpp), and of what its replicas observe.
#include "device/device.hpp"
#include "backend/instance.hpp"
#include "backend/replica_run.hpp"
#include "device/launch_plan.hpp"
#include "rankfall/census.hpp"

namespace rankfall {

// Numbers read off every replica. Two sets: a quench reads while the probe that asked for it is still open.
struct ReadingMemory {
  DeviceArray<double> scalar, singular_value, factor_norm;
  kernels::Readings view;

  ReadingMemory(const Device& device, const Factorization& model, std::size_t replicas);
};

// One replica's share of a quench.
template <class Real>
struct QuenchMemory {
  DeviceArray<Real> accepted, tried, rate;
  DeviceArray<double> accepted_scale, tried_scale, decay;
  DeviceArray<std::int64_t> steps;
  DeviceArray<kernels::Descent> descent;
  DeviceArray<int> list, live, next_live, rank;  // list: all that are quenched; live: still descending
  ReadingMemory readings;

  QuenchMemory(const Device& device, const Factorization& model, std::size_t replicas);
  kernels::QuenchState<Real> state(int entries, std::size_t replicas) const;
};

// What observation reads of the problems: float64, with the targets before noise.
struct ObservedMemory {
  int pitch;
  DeviceArray<double> weight, target, clean_target;
  DeviceArray<double> measurement, measured;  // where they are measured
  DeviceArray<std::int64_t> measurement_begin;
  DeviceArray<kernels::Word> measurement_count;

  ObservedMemory(const Device& device, const Factorization& model, int pitch,
                 const std::vector<const ProblemInstance*>& problems, int phase);
};

template <class Real>
struct WaveMemory {
  DeviceArray<Real> factors, rate;
  DeviceArray<double> scale, decay;
  DeviceArray<kernels::Progress> progress;
  DeviceArray<std::int64_t> start_step, steps, taken, taken_sum, leg;
  DeviceArray<std::uint64_t> draws, leg_draws;
  DeviceArray<kernels::RandomSource<kernels::Word>> source;
  DeviceArray<int> start_rank, cell, problem, live, next_live, changed_list, rank_now, standing, counts, census;
  DeviceArray<unsigned char> goes_on, changed;
  DeviceArray<kernels::RankChange> change, gathered;
  DeviceArray<kernels::Word> permutation;
  DeviceArray<Real> memory;  // of phases that remember (AdvanceJob)
  DeviceArray<unsigned char> list_scratch;
  ReadingMemory readings;
  QuenchMemory<Real> quench;

  // `shuffled`: observed entries per replica whose permutation must be kept, 0 where none is; `remembered`: numbers that
  // phases which remember keep.
  WaveMemory(const Device& device, const Factorization& model, std::size_t replicas, std::size_t shuffled,
             std::size_t remembered);

  static std::size_t bytes_per_replica(const Factorization& model, std::size_t shuffled, std::size_t remembered);
  std::size_t replicas() const { return scale.size(); }

  // Jobs over the first `count` of the live replicas.
  kernels::AdvanceJob<Real> advance_job(const Factorization& model, const kernels::ProblemTable<Real>& problems,
                                        int batch_size, kernels::Sampling sampling, int count) const;
  kernels::ObserveJob<Real> observe_job(const Factorization& model, const ObservedMemory& observed,
                                        const DeviceArray<kernels::CellTerms>& terms, kernels::Detail detail,
                                        int count) const;
};

// What the losses of one phase see, padded to the pitch of the kernels that read it.
template <class Real>
class ProblemMemory {
 public:
  ProblemMemory(const Device& device, const Factorization& model, int pitch,
                const std::vector<const ObservedData*>& problems);
  const kernels::ProblemTable<Real>& table() const { return table_; }

 private:
  DeviceArray<Real> weight_, target_, entry_target_, entry_weight_, measurement_;
  DeviceArray<kernels::Word> position_, entry_count_;
  DeviceArray<std::int64_t> entry_begin_;
  kernels::ProblemTable<Real> table_{};
};

int entries_of(const Factorization& model);  // of all factors
std::size_t remembered_numbers(const Cell& cell);  // per replica, by phases that remember: AdvanceJob::memory
kernels::CellTerms cell_terms(const PhaseSpec& phase, const ProbeSpec& probe, std::size_t observed);

extern template struct WaveMemory<float>;
extern template struct WaveMemory<double>;
extern template struct QuenchMemory<float>;
extern template struct QuenchMemory<double>;
extern template class ProblemMemory<float>;
extern template class ProblemMemory<double>;

}  // namespace rankfall
