// Gradient flows against SUNDIALS CVODE (BDF, an implicit multistep method), with the gradient taken from its definition.
#include <cvode/cvode.h>
#include <gtest/gtest.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

#include "tests/kernels/flow.hpp"
#include "tests/kernels/reference.hpp"

namespace rankfall {
namespace {

// Minus the gradient by the chain rule, written out: sum over observed entries of 2 c w e * dW_ij / dW_l.
void negative_gradient(const Replica& replica, const std::vector<double>& factors, double* slope) {
  const kernels::Shape& shape = replica.shape;
  const int depth = shape.factors, rows = shape.rows(), columns = shape.columns();
  const auto factor = [&](int l, int i, int j) { return factors[factor_offset(shape, l) + i * shape.width[l] + j]; };
  // below[l] = W_l ... W_1 (width[l] x columns); above[l] = W_L ... W_{l+1} (rows x width[l]).
  std::vector<std::vector<double>> below(depth + 1), above(depth + 1);
  for (int l = 0; l <= depth; ++l) {
    below[l].assign(static_cast<std::size_t>(shape.width[l]) * columns, 0.0);
    above[l].assign(static_cast<std::size_t>(rows) * shape.width[l], 0.0);
  }
  for (int j = 0; j < columns; ++j) below[0][j * columns + j] = 1.0;
  for (int i = 0; i < rows; ++i) above[depth][i * rows + i] = 1.0;
  for (int l = 0; l < depth; ++l)
    for (int i = 0; i < shape.width[l + 1]; ++i)
      for (int k = 0; k < shape.width[l]; ++k)
        for (int j = 0; j < columns; ++j) below[l + 1][i * columns + j] += factor(l, i, k) * below[l][k * columns + j];
  for (int l = depth - 1; l >= 0; --l)
    for (int i = 0; i < rows; ++i)
      for (int k = 0; k < shape.width[l + 1]; ++k)
        for (int j = 0; j < shape.width[l]; ++j)
          above[l][i * shape.width[l] + j] += above[l + 1][i * shape.width[l + 1] + k] * factor(l, k, j);
  for (int l = 0; l < depth; ++l)
    for (int a = 0; a < shape.width[l + 1]; ++a)
      for (int b = 0; b < shape.width[l]; ++b) {
        double sum = 2.0 * replica.ridge * factor(l, a, b);
        for (int i = 0; i < rows; ++i)
          for (int j = 0; j < columns; ++j) {
            const int e = i * columns + j;
            sum += 2.0 * replica.loss_scale * replica.weight[e] * (below[depth][e] - replica.target[e]) *
                   above[l + 1][i * shape.width[l + 1] + a] * below[l][b * columns + j];
          }
        slope[factor_offset(shape, l) + a * shape.width[l] + b] = -sum;
      }
}

int right_hand_side(realtype, N_Vector y, N_Vector slope, void* replica) {
  const auto& problem = *static_cast<const Replica*>(replica);
  const double* begin = N_VGetArrayPointer(y);
  negative_gradient(problem, std::vector<double>(begin, begin + problem.factors.size()), N_VGetArrayPointer(slope));
  return 0;
}

std::vector<double> by_cvode(Replica replica, double time) {
  SUNContext context = nullptr;
  EXPECT_EQ(SUNContext_Create(nullptr, &context), 0);
  const auto n = static_cast<sunindextype>(replica.factors.size());
  N_Vector y = N_VNew_Serial(n, context);
  std::copy(replica.factors.begin(), replica.factors.end(), N_VGetArrayPointer(y));
  void* cvode = CVodeCreate(CV_BDF, context);
  EXPECT_EQ(CVodeInit(cvode, right_hand_side, 0.0, y), CV_SUCCESS);
  EXPECT_EQ(CVodeSStolerances(cvode, 1e-12, 1e-16), CV_SUCCESS);
  EXPECT_EQ(CVodeSetUserData(cvode, &replica), CV_SUCCESS);
  EXPECT_EQ(CVodeSetMaxNumSteps(cvode, 1000000), CV_SUCCESS);
  EXPECT_EQ(CVodeSetStopTime(cvode, time), CV_SUCCESS);
  SUNMatrix jacobian = SUNDenseMatrix(n, n, context);
  SUNLinearSolver solver = SUNLinSol_Dense(y, jacobian, context);
  EXPECT_EQ(CVodeSetLinearSolver(cvode, solver, jacobian), CV_SUCCESS);
  realtype reached = 0.0;
  EXPECT_GE(CVode(cvode, time, y, &reached, CV_NORMAL), 0);
  EXPECT_EQ(reached, time);
  const std::vector<double> end(N_VGetArrayPointer(y), N_VGetArrayPointer(y) + n);
  CVodeFree(&cvode);
  SUNLinSolFree(solver);
  SUNMatDestroy(jacobian);
  N_VDestroy(y);
  SUNContext_Free(&context);
  return end;
}

void expect_cvode_agrees(const Replica& replica, double time) {
  const auto ours = flowed(replica, time, {1e-11}).factors(0), theirs = by_cvode(replica, time);
  for (std::size_t e = 0; e < ours.size(); ++e) EXPECT_NEAR(ours[e], theirs[e], 1e-7) << "element " << e << ", time " << time;
}

TEST(Cvode, AgreesOnTheWayAndAtTheEnd) {
  for (const auto& widths : {std::vector<int>{4, 4, 4}, {5, 3, 4, 5}, {3, 3, 3, 3, 3}}) {
    Replica replica = make_replica(make_shape(widths), 90u);
    for (double ridge : {0.0, 0.02}) {
      replica.ridge = ridge;
      for (double time : {0.1, 2.0, 50.0}) expect_cvode_agrees(replica, time);
    }
  }
}

// A plateau near the origin, then another at rank 1.
TEST(Cvode, AgreesAcrossPlateaus) {
  const Replica replica = make_replica(make_shape({4, 4, 4, 4}), 91u, 0.02, 1.0);
  for (double time : {5.0, 20.0, 60.0}) expect_cvode_agrees(replica, time);
}

}  // namespace
}  // namespace rankfall
