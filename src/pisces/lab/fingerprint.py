"""Which code decides what a run gives? A hash of it, the same whatever its comments and layout are."""

import ast
import functools
import hashlib
from pathlib import Path

import pisces

_SAME_OUTCOMES = {"2452156ff4e3b258": "620efd17d126a0b6"}
"""The hash of code that can do more than earlier code, or says it otherwise, and that of the earlier.

Their runs are the same, bit for bit: an entry is made when runs of every method have been made again and
compared.
"""


@functools.cache
def code_hash(decisive: tuple[str, ...]) -> str:
    """Hash of the decisive files of the package, 16 hexadecimal digits.

    Code that is known to make the same runs as earlier code has that one's hash.

    The versions of other packages and the processor do not count: they are part of a result's provenance.

    Args:
        decisive: Patterns of files below the package; see `pisces.lab.kinds.Kind`.
    """
    package = Path(pisces.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in decisive for path in package.glob(pattern)):
        digest.update(
            f"{path.relative_to(package).as_posix()}\n{_meaning(path.read_text('utf-8'))}\n".encode()
        )
    own = digest.hexdigest()[:16]
    return _SAME_OUTCOMES.get(own, own)


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
