#include "device/wave_memory.hpp"

namespace rankfall {

namespace {

constexpr std::size_t scalars = 7;  // of Readings

// Dense rows x columns into a matrix of another pitch.
template <class To>
void spread(const Factorization& model, const std::vector<double>& dense, int pitch, To* out) {
  for (int i = 0; i < model.rows(); ++i)
    for (int j = 0; j < model.columns(); ++j)
      out[i * pitch + j] = static_cast<To>(dense[static_cast<std::size_t>(i) * model.columns() + j]);
}

template <class To>
void append(const std::vector<double>& from, std::vector<To>& to) {
  for (double x : from) to.push_back(static_cast<To>(x));
}

}  // namespace

ReadingMemory::ReadingMemory(const Device& device, const Factorization& model, std::size_t replicas)
    : scalar(device, scalars * replicas),
      singular_value(device, static_cast<std::size_t>(model.singular_values()) * replicas),
      factor_norm(device, static_cast<std::size_t>(model.factors()) * replicas) {
  double* const at = scalar.data();
  view = {at,
          at + replicas,
          at + 2 * replicas,
          at + 3 * replicas,
          at + 4 * replicas,
          at + 5 * replicas,
          at + 6 * replicas,
          singular_value.data(),
          factor_norm.data(),
          model.singular_values(),
          static_cast<std::int64_t>(replicas)};
}

template <class Real>
QuenchMemory<Real>::QuenchMemory(const Device& device, const Factorization& model, std::size_t replicas)
    : accepted(device, static_cast<std::size_t>(entries_of(model)) * replicas),
      tried(device, static_cast<std::size_t>(entries_of(model)) * replicas),
      rate(device, replicas),
      accepted_scale(device, replicas),
      tried_scale(device, replicas),
      decay(device, replicas),
      steps(device, replicas),
      descent(device, replicas),
      list(device, replicas),
      live(device, replicas),
      next_live(device, replicas),
      rank(device, replicas),
      readings(device, model, replicas) {}

template <class Real>
kernels::QuenchState<Real> QuenchMemory<Real>::state(int entries, std::size_t replicas) const {
  return {accepted.data(), tried.data(), accepted_scale.data(), tried_scale.data(), rate.data(),
          decay.data(),    steps.data(), descent.data(),        entries,            static_cast<std::int64_t>(replicas)};
}

template <class Real>
WaveMemory<Real>::WaveMemory(const Device& device, const Factorization& model, std::size_t replicas,
                             std::size_t shuffled, std::size_t remembered)
    : factors(device, static_cast<std::size_t>(entries_of(model)) * replicas),
      rate(device, replicas),
      scale(device, replicas),
      decay(device, replicas),
      progress(device, replicas),
      start_step(device, replicas),
      steps(device, replicas),
      taken(device, replicas),
      taken_sum(device, 1),
      leg(device, replicas),
      draws(device, replicas),
      leg_draws(device, replicas),
      source(device, replicas),
      start_rank(device, replicas),
      cell(device, replicas),
      problem(device, replicas),
      live(device, replicas),
      next_live(device, replicas),
      changed_list(device, replicas),
      rank_now(device, replicas),
      standing(device, replicas),
      counts(device, 2),
      census(device, Census{}.count.size()),
      goes_on(device, replicas),
      changed(device, replicas),
      change(device, replicas),
      gathered(device, replicas),
      permutation(device, replicas * shuffled),
      memory(device, replicas * remembered),
      list_scratch(device, kernels::list_scratch_bytes(static_cast<int>(replicas))),
      readings(device, model, replicas),
      quench(device, model, replicas) {}

// The sum of what the constructors take, lists' scratch aside.
template <class Real>
std::size_t WaveMemory<Real>::bytes_per_replica(const Factorization& model, std::size_t shuffled, std::size_t remembered) {
  const std::size_t entries = static_cast<std::size_t>(entries_of(model));
  const std::size_t reading = 8 * (scalars + static_cast<std::size_t>(model.singular_values() + model.factors()));
  const std::size_t quench = 2 * sizeof(Real) * entries + sizeof(Real) + 3 * 8 + 8 + sizeof(kernels::Descent) + 4 * 4 + reading;
  const std::size_t own = sizeof(Real) * (entries + 1 + remembered) + 2 * 8 + sizeof(kernels::Progress) + 6 * 8 + 16 + 8 * 4 + 2 +
                          2 * sizeof(kernels::RankChange) + 4 * shuffled + reading;
  return own + quench;
}

template <class Real>
kernels::AdvanceJob<Real> WaveMemory<Real>::advance_job(const Factorization& model,
                                                        const kernels::ProblemTable<Real>& problems, int batch_size,
                                                        kernels::Sampling sampling, int count) const {
  kernels::AdvanceJob<Real> job{};
  job.shape = kernel_shape(model);
  job.stride = static_cast<int>(replicas());
  job.factors = factors.data();
  job.scale = scale.data();
  job.rate = rate.data();
  job.decay = decay.data();
  job.steps = steps.data();
  job.draws = draws.data();
  job.source = source.data();
  job.problem = problem.data();
  job.problems = problems;
  job.permutation = permutation.data();
  job.permutation_stride = static_cast<std::int64_t>(permutation.size() / replicas());
  job.batch_size = batch_size;
  job.sampling = sampling;
  job.live = live.data();
  job.live_count = count;
  job.cell = cell.data();
  job.progress = progress.data();
  job.taken = steps.data();
  job.memory = memory.data();
  return job;
}

template <class Real>
kernels::ObserveJob<Real> WaveMemory<Real>::observe_job(const Factorization& model, const ObservedMemory& observed,
                                                        const DeviceArray<kernels::CellTerms>& terms,
                                                        kernels::Detail detail, int count) const {
  return {kernel_shape(model),
          observed.pitch,
          static_cast<std::int64_t>(replicas()),
          factors.data(),
          scale.data(),
          cell.data(),
          problem.data(),
          terms.data(),
          observed.weight.data(),
          observed.target.data(),
          observed.clean_target.data(),
          observed.measurement.data(),
          observed.measured.data(),
          observed.measurement_begin.data(),
          observed.measurement_count.data(),
          detail,
          readings.view,
          live.data(),
          count};
}

template <class Real>
ProblemMemory<Real>::ProblemMemory(const Device& device, const Factorization& model, int pitch,
                                   const std::vector<const ObservedData*>& problems) {
  const std::size_t square = static_cast<std::size_t>(pitch) * pitch;
  std::vector<Real> weight(problems.size() * square, Real(0)), target = weight, entry_target, entry_weight, measurement;
  std::vector<kernels::Word> position, count;
  std::vector<std::int64_t> begin;
  for (std::size_t b = 0; b < problems.size(); ++b) {
    const ObservedData& data = *problems[b];
    spread(model, data.weight, pitch, weight.data() + b * square);
    spread(model, data.target, pitch, target.data() + b * square);
    begin.push_back(static_cast<std::int64_t>(position.size()));
    count.push_back(static_cast<kernels::Word>(data.count()));
    if (data.measurements) {  // in place of entries
      append(data.measurements->matrix, measurement);
      append(data.measurements->value, entry_target);
      position.resize(entry_target.size(), 0u);
      entry_weight.resize(entry_target.size(), Real(0));
    }
    for (const ObservedEntry& entry : data.entries) {
      const std::size_t element = static_cast<std::size_t>(entry.row) * model.columns() + entry.column;
      position.push_back(static_cast<kernels::Word>(entry.row) << 16 | static_cast<kernels::Word>(entry.column));
      entry_target.push_back(static_cast<Real>(data.target[element]));
      entry_weight.push_back(static_cast<Real>(entry.weight));
    }
  }
  weight_ = on_device(device, weight);
  target_ = on_device(device, target);
  entry_target_ = on_device(device, entry_target);
  entry_weight_ = on_device(device, entry_weight);
  position_ = on_device(device, position);
  entry_count_ = on_device(device, count);
  entry_begin_ = on_device(device, begin);
  measurement_ = on_device(device, measurement);
  table_ = {weight_.data(),       target_.data(),       static_cast<int>(square),
            position_.data(),     entry_target_.data(), entry_weight_.data(),
            entry_begin_.data(), entry_count_.data(), measurement_.data()};
}

ObservedMemory::ObservedMemory(const Device& device, const Factorization& model, int row_pitch,
                               const std::vector<const ProblemInstance*>& problems, int phase)
    : pitch(row_pitch) {
  const std::size_t square = static_cast<std::size_t>(pitch) * pitch;
  std::vector<double> w(problems.size() * square, 0.0), t = w, c = w, matrix, value;
  std::vector<std::int64_t> begin;
  std::vector<kernels::Word> count;
  for (std::size_t b = 0; b < problems.size(); ++b) {
    const ObservedData& data = problems[b]->phase[static_cast<std::size_t>(phase)];
    spread(model, data.weight, pitch, w.data() + b * square);
    spread(model, data.target, pitch, t.data() + b * square);
    spread(model, problems[b]->target_in(static_cast<std::size_t>(phase)), pitch, c.data() + b * square);
    if (!data.measurements) continue;
    begin.push_back(static_cast<std::int64_t>(value.size()));
    count.push_back(static_cast<kernels::Word>(data.count()));
    append(data.measurements->matrix, matrix);
    append(data.measurements->value, value);
  }
  measurement = on_device(device, matrix);
  measured = on_device(device, value);
  measurement_begin = on_device(device, begin);
  measurement_count = on_device(device, count);
  weight = on_device(device, w);
  target = on_device(device, t);
  clean_target = on_device(device, c);
}

template struct QuenchMemory<float>;
template struct QuenchMemory<double>;
template struct WaveMemory<float>;
template struct WaveMemory<double>;
template class ProblemMemory<float>;
template class ProblemMemory<double>;

}  // namespace rankfall
