// Zero padding changes nothing: a problem, and the same problem inside a larger one of zeros, which trains in another
// compiled size.
#include <gtest/gtest.h>

#include "backend/step_kernels.hpp"
#include "store/netcdf_file.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

constexpr int small_size = 5, depth = 3;

// W1 .. W3, the small matrices in the corner of size x size ones.
std::string write_factors(int size) {
  const std::string path =
      testing::TempDir() + "rankfall_padding_" + std::to_string(getpid()) + "_" + std::to_string(size) + ".nc";
  NetcdfFile file(path, NetcdfFile::Mode::create);
  const int n = file.add_dimension("n", static_cast<std::size_t>(size));
  std::vector<int> variables;
  for (int l = 1; l <= depth; ++l)
    variables.push_back(file.add_variable("W" + std::to_string(l), NumberType::float64, {n, n}));
  file.end_definitions();
  const auto edge = static_cast<std::size_t>(size);
  for (int l = 0; l < depth; ++l) {
    std::vector<double> w(edge * edge, 0.0);
    for (int i = 0; i < small_size; ++i)
      for (int j = 0; j < small_size; ++j)
        w[static_cast<std::size_t>(i) * edge + static_cast<std::size_t>(j)] =
            std::sin(1.0 + i + 7.0 * j + 31.0 * l) / 2.0;
    file.put(variables[static_cast<std::size_t>(l)], {0, 0}, {edge, edge}, w.data());
  }
  file.close();
  return path;
}

std::string experiment_text(int size, const std::string& factors, const std::string& optimizer) {
  std::string target = "[";
  for (int i = 0; i < size; ++i) {
    target += "[";
    for (int j = 0; j < size; ++j)
      target += (i < small_size && j < small_size ? std::to_string(std::cos(i * 3.0 + j)) : std::string("0.0")) + ", ";
    target += "], ";
  }
  return "seed = 2\nreplicas = 9\n[problem]\ntarget = " + target + "]\n" +
         "observed = [[0,0],[0,3],[1,1],[1,4],[2,0],[2,2],[3,3],[3,1],[4,4],[4,2],[4,0]]\n[model]\ndepth = 3\n"
         "[initialization]\nkind = 'file'\nfile = '" +
         factors +
         "'\n[objective]\nridge = 0.01\n"
         "[[phase]]\nlearning_rate = 0.05\nsteps = 133\n" +
         optimizer + "[probe]\nevery = 50\nclassify_at_end = 'numerical'\n";
}

TEST(Padding, ChangesNoBit) {
  for (int size : {6, 8, 9, 21}) {
    ASSERT_NE(kernels_for<float>(size).bucket, kernels_for<float>(small_size).bucket)
        << "both sizes use one bucket: this build cannot tell";
    const std::string small = write_factors(small_size), large = write_factors(size);
    for (const char* precision : {"float32", "float64"})
      for (const char* optimizer : {"optimizer = 'gd'\n", "optimizer = 'sgd'\n", "optimizer = 'sgd'\nbatch_size = 2\n",
                                    "optimizer = 'sgd'\nbatch_size = 12\n",  // by chains in all sizes, by none
                                    "optimizer = 'sgd'\nsampling = 'shuffled'\n", "optimizer = 'momentum'\n"}) {
        const Overrides set{std::string("precision=") + precision};
        const ReplicaResults narrow = train_one_cell(experiment_text(small_size, small, optimizer), set);
        const ReplicaResults wide = train_one_cell(experiment_text(size, large, optimizer), set);
        for (const Observable same : {Observable::loss, Observable::objective, Observable::representation_cost,
                                      Observable::gradient_norm, Observable::balancedness})
          for (std::int64_t r = 0; r < 9; ++r)
            EXPECT_EQ(value(narrow, same, r), value(wide, same, r)) << size << optimizer << precision;
        EXPECT_EQ(narrow.factor_norms, wide.factor_norms);
        EXPECT_GT(value(narrow, Observable::loss, 0), 0.0);
      }
    std::remove(small.c_str());
    std::remove(large.c_str());
  }
}

}  // namespace
}  // namespace rankfall
