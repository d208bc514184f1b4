"""In which precision should a run multiply on this machine?

A run takes half of the time in bfloat16 where the processor has instructions for it, and many times as long
where it has not: oneDNN, which multiplies for TensorFlow, has no products in bfloat16 there. Looking imports
no TensorFlow.
"""

import os
from collections.abc import Mapping
from pathlib import Path

FLOAT32, BFLOAT16 = PRECISIONS = ("float32", "mixed_bfloat16")
"""What a run can be made in; the second has products in bfloat16 and variables in float32."""

AUTO = "auto"
"""Stands for the precision of the machine, on the command line; no run has it."""

_SPEEDUP = 2.2  # an update in float32 against one in bfloat16, on a processor with AMX
_SLOWDOWN = 8  # the other way round, on one with AVX2

_CPUINFO = Path("/proc/cpuinfo")
_FLAGS = frozenset({"amx_bf16", "avx512_bf16"})
_LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
# Of what oneDNN may be limited to, that which has products in bfloat16: the beginnings of the names.
_WIDE_LIMITS = ("DEFAULT", "AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX512_CORE_AMX", "AVX10")


def native_precision(cpuinfo: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """The precision in which runs are fastest on a machine.

    Args:
        cpuinfo: What Linux says of its processors; None reads it, and takes it for empty on other systems.
        environment: Variables, of which `ONEDNN_MAX_CPU_ISA` and `TF_ENABLE_ONEDNN_OPTS` can forbid what the
            processor has; None takes those of the process.

    Returns:
        "mixed_bfloat16" or "float32", which is also for what is not known.
    """
    return FLOAT32 if _obstacle(cpuinfo, environment) else BFLOAT16


def resolve(precision: str) -> str:
    """A precision that a run can have: the machine's for "auto", any other as it is.

    Raises:
        ValueError: If there is no such precision.
    """
    if precision == AUTO:
        return native_precision()
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}; it must be one of {', '.join((AUTO, *PRECISIONS))}")
    return precision


def advice(cpuinfo: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """The precision of a machine, why it has it and what it means for a run, in one line; see above."""
    obstacle = _obstacle(cpuinfo, environment)
    if obstacle:
        slow = f"a run of Table 1 in bfloat16 would take some {_SLOWDOWN} times as long"
        return f"precision: {FLOAT32} ({obstacle}; {slow})"
    slow = f"a run of Table 1 in float32 would take some {_SPEEDUP} times as long"
    return f"precision: {BFLOAT16} (this processor has bfloat16 instructions; {slow})"


def _obstacle(cpuinfo: str | None, environment: Mapping[str, str] | None) -> str:
    """What is in the way of bfloat16; empty if nothing is."""
    if cpuinfo is None:
        cpuinfo = _CPUINFO.read_text(encoding="utf-8", errors="replace") if _CPUINFO.exists() else ""
    environment = os.environ if environment is None else environment
    if not _FLAGS & _flags(cpuinfo):
        return "this processor has no bfloat16 instructions" if cpuinfo else "this processor is not known"
    if environment.get("TF_ENABLE_ONEDNN_OPTS") in ("0", "false", "False"):
        return "TF_ENABLE_ONEDNN_OPTS turns oneDNN off, which multiplies in bfloat16"
    for name in _LIMITS:
        limit = environment.get(name, "DEFAULT")
        if not limit.upper().startswith(_WIDE_LIMITS):
            return f"{name} is {limit}, which has no bfloat16"
    return ""


def instructions() -> set[str]:
    """The instructions that this machine's processor has; none where they are not known."""
    return _flags(_CPUINFO.read_text(encoding="utf-8", errors="replace") if _CPUINFO.exists() else "")


def _flags(cpuinfo: str) -> set[str]:
    """The instructions of the first processor."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    return set(next((value.split() for name, _, value in lines if name.strip() == "flags"), ()))
