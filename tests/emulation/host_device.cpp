#include "tests/emulation/host_device.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <numeric>

namespace rankfall {

namespace emulation {

HostDevice& HostDevice::instance() {
  static HostDevice device;
  static std::once_flag once;
  std::call_once(once, [] { device.reset(); });
  return device;
}

void HostDevice::reset() {
  limits = {};
  std::strcpy(limits.name, "the host");
  limits.major = 9;
  limits.multiprocessors = 2;
  limits.threads_per_multiprocessor = 512;
  limits.shared_per_block = 64 << 10;
  limits.shared_per_multiprocessor = 66 << 10;
  limits.memory = limits.free_memory = most_memory = std::size_t{4} << 30;
  devices = 1;
  members = Members::one;
  peak_memory = memory_in_use;
  launches = 0;
  for (long& count : advances) count = 0;
}

namespace {
std::mutex mutex;
constexpr std::size_t header = 64;  // before each allocation: its size
}  // namespace

}  // namespace emulation

namespace kernels {

using emulation::HostDevice;

Status count_devices(int& count) {
  count = HostDevice::instance().devices;
  return {};
}
Status select_device(int device) {
  if (device < HostDevice::instance().devices) return {};
  return {"select_device", "no such device", false};
}
Status device_limits(int device, DeviceLimits& limits) {
  limits = HostDevice::instance().limits;
  return select_device(device);
}

// Fresh memory holds NaN, so that whoever reads what nobody wrote is found out.
Status allocate(std::size_t bytes, void*& memory) {
  HostDevice& device = HostDevice::instance();
  const std::lock_guard lock(emulation::mutex);
  if (device.memory_in_use + bytes > device.most_memory) return {"allocate", "out of memory", true};
  auto* all = static_cast<unsigned char*>(std::aligned_alloc(64, (bytes + emulation::header + 63) / 64 * 64));
  std::memcpy(all, &bytes, sizeof bytes);
  std::memset(all + emulation::header, 0xFF, bytes);
  device.memory_in_use += bytes;
  device.peak_memory = device.memory_in_use > device.peak_memory ? device.memory_in_use : device.peak_memory;
  memory = all + emulation::header;
  return {};
}
void release(void* memory) {
  auto* all = static_cast<unsigned char*>(memory) - emulation::header;
  std::size_t bytes = 0;
  std::memcpy(&bytes, all, sizeof bytes);
  const std::lock_guard lock(emulation::mutex);
  HostDevice::instance().memory_in_use -= bytes;
  std::free(all);
}

Status create_queue(Queue& queue) {
  queue = nullptr;
  return {};
}
void destroy_queue(Queue) {}
Status synchronize(Queue) { return {}; }
Status upload(void* to, const void* from, std::size_t bytes, Queue) {
  std::memcpy(to, from, bytes);
  return {};
}
Status download(void* to, const void* from, std::size_t bytes, Queue) {
  std::memcpy(to, from, bytes);
  return {};
}
Status copy_on_device(void* to, const void* from, std::size_t bytes, Queue) {
  std::memcpy(to, from, bytes);
  return {};
}

std::size_t list_scratch_bytes(int) { return 1; }
Status select_marked(const int* items, const unsigned char* mark, int count, int* kept, int* kept_count, void*,
                     std::size_t, Queue) {
  *kept_count = 0;
  for (int k = 0; k < count; ++k)
    if (mark[k]) kept[(*kept_count)++] = items[k];
  return {};
}

Status sum(const std::int64_t* values, int count, std::int64_t* total, void*, std::size_t, Queue) {
  *total = std::accumulate(values, values + count, std::int64_t{0});
  return {};
}

Status count_values(const int* values, int count, int bins, int* counts, void*, std::size_t, Queue) {
  std::fill_n(counts, bins, 0);
  for (int k = 0; k < count; ++k)
    if (values[k] >= 0 && values[k] < bins) ++counts[values[k]];
  return {};
}

}  // namespace kernels
}  // namespace rankfall
