"""The precision of a machine follows from what its processor has and what oneDNN may use of it."""

import subprocess
import sys

import pytest

from pisces import precision

AMX = """processor\t: 0
model name\t: Intel(R) Xeon(R) Processor
flags\t\t: fpu sse2 avx2 avx512f avx512_bf16 amx_bf16 amx_tile
bugs\t\t: none

processor\t: 1
flags\t\t: fpu sse2
"""
AVX2 = AMX.replace(" avx512_bf16 amx_bf16 amx_tile", "")
ZEN4 = AMX.replace(" amx_bf16 amx_tile", "")
ARM = "processor\t: 0\nFeatures\t: fp asimd bf16\n"


@pytest.mark.parametrize(
    ("cpuinfo", "environment", "expected"),
    [
        (AMX, {}, "mixed_bfloat16"),
        (ZEN4, {}, "mixed_bfloat16"),
        (AVX2, {}, "float32"),
        (ARM, {}, "float32"),
        ("", {}, "float32"),
        ("model name : amx_bf16\n", {}, "float32"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "AVX2"}, "float32"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "avx512_core_vnni"}, "float32"),
        (AMX, {"DNNL_MAX_CPU_ISA": "AVX512_CORE"}, "float32"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}, "mixed_bfloat16"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "avx512_core_amx"}, "mixed_bfloat16"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "DEFAULT"}, "mixed_bfloat16"),
        (AVX2, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_AMX"}, "float32"),
        (AMX, {"TF_ENABLE_ONEDNN_OPTS": "0"}, "float32"),
        (AMX, {"TF_ENABLE_ONEDNN_OPTS": "1"}, "mixed_bfloat16"),
    ],
)
def test_bfloat16_is_for_processors_that_have_it_and_may_use_it(cpuinfo, environment, expected):
    assert precision.native_precision(cpuinfo, environment) == expected
    assert precision.advice(cpuinfo, environment).startswith(f"precision: {expected} (")


def test_the_advice_says_why_and_what_it_means_for_a_run():
    slow = "a run of Table 1 in bfloat16 would take some 8 times as long"
    assert precision.advice(AVX2, {}) == (
        f"precision: float32 (this processor has no bfloat16 instructions; {slow})"
    )
    limited = precision.advice(AMX, {"ONEDNN_MAX_CPU_ISA": "AVX2"})
    assert limited == f"precision: float32 (ONEDNN_MAX_CPU_ISA is AVX2, which has no bfloat16; {slow})"
    assert "is not known" in precision.advice("", {})
    assert precision.advice(AMX, {}).endswith(
        "a run of Table 1 in float32 would take some 2.2 times as long)"
    )


def test_the_processes_own_machine_is_asked_and_its_variables(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "_CPUINFO", tmp_path / "cpuinfo")
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS"):
        monkeypatch.delenv(name, raising=False)
    assert precision.native_precision() == "float32"
    (tmp_path / "cpuinfo").write_text(AMX)
    assert precision.native_precision() == precision.resolve("auto") == "mixed_bfloat16"
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert precision.native_precision() == precision.resolve("auto") == "float32"


def test_a_precision_that_is_named_is_taken_and_another_refused():
    assert [precision.resolve(one) for one in precision.PRECISIONS] == ["float32", "mixed_bfloat16"]
    message = "^precision is 'half'; it must be one of auto, float32, mixed_bfloat16$"
    with pytest.raises(ValueError, match=message):
        precision.resolve("half")


def test_asking_loads_no_tensorflow():
    code = "import sys; from pisces import precision as p; p.advice(); print('tensorflow' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "False\n"
