// The training loops as device code: a thread per replica, and a block per replica. Compiled, not run: check_ptx.py
// looks at the instructions.
#include "kernels/normal.hpp"
#include "kernels/spectrum.hpp"
#include "kernels/train.hpp"

namespace rankfall::kernels {

struct BlockTeam {
#if defined(__CUDA_ARCH__)
  RANKFALL_HD int rank() const { return static_cast<int>(threadIdx.x); }
  RANKFALL_HD int size() const { return static_cast<int>(blockDim.x); }
  RANKFALL_HD void sync() const { __syncthreads(); }
#else
  RANKFALL_HD int rank() const { return 0; }
  RANKFALL_HD int size() const { return 1; }
  RANKFALL_HD void sync() const {}
#endif
};
static_assert(Team<BlockTeam>);

template <class Optimizer, class Real, int D>
__global__ void train_by_threads(Trainee<Real>* trainees, std::int64_t steps) {
  train<Optimizer>(SerialTeam{}, Pitch<D>{}, trainees[blockIdx.x * blockDim.x + threadIdx.x], steps);
}

template <class Optimizer, class Real, int D>
__global__ void train_by_blocks(Trainee<Real>* trainees, std::int64_t steps) {
  train<Optimizer>(BlockTeam{}, Pitch<D>{}, trainees[blockIdx.x], steps);
}

__global__ void read_spectrum(int rows, int columns, double* a, double* value) {
  singular_values<double>(SerialTeam{}, rows, columns, a, value);
}

__global__ void draw_normals(RandomSource<Word> source, int count, double* out) {
  VariateSequence variates(source);
  for (int k = 0; k < count; ++k) out[k] = variates.normal();
}

// A product and a sum that a compiler may fuse: check_ptx.py must find no fma here.
__global__ void product_and_sum(const float* a, double* b) {
  b[0] = static_cast<double>(a[0] * a[1] + a[2]);
  b[1] = b[2] * b[3] + b[4];
}

// Addresses taken, so that the kernels exist.
template <class Real, int D>
void take(const void** out) {
  out[0] = reinterpret_cast<const void*>(&train_by_threads<GradientDescent, Real, D>);
  out[1] = reinterpret_cast<const void*>(&train_by_threads<SingleEntrySgd, Real, D>);
  out[2] = reinterpret_cast<const void*>(&train_by_threads<BatchSgd, Real, D>);
  out[3] = reinterpret_cast<const void*>(&train_by_blocks<GradientDescent, Real, D>);
  out[4] = reinterpret_cast<const void*>(&train_by_blocks<SingleEntrySgd, Real, D>);
  out[5] = reinterpret_cast<const void*>(&train_by_blocks<BatchSgd, Real, D>);
}

void take_all(const void** out) {
  take<float, 4>(out);
  take<float, 10>(out + 6);
  take<float, 32>(out + 12);
  take<double, 4>(out + 18);
  take<double, 10>(out + 24);
  take<double, 32>(out + 30);
}

}  // namespace rankfall::kernels
