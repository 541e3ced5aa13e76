// Devices, their memory, and the launches that have one form for every size of matrix.
#include <cub/device/device_histogram.cuh>
#include <cub/device/device_reduce.cuh>
#include <cub/device/device_select.cuh>
#include <cuda_runtime.h>

#include "kernels/cuda.cuh"

namespace rankfall::kernels {

namespace {

cudaStream_t cuda(Queue queue) { return static_cast<cudaStream_t>(queue); }

template <class Job>
Status start(const Job& job, int count, Queue queue) {
  constexpr int threads = 128;
  if (count == 0) return {};
  for_each_replica<<<(count + threads - 1) / threads, threads, 0, cuda(queue)>>>(job, count);
  return status_of(cudaGetLastError(), "for_each_replica");
}

template <class Loss, class Real>
__global__ void __launch_bounds__(256, 1) observe_each_by_blocks(const __grid_constant__ ObserveJob<Real> job, double* scratch) {
  observe_by_blocks<Loss>(CudaBlock{}, CudaTeam::of_block(), job, scratch);
}

template <class Loss, class Real>
Status observe(const ObserveJob<Real>& job, const LaunchShape& shape, void* scratch, Queue queue) {
  if (job.live_count == 0) return {};
  observe_each_by_blocks<Loss><<<shape.blocks, shape.team, 0, cuda(queue)>>>(job, static_cast<double*>(scratch));
  return status_of(cudaGetLastError(), "observe_each_by_blocks");
}

template <class Real>
__global__ void __launch_bounds__(256, 1) multiply_add_registers(Real* sink, int size, std::int64_t rounds) {
  constexpr int chains = 16;
  const int thread = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const Real factor = Real(0.999) + Real(1e-6) * Real(thread % 7), term = Real(1e-3) + sink[thread % size] * Real(1e-9);
  Real x[chains];
  RANKFALL_UNROLL for (int c = 0; c < chains; ++c) x[c] = Real(c + 1);
  for (std::int64_t round = 0; round < rounds; ++round)
    RANKFALL_UNROLL for (int c = 0; c < chains; ++c) x[c] = mul_add(x[c], factor, term);
  Real sum(0);
  RANKFALL_UNROLL for (int c = 0; c < chains; ++c) sum = sum + x[c];
  if (sum == Real(-1)) sink[thread % size] = sum;  // never, which the compiler cannot know
}

template <class Real>
Status peak(Real* sink, int size, std::int64_t rounds, int multiprocessors, double& multiply_adds, Queue queue) {
  const int blocks = 8 * multiprocessors, threads = 256;
  multiply_adds = 16.0 * static_cast<double>(rounds) * blocks * threads;
  multiply_add_registers<<<blocks, threads, 0, cuda(queue)>>>(sink, size, rounds);
  return status_of(cudaGetLastError(), "multiply_add_registers");
}

}  // namespace

Status launch_peak(float* sink, int size, std::int64_t rounds, int multiprocessors, double& multiply_adds, Queue queue) {
  return peak(sink, size, rounds, multiprocessors, multiply_adds, queue);
}
Status launch_peak(double* sink, int size, std::int64_t rounds, int multiprocessors, double& multiply_adds, Queue queue) {
  return peak(sink, size, rounds, multiprocessors, multiply_adds, queue);
}

Status count_devices(int& count) {
  count = 0;
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0)
    return {"cudaDriverGetVersion", "this machine has no NVIDIA driver", false};
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaErrorNoDevice) return {};
  if (error == cudaErrorInsufficientDriver)
    return {"cudaGetDeviceCount", "the NVIDIA driver is older than the CUDA runtime of this program", false};
  return status_of(error, "cudaGetDeviceCount");
}
Status select_device(int device) { return status_of(cudaSetDevice(device), "cudaSetDevice"); }

Status device_limits(int device, DeviceLimits& limits) {
  cudaDeviceProp properties;
  Status status = select_device(device);  // free memory is asked of the current device
  if (status.call) return status;
  status = status_of(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  if (status.call) return status;
  for (int k = 0; k < 256; ++k) limits.name[k] = properties.name[k];
  limits.name[255] = 0;
  limits.major = properties.major;
  limits.minor = properties.minor;
  limits.multiprocessors = properties.multiProcessorCount;
  limits.threads_per_multiprocessor = properties.maxThreadsPerMultiProcessor;
  limits.shared_per_block = properties.sharedMemPerBlockOptin;
  limits.shared_per_multiprocessor = properties.sharedMemPerMultiprocessor;
  limits.memory = properties.totalGlobalMem;
  std::size_t total = 0;
  return status_of(cudaMemGetInfo(&limits.free_memory, &total), "cudaMemGetInfo");
}

Status allocate(std::size_t bytes, void*& memory) { return status_of(cudaMalloc(&memory, bytes), "cudaMalloc"); }
void release(void* memory) { cudaFree(memory); }

Status create_queue(Queue& queue) {
  cudaStream_t stream;
  const Status status = status_of(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  queue = stream;
  return status;
}
void destroy_queue(Queue queue) { cudaStreamDestroy(cuda(queue)); }
Status synchronize(Queue queue) { return status_of(cudaStreamSynchronize(cuda(queue)), "cudaStreamSynchronize"); }
Status upload(void* to, const void* from, std::size_t bytes, Queue queue) {
  return status_of(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, cuda(queue)), "cudaMemcpyAsync to the device");
}
Status download(void* to, const void* from, std::size_t bytes, Queue queue) {
  return status_of(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, cuda(queue)), "cudaMemcpyAsync from the device");
}
Status copy_on_device(void* to, const void* from, std::size_t bytes, Queue queue) {
  return status_of(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, cuda(queue)), "cudaMemcpyAsync on the device");
}

std::size_t list_scratch_bytes(int most) {
  std::size_t selected = 0, summed = 0, counted = 0;
  int* none = nullptr;
  std::int64_t* no_sum = nullptr;
  cub::DeviceSelect::Flagged(nullptr, selected, none, static_cast<unsigned char*>(nullptr), none, none, most);
  cub::DeviceReduce::Sum(nullptr, summed, no_sum, no_sum, most);
  cub::DeviceHistogram::HistogramEven(nullptr, counted, none, none, most_bins + 1, 0, most_bins, most);
  return selected > summed ? (selected > counted ? selected : counted) : (summed > counted ? summed : counted);
}

Status sum(const std::int64_t* values, int count, std::int64_t* total, void* scratch, std::size_t scratch_bytes, Queue queue) {
  return status_of(cub::DeviceReduce::Sum(scratch, scratch_bytes, values, total, count, cuda(queue)), "cub::DeviceReduce::Sum");
}

Status count_values(const int* values, int count, int bins, int* counts, void* scratch, std::size_t scratch_bytes,
                    Queue queue) {
  return status_of(
      cub::DeviceHistogram::HistogramEven(scratch, scratch_bytes, values, counts, bins + 1, 0, bins, count, cuda(queue)),
      "cub::DeviceHistogram::HistogramEven");
}

Status select_marked(const int* items, const unsigned char* mark, int count, int* kept, int* kept_count, void* scratch,
                     std::size_t scratch_bytes, Queue queue) {
  return status_of(
      cub::DeviceSelect::Flagged(scratch, scratch_bytes, items, mark, kept, kept_count, count, cuda(queue)),
      "cub::DeviceSelect::Flagged");
}

Status observe_by_blocks(const ObserveJob<float>& job, const LaunchShape& shape, void* scratch, Queue queue) {
  return observe<EntryLoss>(job, shape, scratch, queue);
}
Status observe_by_blocks(const ObserveJob<double>& job, const LaunchShape& shape, void* scratch, Queue queue) {
  return observe<EntryLoss>(job, shape, scratch, queue);
}
Status observe_measured_by_blocks(const ObserveJob<float>& job, const LaunchShape& shape, void* scratch, Queue queue) {
  return observe<MeasuredLoss>(job, shape, scratch, queue);
}
Status observe_measured_by_blocks(const ObserveJob<double>& job, const LaunchShape& shape, void* scratch, Queue queue) {
  return observe<MeasuredLoss>(job, shape, scratch, queue);
}
Status launch(const OpenPhaseJob<float>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const OpenPhaseJob<double>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const JoinPhaseJob<float>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const JoinPhaseJob<double>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const LegJob<float>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const LegJob<double>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const DecideJob& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const BeginQuenchJob<float>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const BeginQuenchJob<double>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const JudgeQuenchJob<float>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const JudgeQuenchJob<double>& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const GatherChangesJob& job, int count, Queue queue) { return start(job, count, queue); }
Status launch(const QuenchedRankJob& job, int count, Queue queue) { return start(job, count, queue); }

}  // namespace rankfall::kernels
