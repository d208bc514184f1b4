"""Executes the chapters, so that a page shows what this source computes.

Each chapter runs by papermill, one after another, in an empty folder. Its result is kept under a hash of
all that decides it: the notebook, the package, the lock, the stored results, the profile. It is refused if a
cell fails or warns, if it ran another package than that of this tree, if what decides it changed meanwhile,
or if it shows other results than those stored.

An executed chapter says in its metadata, under `RECORD`, how long each cell took, which runs its variables
hold, and where it was executed. What is told of that is left to `provenance.py`.
"""

import contextlib
import hashlib
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import papermill
from bs4 import BeautifulSoup
from ipykernel.kernelspec import KERNEL_NAME, write_kernel_spec
from papermill.exceptions import PapermillExecutionError

from pisces.experiments import report, scoreboard
from pisces.runs import archive, origin
from pisces.runs.kinds import KINDS, Result

ROOT = Path(__file__).resolve().parents[1]
PROFILES = ("smoke", "book")
RECORD = "pisces"

# What kernels find in their environment, whatever the caller has: pictures in the notebook, and no talk of
# missing GPUs (TensorFlow, at every start) and missing widgets (tqdm).
KERNEL_ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONWARNINGS": "ignore:IProgress not found",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}

# Runs after the last cell of a chapter: where its package lies, and the runs that each variable holds.
_WITNESS = """
def _witness(variables):
    import json, sys

    def is_run(value):
        return all(hasattr(value, name) for name in ("config", "seed", "seconds", "provenance"))

    held = {}
    for name, value in variables.items():
        values = value.values() if isinstance(value, dict) else value
        if not name.startswith("_") and name != "Out" and isinstance(value, (dict, list, tuple)):
            held[name] = [
                {"config": run.config.to_dict(), "seed": int(run.seed), "seconds": run.seconds}
                | {"commit": run.provenance.get("commit", "")}
                for run in values
                if is_run(run)
            ]
    package = sys.modules.get("pisces")
    print(json.dumps({"package": package and package.__file__, "runs": held}))


_witness(dict(globals()))
"""


class BookError(Exception):
    """The book cannot be built; the message is for the reader of the terminal."""


def chapters(root: Path = ROOT) -> list[Path]:
    """The notebooks, in the order of the book."""
    return sorted((root / "notebooks").glob("*.ipynb"))


def key(chapter: Path, *, profile: str, root: Path = ROOT) -> str:
    """A hash of everything that decides what an executed chapter shows."""
    # pyproject.toml has the address of the repository, to which listings link.
    decisive = [chapter, root / "pyproject.toml", root / "requirements.lock", root / "book" / "execution.py"]
    for folder in (root / "src" / "pisces", root / "book" / "results"):
        decisive += sorted(
            path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
    digest = hashlib.sha256(f"{profile} {platform.python_version()}".encode())
    for path in decisive:
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def place(chapter: Path, *, profile: str, root: Path = ROOT) -> Path:
    """Where the chapter is, or will be, executed from the source as it is now."""
    name = f"{chapter.stem}-{profile}-{key(chapter, profile=profile, root=root)}.ipynb"
    return root / "_build" / "executed" / name


def execute(chapter: Path, *, profile: str, root: Path = ROOT) -> Path:
    """The executed chapter: run now, or kept from a run of exactly this source.

    Args:
        chapter: Path of the notebook.
        profile: One of `PROFILES`.
        root: The repository.

    Returns:
        Path of the executed notebook, below `_build/executed`.

    Raises:
        ValueError: If the profile is unknown.
        BookError: If the chapter has no `profile` parameter, a cell fails or warns, a picture is missing, it
            ran another package, its source changed meanwhile, or, with profile "book", it shows other results
            than those stored.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile is {profile!r}; it must be one of {', '.join(PROFILES)}")
    executed = place(chapter, profile=profile, root=root)
    if executed.exists():
        print(f"{chapter.stem}: unchanged", flush=True)
        return executed
    start = time.monotonic()
    notebook = _run(chapter, profile)
    seconds = time.monotonic() - start
    _require_clean(chapter, notebook)
    witness = _take_witness(notebook)
    if witness["package"]:
        require_package(Path(witness["package"]), chapter.name, root)
    if profile == "book":
        _require_results(chapter, notebook, root)
        _require_runs(chapter, notebook, witness["runs"], root)
    _record(notebook, profile, seconds, witness["runs"])
    _strip(notebook)
    require_current({chapter: executed}, profile=profile, root=root)
    executed.parent.mkdir(parents=True, exist_ok=True)
    for stale in executed.parent.glob(f"{chapter.stem}-{profile}-*"):
        stale.unlink()
    unfinished = executed.with_suffix(".part")
    nbformat.write(notebook, unfinished)
    unfinished.rename(executed)
    print(f"{chapter.stem}: executed in {seconds:.0f} s", flush=True)
    return executed


def require_current(executed: dict[Path, Path], *, profile: str, root: Path = ROOT) -> None:
    """Refuses executed chapters whose source is not that of the tree any more.

    Args:
        executed: Path of each executed chapter by that of its notebook.
        profile: The profile that they were executed with.
        root: The repository.

    Raises:
        BookError: If something that decides what a chapter shows has changed since its execution began.
    """
    for chapter, path in executed.items():
        if path != place(chapter, profile=profile, root=root):
            raise BookError(f"{chapter.name}: its source or the results changed since it began; build again")


def _run(chapter: Path, profile: str) -> nbformat.NotebookNode:
    # Papermill only warns about a parameter that the notebook does not have.
    if "profile" not in papermill.inspect_notebook(str(chapter)):
        raise BookError(f"{chapter.name} has no cell tagged `parameters` that sets `profile`")
    notebook = nbformat.read(chapter, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(_WITNESS, metadata={"tags": ["witness"]}))
    with tempfile.TemporaryDirectory() as folder, _own_kernel(), _environment(KERNEL_ENVIRONMENT):
        path = Path(folder, chapter.name)
        nbformat.write(notebook, path)
        try:
            return papermill.execute_notebook(
                str(path),
                str(path),
                parameters={"profile": profile},
                kernel_name=KERNEL_NAME,
                cwd=folder,
                progress_bar=sys.stderr.isatty(),
                extra_arguments=["--log-level=CRITICAL"],
            )
        except PapermillExecutionError as error:
            cells = nbformat.read(chapter, as_version=4).cells
            name = next((cell.id for cell in cells if cell.source == error.source), error.cell_index)
            trace = "\n".join(error.traceback)
            raise BookError(f"{trace}\n{chapter.name}, cell {name!r} failed: {error.ename}") from None


@contextlib.contextmanager
def _own_kernel() -> Iterator[None]:
    """Has Jupyter start the Python that runs this, wherever a kernel of the same name is announced."""
    with tempfile.TemporaryDirectory() as folder:
        write_kernel_spec(Path(folder, "kernels", KERNEL_NAME))
        # The first folder that has a kernel of a name decides, and those of this variable come first.
        paths = os.pathsep.join((folder, os.environ.get("JUPYTER_PATH", ""))).rstrip(os.pathsep)
        with _environment({"JUPYTER_PATH": paths}):
            yield


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _require_clean(chapter: Path, notebook: nbformat.NotebookNode) -> None:
    """Refuses a chapter that warns, or announces a picture and shows none."""
    for cell in notebook.cells:
        outputs = cell.get("outputs", ())
        for output in outputs:
            if output.output_type == "stream" and re.search(r"\w*Warning: |WARNING:", output.text):
                raise BookError(f"{chapter.name}, cell {cell.id!r} warns:\n{output.text}")
        shown = {kind for output in outputs for kind in output.get("data", ())}
        if "figure" in cell.metadata.get("mystnb", {}) and not shown & {"image/png", "text/html"}:
            raise BookError(f"{chapter.name}, cell {cell.id!r} shows no picture")


def _take_witness(notebook: nbformat.NotebookNode) -> dict:
    """Removes the cell that was added to the chapter, and returns what it said."""
    return json.loads(notebook.cells.pop().outputs[0].text)


def require_package(found: Path, user: str, root: Path = ROOT) -> None:
    """Refuses a package from elsewhere than this tree, such as one that is installed.

    Args:
        found: The file that was imported as `pisces`.
        user: What imported it, for the message.
        root: The repository.

    Raises:
        BookError: If it is another than that of the repository.
    """
    own = root / "src" / "pisces" / "__init__.py"
    if found.resolve() != own.resolve():
        raise BookError(f"{user} ran the package {found}, not {own}: `make setup` installs that one")


def stored_runs(root: Path = ROOT) -> list[Result]:
    """The results that the book is made from."""
    folder = root / "book" / "results"
    archives = {kind: folder / archive.packaged(kind).name for kind in KINDS.values()}
    return [run for kind, file in archives.items() for run in archive.read(file, kind=kind).values()]


def shown_results(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The rows of the tables of results of an executed chapter, as a reader sees them.

    Yields:
        The id of the cell and the texts of the row.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            soup = BeautifulSoup("".join(output.get("data", {}).get("text/html", "")), "html.parser")
            for group in soup.select(f"table.{report.CSS_CLASS} tbody"):
                rows = [[text.get_text() for text in row(["th", "td"])] for row in group("tr")]
                method = rows[0].pop(0)
                # Without it nothing is left of the first row, if the method stands in a line of its own.
                yield from ((cell.id, (method, *row)) for row in rows if row)


def _require_results(chapter: Path, notebook: nbformat.NotebookNode, root: Path) -> None:
    """Refuses a chapter with a row of results that the stored runs do not give."""
    shown = list(shown_results(notebook))
    if not shown:
        return
    board = scoreboard.scoreboard(stored_runs(root)).drop(columns="minutes")
    given = {row for _, rows in board.groupby("experiment") for row in report.table(rows, caption="").rows}
    for cell, row in shown:
        if row not in given:
            text = " | ".join(row)
            raise BookError(f"{chapter.name}, cell {cell!r} shows what no stored runs give: {text}")


def identity(run: Result) -> dict:
    """What tells a run from all others, those with its configuration and seed included, as JSON gives it."""
    config = json.loads(json.dumps(run.config.to_dict()))
    return {
        "config": config,
        "seed": run.seed,
        "seconds": run.seconds,
        "commit": run.provenance.get("commit", ""),
    }


def gathered_names(notebook: nbformat.NotebookNode) -> set[str]:
    """The names that a chapter gives to what it has from `pisces.experiments.evidence.gather`."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return set(re.findall(r"^(\w+) = evidence\.gather\(", code, re.M))


def _require_runs(chapter: Path, notebook: nbformat.NotebookNode, held: dict, root: Path) -> None:
    """Refuses a chapter that gathered other runs than the stored ones."""
    gathered = {name: held.get(name, []) for name in sorted(gathered_names(notebook))}
    if not any(gathered.values()):
        return
    stored = [identity(run) for run in stored_runs(root)]
    for name, runs in gathered.items():
        for run in runs:
            if run not in stored:
                raise BookError(
                    f"{chapter.name}: {name!r} has a run of seed {run['seed']} that is not stored"
                )


def _record(notebook: nbformat.NotebookNode, profile: str, seconds: float, held: dict) -> None:
    """Notes how the chapter was executed; see the top of this module."""
    where = origin.provenance()
    notebook.metadata[RECORD] = {
        "profile": profile,
        "seconds": seconds,
        "environment": {name: where[name] for name in ("versions", "processor", "threads")},
        "runs": {name: runs for name, runs in held.items() if runs},
    }
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata[RECORD] = {"seconds": cell.metadata.papermill.duration}


def _strip(notebook: nbformat.NotebookNode) -> None:
    """Removes what papermill adds: dates, paths of this machine, and the cell that repeats the parameters."""
    notebook.metadata.pop("papermill", None)
    notebook.cells = [
        cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", ())
    ]
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
