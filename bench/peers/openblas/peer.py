"""OpenBLAS, from C++ (openblas_peer.cpp)."""

from native import NativeTrainer


class OpenBlas(NativeTrainer):
    """A call per product, every factor decayed in every step."""

    name = "openblas"


class OpenBlasLazy(OpenBlas):
    """SGD with the weight decay in one number per replica."""

    lazy = True
