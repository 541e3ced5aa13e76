"""Eigen, from C++ (eigen_peer.cpp)."""

from native import NativeTrainer


class Eigen(NativeTrainer):
    """Matrices of constant size, every factor decayed in every step."""

    name = "eigen"


class EigenLazy(Eigen):
    """SGD with the weight decay in one number per replica."""

    lazy = True
