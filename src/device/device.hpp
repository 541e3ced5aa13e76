#pragma once
// A compute device as the host sees it: errors in the user's words, memory that frees itself.
#include <string>
#include <utility>
#include <vector>

#include "kernels/launch.hpp"

namespace rankfall {

// Throws DeviceError naming the call, the device and what to do, unless `status` is well.
void check(const kernels::Status& status, const std::string& device);

// One device, made current for the calling thread. All work goes through one queue, in order.
class Device {
 public:
  explicit Device(int index);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const kernels::DeviceLimits& limits() const { return limits_; }
  const std::string& name() const { return name_; }  // "device 0 (NVIDIA H200)"
  kernels::Queue queue() const { return queue_; }
  void require(const kernels::Status& status) const { check(status, name_); }
  void wait() const { require(kernels::synchronize(queue_)); }

 private:
  std::string name_;
  kernels::DeviceLimits limits_{};
  kernels::Queue queue_ = nullptr;
};

// n numbers in device memory. Copies are queued: what they read or write on the host must stay until wait().
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(const Device& device, std::size_t n) : device_(&device), size_(n) {
    void* memory = nullptr;
    device.require(kernels::allocate((n == 0 ? 1 : n) * sizeof(T), memory));
    data_ = static_cast<T*>(memory);
  }
  DeviceArray(DeviceArray&& other) noexcept { *this = std::move(other); }
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~DeviceArray() {
    if (data_) kernels::release(data_);
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  void upload(const std::vector<T>& from, std::size_t at = 0) {
    if (!from.empty()) device_->require(kernels::upload(data_ + at, from.data(), from.size() * sizeof(T), device_->queue()));
  }
  void download(std::vector<T>& to, std::size_t at, std::size_t count) const {
    to.resize(count);
    if (count > 0) device_->require(kernels::download(to.data(), data_ + at, count * sizeof(T), device_->queue()));
  }
  void copy_from(const DeviceArray& other) {
    device_->require(kernels::copy_on_device(data_, other.data_, size_ * sizeof(T), device_->queue()));
  }

 private:
  const Device* device_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

// An array of the wanted contents, there when the call returns.
template <class T>
DeviceArray<T> on_device(const Device& device, const std::vector<T>& contents) {
  DeviceArray<T> array(device, contents.size());
  array.upload(contents);
  device.wait();
  return array;
}

}  // namespace rankfall
