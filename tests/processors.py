"""What tests need of the processor that they run on."""

import os

import pytest

from pisces import precision

_IS_HIDDEN = bool({"amx_bf16", "avx512_bf16"} & precision.instructions()) and any(
    name.endswith("_MAX_CPU_ISA") for name in os.environ
)

needs_bfloat16 = pytest.mark.skipif(
    _IS_HIDDEN and precision.native_precision() == precision.FLOAT32,
    reason="TensorFlow counts on instructions for bfloat16 that oneDNN is told to leave out, and fails",
)
"""For tests that multiply in bfloat16: any processor can, fast or slowly, but not half of one."""
