"""A result says with what it was made; the hash of the code changes with what it does and nothing else."""

import subprocess

import pytest

import pisces
from pisces import precision
from pisces.runs import origin
from pisces.runs.origin import provenance

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
    assert origin._meaning(SOURCE) == origin._meaning(bare)


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
    assert origin._meaning(SOURCE.replace(old, new)) != origin._meaning(SOURCE)


def test_a_function_without_code_is_no_error():
    assert origin._meaning('def nothing():\n    """Does nothing."""') == origin._meaning(
        "def nothing(): pass"
    )


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two files in place of the real one."""
    (tmp_path / "room").mkdir()
    for name in ("__init__.py", "room/loss.py"):
        (tmp_path / name).write_text(SOURCE)
    monkeypatch.setattr(pisces, "__file__", str(tmp_path / "__init__.py"))
    origin._code_hash.cache_clear()
    yield tmp_path
    origin._code_hash.cache_clear()


def hash_of(package):
    origin._code_hash.cache_clear()
    return provenance()["code"]


def test_every_file_counts_and_so_does_its_name(package):
    before = hash_of(package)
    assert len(before) == 16
    file = package / "room" / "loss.py"
    file.write_text(SOURCE + "\n# something\n")
    assert hash_of(package) == before
    file.write_text(SOURCE + "\nSOMETHING = 1\n")
    changed = hash_of(package)
    file.rename(package / "room" / "losses.py")
    assert len({before, changed, hash_of(package)}) == 3


def test_provenance_names_versions_and_processor():
    made_with = provenance()
    assert set(made_with) == {"versions", "processor", "instructions", "threads", "commit", "code"}
    assert int(made_with["threads"]) >= 1
    assert f"pisces {pisces.__version__}" in made_with["versions"]
    assert made_with["processor"]


@pytest.mark.parametrize("limit", ["ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS", "NPY_DISABLE_CPU_FEATURES"])
def test_processors_of_one_name_are_told_apart_by_what_they_and_libraries_can_do(limit, monkeypatch):
    own = provenance()["instructions"]
    monkeypatch.setenv(limit, "less")
    limited = provenance()["instructions"]
    monkeypatch.delenv(limit)
    monkeypatch.setattr(precision, "instructions", lambda: {"sse"})
    assert len({own, limited, provenance()["instructions"]}) == 3


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one commit, in which the module is pretended to lie."""

    def git(*words):
        settings = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *settings, *words]
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    file = tmp_path / "origin.py"
    file.write_text("")
    monkeypatch.setattr(origin, "__file__", str(file))
    git("init")
    return git


def test_the_commit_is_that_of_the_checkout_that_holds_the_package(checkout):
    checkout("add", "origin.py")
    checkout("commit", "-m", "first")
    assert provenance()["commit"] == checkout("rev-parse", "--short=12", "HEAD")


def test_a_package_installed_inside_somebody_elses_checkout_has_no_commit(checkout):
    checkout("commit", "--allow-empty", "-m", "first")
    assert provenance()["commit"] == ""


def test_without_git_there_is_no_commit(monkeypatch):
    def missing(*_, **__):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", missing)
    assert provenance()["commit"] == ""
