"""Where and with what is a run made? What a result keeps of versions, processor, threads, commit and code."""

import ast
import functools
import hashlib
import os
import platform
import subprocess
from pathlib import Path

import pisces
from pisces import doctor, precision

# How libraries are told to leave out instructions that a processor has.
_LIMITS = (
    *("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS"),
    *("NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE"),
)


def provenance() -> dict[str, str]:
    """Where and with what a run is made.

    Returns:
        versions of what decides a result, processor, instructions (a hash of those that it has and libraries
        may use, in which processors of one name differ), TensorFlow's threads, commit ("" without one), and
        code: a hash of what the package says, 16 hexadecimal digits, the same whatever its comments and
        layout are.
    """
    return {
        "versions": doctor.versions(),
        "processor": _processor(),
        "instructions": _instructions(),
        "threads": os.environ.get("TF_NUM_INTRAOP_THREADS", str(_num_processors())),
        "commit": _commit(),
        "code": _code_hash(),
    }


def limits() -> str:
    """How libraries are told here to leave out instructions: names and values, "" if they are not."""
    return " ".join(f"{name}={os.environ[name]}" for name in _LIMITS if name in os.environ)


def _num_processors() -> int:
    """As many as this process may use, and so as many threads as TensorFlow has unless told otherwise."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _instructions() -> str:
    limits = [f"{name}={os.environ.get(name)}" for name in _LIMITS]
    return hashlib.sha256("\n".join([*sorted(precision.instructions()), *limits]).encode()).hexdigest()[:16]


def _commit() -> str:
    """The commit of the checkout that this module belongs to."""
    file = Path(__file__)
    git = functools.partial(subprocess.run, cwd=file.parent, capture_output=True, text=True, check=True)
    try:
        # An installed package may lie inside somebody else's checkout.
        git(["git", "ls-files", "--error-unmatch", file.name])
        return git(["git", "describe", "--always", "--dirty", "--abbrev=12"]).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@functools.cache
def _code_hash() -> str:
    package = Path(pisces.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        digest.update(f"{name}\n{_meaning(path.read_text('utf-8'))}\n".encode())
    return digest.hexdigest()[:16]


def _meaning(source: str) -> str:
    """What a file says without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not _is_prose(part)] or [ast.Pass()]
    return _text(tree)


def _is_prose(node: ast.stmt) -> bool:
    """Whether a statement is a text on its own: a docstring, of whatever it stands below."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _text(node: object) -> str:
    """Writes a tree down without empty fields, in which versions of Python differ."""
    if isinstance(node, list):
        return f"[{' '.join(map(_text, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if value is not None and value != [])
    return f"({type(node).__name__}{''.join(f' {name}={_text(value)}' for name, value in fields)})"
