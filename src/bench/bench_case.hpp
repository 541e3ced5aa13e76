#pragma once
// What is measured, and what comes out.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rankfall/experiment.hpp"

namespace rankfall {

// A full-batch step, a step on one drawn entry (random numbers included), a probe that reads losses and singular values,
// or one that reads losses and ranks.
enum class Operation { gd_step, sgd_step, probe, rank };
inline bool is_reading(Operation operation) { return operation == Operation::probe || operation == Operation::rank; }

// Square factors of one width: a target of rank 1, 40 % of it observed, ridge 0.01.
struct BenchCase {
  Operation operation = Operation::gd_step;
  int dimension = 4;  // d
  int depth = 3;      // L
  Precision precision = Precision::float32;
};

struct BenchResult {
  BenchCase subject;
  double replica_steps_per_second = 0.0;  // of one core; probes per second of a probe
  double median_replica_steps_per_second = 0.0;  // what half of the samples reach
  double nanoseconds = 0.0;               // per replica-step; as all below but the median, at the fastest twentieth
  double useful_gflops = 0.0;             // 0 for a probe, whose work depends on the matrix
  double peak_gflops = 0.0;               // of the multiply-add
  double fraction_of_peak = 0.0;          // of work samples against that of peak samples
  double median_fraction_of_peak = 0.0;   // median over pairs of neighbouring samples
  std::uint64_t checksum = 0;             // of replicas 0 .. 15 after a fixed number of steps
  int replicas = 0;                       // trained at once: the lanes of a register
  int samples = 0;
  std::string kernel;                     // on a device: who works on a replica, and where its matrices live
};

// Floating-point operations of a step that a minimal algorithm needs, a multiply-add counted as two: 6 (L-1) d^3 for
// GD, 6 (L-2) d^2 + 8 d for single-entry SGD; 0 for a probe.
double useful_flops(const BenchCase& subject);

std::string_view operation_name(Operation operation);

// The cases of size class "S", "M" or "L". Throws ConfigError for another name.
std::vector<BenchCase> cases_of_class(const std::string& size_class);

// The case that "OPERATION:PRECISION:DEPTH:DIMENSION" names, e.g. "sgd:float32:3:10". Throws ConfigError for anything
// else.
BenchCase case_of_name(const std::string& name);

}  // namespace rankfall
