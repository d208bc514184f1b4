"""The hash of the decisive code changes with what the code does, and with nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

import pisces
from pisces.lab import fingerprint
from pisces.lab.kinds import JUMPING, KINDS, LQR

PACKAGE = Path(pisces.__file__).parent

# Loaded by a run, but without a say in its outcome: what is asked for, where it is kept, and tools.
INDECISIVE = {
    JUMPING: {
        "pisces",
        "pisces.checks",
        "pisces.doctor",
        "pisces.task",
        "pisces.lab",
        "pisces.lab.config",
        "pisces.lab.kinds",
        "pisces.lab.result",
        "pisces.lab.saved_policy",
        "pisces.lab.store",
        "pisces.lab.units",
        "pisces.lqr",
        "pisces.lqr.config",
        "pisces.lqr.result",
        "pisces.lqr.system",
    },
    LQR: {
        "pisces",
        "pisces.checks",
        "pisces.doctor",
        "pisces.learn",
        "pisces.learn.agent",
        "pisces.learn.augment",
        "pisces.learn.data",
        "pisces.learn.network",
        "pisces.lqr",
        "pisces.lqr.config",
        "pisces.lqr.result",
    },
}

SOURCE = '''
"""What it is."""
LIMIT = 3
"""How many."""

def double(number):
    """Doubles."""
    return 2 * number  # twice
'''


def test_comments_docstrings_and_layout_do_not_count():
    bare = "LIMIT=3\ndef double(\n  number,\n):\n  return (2*number)"
    assert fingerprint._meaning(SOURCE) == fingerprint._meaning(bare)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2 *", "3 *"),
        ("LIMIT = 3", "LIMIT = 3.0"),
        ("LIMIT = 3", "LIMIT = None"),
        ("double(number", "double(*number"),
    ],
)
def test_everything_else_counts(old, new):
    assert fingerprint._meaning(SOURCE.replace(old, new)) != fingerprint._meaning(SOURCE)


def test_a_function_without_code_is_no_error():
    assert fingerprint._meaning('def nothing():\n    """Does nothing."""') == fingerprint._meaning(
        "def nothing(): pass"
    )


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the decisive files, in place of the package, that can be changed."""
    for pattern in JUMPING.decisive:
        for path in PACKAGE.glob(pattern):
            copy = tmp_path / path.relative_to(PACKAGE)
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(path.read_text())
    monkeypatch.setattr(pisces, "__file__", str(tmp_path / "__init__.py"))
    yield tmp_path
    fingerprint.code_hash.cache_clear()


def hash_of_copy():
    fingerprint.code_hash.cache_clear()
    return fingerprint.code_hash(JUMPING.decisive)


def test_every_decisive_file_counts_and_so_does_its_name(copied):
    before = hash_of_copy()
    assert len(before) == 16 and before == hash_of_copy()
    hashes = {before}
    files = sorted(copied.rglob("*.py"))
    for path in files:
        source = path.read_text()
        path.write_text(source + "\nSOMETHING = 1\n")
        hashes.add(hash_of_copy())
        path.write_text(source + "\n# something\n")
        assert hash_of_copy() == before
    assert len(hashes) == len(files) + 1
    (copied / "learn" / "loss.py").rename(copied / "learn" / "losses.py")
    assert hash_of_copy() not in hashes


def test_code_that_makes_the_same_runs_has_the_hash_of_the_earlier(copied, monkeypatch):
    monkeypatch.setattr(fingerprint, "_SAME_OUTCOMES", {})
    earlier = hash_of_copy()
    (copied / "learn" / "loss.py").write_text("SOMETHING = 1\n")
    later = hash_of_copy()
    assert later != earlier
    monkeypatch.setattr(fingerprint, "_SAME_OUTCOMES", {later: earlier})
    assert hash_of_copy() == earlier


@pytest.mark.parametrize(
    ("kind", "module"), [(JUMPING, "pisces.lab.run"), (LQR, "pisces.lqr.run")], ids=["jumping", "lqr"]
)
def test_all_that_a_run_loads_is_decisive_but_for_a_known_rest(kind, module):
    code = f"import sys, {module}; print(*(name for name in sys.modules if name.split('.')[0] == 'pisces'))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    decisive = {
        ".".join(("pisces", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for pattern in kind.decisive
        for path in PACKAGE.glob(pattern)
    }
    assert set(output.split()) - decisive == INDECISIVE[kind]
    assert decisive <= set(output.split())


def test_every_pattern_names_a_file():
    patterns = [pattern for kind in KINDS.values() for pattern in kind.decisive]
    assert all(list(PACKAGE.glob(pattern)) for pattern in patterns)
