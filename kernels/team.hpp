#pragma once
// Who works on a replica. The only macros of the project are the marks below: where a function may run, and what to unroll.
#include <concepts>
#include <type_traits>

#if defined(__CUDACC__)
#define RANKFALL_HD __host__ __device__ __forceinline__
#define RANKFALL_FN __host__ __device__ __forceinline__  // a call would keep its registers on a stack
#define RANKFALL_UNROLL _Pragma("unroll")
#define RANKFALL_ROLLED _Pragma("unroll 1")
#define RANKFALL_UNROLL_DEVICE _Pragma("unroll")  // if the count is a constant: register arrays need constant indices
#define RANKFALL_INLINE_LAMBDA
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Instrumented code grows tenfold where everything is inlined; a sanitizer build is not there to be fast.
#define RANKFALL_HD inline
#define RANKFALL_FN
#define RANKFALL_UNROLL
#define RANKFALL_ROLLED
#define RANKFALL_UNROLL_DEVICE
#define RANKFALL_INLINE_LAMBDA
#else
#define RANKFALL_HD inline __attribute__((always_inline))
#define RANKFALL_FN
#define RANKFALL_UNROLL _Pragma("GCC unroll 16")
#define RANKFALL_ROLLED
#define RANKFALL_UNROLL_DEVICE
#define RANKFALL_INLINE_LAMBDA __attribute__((always_inline))
#endif

namespace rankfall::kernels {

// A team is the set of threads that advance one replica (or one register of replicas) together.
// Contract: every member calls the same kernel code with the same arguments; sync() is a barrier with memory
// visibility; no result may depend on size(): every sum has one owner and one order.
template <class T>
concept Team = requires(const T& team) {
  { team.rank() } -> std::same_as<int>;
  { team.size() } -> std::same_as<int>;
  { team.sync() } -> std::same_as<void>;
};

struct SerialTeam {
  RANKFALL_HD static constexpr int rank() { return 0; }
  RANKFALL_HD static constexpr int size() { return 1; }
  RANKFALL_HD void sync() const {}
};

// Runs f(i) for i in [0, n), each i on exactly one member, then synchronises.
template <Team T, class F>
RANKFALL_HD void for_each_index(const T& team, int n, F&& f) {
  if constexpr (std::is_same_v<T, SerialTeam>) {
    RANKFALL_UNROLL_DEVICE for (int i = 0; i < n; ++i) f(i);
  } else {
    for (int i = team.rank(); i < n; i += team.size()) f(i);
    team.sync();
  }
}

// Runs f(i, j) on a grid of items. A serial team runs two nested loops, which spares it a division per item.
template <Team T, class F>
RANKFALL_HD void for_each_tile(const T& team, int rows, int columns, F&& f) {
  if constexpr (std::is_same_v<T, SerialTeam>) {
    RANKFALL_UNROLL_DEVICE for (int i = 0; i < rows; ++i)
      RANKFALL_UNROLL_DEVICE for (int j = 0; j < columns; ++j) f(i, j);
  } else {
    for (int t = team.rank(); t < rows * columns; t += team.size()) f(t / columns, t % columns);
    team.sync();
  }
}

}  // namespace rankfall::kernels
