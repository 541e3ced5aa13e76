#include "device/device_backend.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <thread>

#include "backend/cpu_backend.hpp"
#include "device/wave_trainer.hpp"
#include "device/waves.hpp"
#include "backend/work_queue.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

namespace {

// Two waves are under way on a device: while the host begins or collects one, the other keeps the device busy.
constexpr int waves_at_once = 2;
constexpr double usable_memory = 0.8;               // of what is free; the rest is for scratch and the system
constexpr std::int64_t most_replicas = 1 << 18;     // of a wave: lists are indexed by int, and checkpoints written at once
constexpr int oldest_architecture = 75;             // sm_75

std::string memory_text(std::size_t bytes) { return fmt::format("{:.1f} GB", static_cast<double>(bytes) * 1e-9); }

std::string describe(int device, const kernels::DeviceLimits& limits) {
  return fmt::format("device {}: {}, compute capability {}.{}, {} multiprocessors, {} ({} free)", device, limits.name,
                     limits.major, limits.minor, limits.multiprocessors, memory_text(limits.memory),
                     memory_text(limits.free_memory));
}

template <class Real>
void work(int device, const Experiment& experiment, std::optional<kernels::Placement> placement, WorkQueue<Wave>& queue) {
  try {
    const Device own(device);
    while (const Wave* wave = queue.take())
      for (ReplicaResults& results : WaveTrainer<Real>(own, experiment, *wave, queue.supervision(), placement).train())
        queue.deliver(std::move(results));
  } catch (...) {
    queue.fail(std::current_exception());
  }
}

// Greedy low-rank learning, flows beside its path, modes with their singular vectors, coupling, factors that are monitored (a
// spectrum per layer, more than a thread's memory on chip holds), and double-double are the CPU backend's: the same bits.
bool on_host(const Experiment& experiment, const Cell& cell) {
  return experiment.precision == Precision::double_double || cell.greedy_solutions() > 0 || cell.probe.alignment ||
         cell.probe.velocities || cell.probe.coupling || cell.probe.monitor.has_value();
}

class DeviceBackend : public Backend {
 public:
  DeviceBackend(std::vector<int> devices, std::optional<kernels::Placement> placement)
      : devices_(std::move(devices)), placement_(placement) {}

  std::string name() const override { return "cuda"; }
  std::string description() const override {
    std::string text = "cuda: ";
    for (int device : devices_) {
      kernels::DeviceLimits limits{};
      check(kernels::device_limits(device, limits), fmt::format("device {}", device));
      text += (device == devices_.front() ? "" : "; ") + describe(device, limits);
    }
    return text;
  }
  void train(const Experiment& experiment, std::span<const WorkUnit> units,
             const Supervision& supervision) override {
    if (supervision.trace_every > 0) {  // a dense trace of a few replicas: the same bits from a CPU, at once
      make_cpu_backend(1)->train(experiment, units, supervision);
      return;
    }
    std::vector<WorkUnit> own, others;
    for (const WorkUnit& unit : units)
      (on_host(experiment, experiment.cells[static_cast<std::size_t>(unit.cell)]) ? others : own).push_back(unit);
    if (!others.empty()) make_cpu_backend(0)->train(experiment, others, supervision);
    if (own.empty()) return;
    const std::vector<Wave> waves = cut_waves(experiment, own, memory_of_a_wave(), most_replicas);
    WorkQueue<Wave> queue(waves, supervision);
    {
      std::vector<std::jthread> threads;
      for (int device : devices_)
        for (int t = 0; t < waves_at_once; ++t)
          threads.emplace_back([&, device] {
            if (experiment.precision == Precision::float32) work<float>(device, experiment, placement_, queue);
            else work<double>(device, experiment, placement_, queue);
          });
    }
    queue.rethrow();
  }

 private:
  double memory_of_a_wave() const {
    double least = 0.0;
    for (int device : devices_) {
      kernels::DeviceLimits limits{};
      check(kernels::device_limits(device, limits), fmt::format("device {}", device));
      const double share = usable_memory * static_cast<double>(limits.free_memory) / waves_at_once;
      least = least == 0.0 ? share : std::min(least, share);
    }
    return least;
  }

  std::vector<int> devices_;
  std::optional<kernels::Placement> placement_;
};

}  // namespace

DeviceSurvey survey_devices() {
  DeviceSurvey survey;
  int count = 0;
  const kernels::Status status = kernels::count_devices(count);
  if (status.call) survey.trouble = status.reason;
  else if (count == 0) survey.trouble = "no device";
  for (int device = 0; device < count; ++device) {
    kernels::DeviceLimits limits{};
    const kernels::Status read = kernels::device_limits(device, limits);
    if (read.call) survey.trouble = fmt::format("device {}: {}", device, read.reason);
    else if (10 * limits.major + limits.minor < oldest_architecture)
      survey.trouble = fmt::format("device {} ({}) has compute capability {}.{}, and 7.5 is needed", device, limits.name,
                                   limits.major, limits.minor);
    else survey.usable.push_back(describe(device, limits));
  }
  if (!survey.usable.empty()) survey.trouble.clear();
  return survey;
}

std::unique_ptr<Backend> make_device_backend(const std::vector<int>& devices,
                                             std::optional<kernels::Placement> placement) {
  int count = 0;
  const kernels::Status status = kernels::count_devices(count);
  const DeviceSurvey survey = survey_devices();
  if (status.call || survey.usable.empty())
    throw DeviceError({"--backend cuda", "no GPU can be used", survey.trouble,
                       "check the driver with nvidia-smi, or use --backend cpu"});
  std::vector<int> chosen = devices;
  for (int device = 0; devices.empty() && device < count; ++device) chosen.push_back(device);
  for (int device : chosen)
    if (device < 0 || device >= count)
      throw DeviceError({"--devices", fmt::format("there is no device {}", device),
                         fmt::format("this machine has {}", count), "rankfall backends lists them"});
  return std::make_unique<DeviceBackend>(chosen, placement);
}

std::string device_plan(const Experiment& experiment) {
  if (experiment.precision == Precision::double_double) return "double-double is trained on the CPU, whatever the backend";
  const DeviceSurvey survey = survey_devices();
  if (survey.usable.empty()) return survey.trouble;
  kernels::DeviceLimits limits{};
  check(kernels::device_limits(0, limits), "device 0");
  const double share = usable_memory * static_cast<double>(limits.free_memory) / waves_at_once;
  std::map<WaveClass, const Cell*> classes;
  for (const Cell& cell : experiment.cells) classes.emplace(wave_class(cell), &cell);
  std::string text;
  for (const auto& [own, cell] : classes) {
    const double bytes = wave_bytes_per_replica(experiment, *cell);
    text += fmt::format("{}{:.1f} kB of device memory per replica, waves of at most {:.0f} replicas", text.empty() ? "" : "\n",
                        bytes * 1e-3, std::min(share / bytes, static_cast<double>(most_replicas)));
    for (const PhaseSpec& phase : cell->phases) {
      const Loop loop = loop_of(*cell, phase);
      text += fmt::format("\n{}: {}", phase.name,
                          experiment.precision == Precision::float32
                              ? plan_advance<float>(limits, cell->model, loop).description()
                              : plan_advance<double>(limits, cell->model, loop).description());
    }
  }
  return text;
}

}  // namespace rankfall
