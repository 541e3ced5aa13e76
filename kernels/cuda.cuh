#pragma once
// What every .cu shares: errors as a Status, and the two models of a team of threads on a GPU.
#include "kernels/placement.hpp"

namespace rankfall::kernels {

inline Status status_of(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return {nullptr, nullptr, false};
  return {call, cudaGetErrorString(error), error == cudaErrorMemoryAllocation};
}

// Threads of one block that share a replica: a whole block, or 2, 4, 8, 16 or 32 consecutive threads of a warp, so that
// several replicas share the warp and none waits for another.
class CudaTeam {
 public:
  __device__ static CudaTeam of_block() { return CudaTeam(static_cast<int>(threadIdx.x), static_cast<int>(blockDim.x)); }
  __device__ static CudaTeam of_size(int size) {
    return size > warp_size ? of_block() : CudaTeam(static_cast<int>(threadIdx.x) % size, size);
  }
  __device__ __forceinline__ int rank() const { return rank_; }
  __device__ __forceinline__ int size() const { return size_; }
  __device__ __forceinline__ void sync() const {
    if (size_ > warp_size) __syncthreads();
    else __syncwarp(mask_);
  }

 private:
  __device__ CudaTeam(int rank, int size)
      : rank_(rank), size_(size), mask_((size >= 32 ? 0xFFFFFFFFu : (1u << size) - 1u) << ((threadIdx.x % 32u) - rank % 32)) {}
  int rank_, size_;
  unsigned mask_;
};

struct CudaBlock {
  __device__ __forceinline__ int index() const { return static_cast<int>(blockIdx.x); }
  __device__ __forceinline__ int count() const { return static_cast<int>(gridDim.x); }
  __device__ __forceinline__ int thread() const { return static_cast<int>(threadIdx.x); }
  __device__ __forceinline__ int threads() const { return static_cast<int>(blockDim.x); }
};

template <class Job>
__global__ void __launch_bounds__(128) for_each_replica(const __grid_constant__ Job job, int count) {
  const int k = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (k < count) job(k);
}

}  // namespace rankfall::kernels
