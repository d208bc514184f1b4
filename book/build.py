"""Executes the chapters and builds the book, so that a page shows what this source computes.

Each chapter runs by papermill, one after another, in an empty folder. Its result is kept under a hash of
all that decides it: the notebook, the package, the lock, the stored results, the profile. The pages are then
built from scratch, every warning an error, out of a copy of the book that holds the executed chapters, and
looked through for pictures without a description or caption. Tables of results must be what the stored
results give; those of the scoreboard are made from them.

    python book/build.py [--profile smoke|book] [--only-execute]
"""

import argparse
import contextlib
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import papermill
import yaml
from bs4 import BeautifulSoup
from papermill.exceptions import PapermillExecutionError

from pisces import task
from pisces.lab import archive, report, scoreboard, show
from pisces.lab.result import RunResult

ROOT = Path(__file__).resolve().parents[1]
PROFILES = ("smoke", "book")

# What kernels find in their environment, whatever the caller has: pictures in the notebook, and no talk of
# missing GPUs (TensorFlow, at every start) and missing widgets (tqdm).
KERNEL_ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONWARNINGS": "ignore:IProgress not found",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class BookError(Exception):
    """The book cannot be built; the message is for the reader of the terminal."""


def chapters(root: Path = ROOT) -> list[Path]:
    """The notebooks, in the order of the book."""
    return sorted((root / "notebooks").glob("*.ipynb"))


def key(chapter: Path, *, profile: str, root: Path = ROOT) -> str:
    """A hash of everything that decides what an executed chapter shows."""
    # pyproject.toml has the address of the repository, to which listings link.
    decisive = [chapter, root / "pyproject.toml", root / "requirements.lock", root / "book" / "build.py"]
    decisive += sorted((root / "src").rglob("*.py"))
    decisive += sorted(path for path in (root / "book" / "results").rglob("*") if path.is_file())
    digest = hashlib.sha256(f"{profile} {platform.python_version()}".encode())
    for path in decisive:
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


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
        BookError: If the chapter has no `profile` parameter, a cell fails or warns, a picture is missing, or,
            with profile "book", a table shows other results than those stored.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}, got {profile!r}")
    folder = root / "_build" / "executed"
    executed = folder / f"{chapter.stem}-{profile}-{key(chapter, profile=profile, root=root)}.ipynb"
    if executed.exists():
        print(f"{chapter.stem}: unchanged", flush=True)
        return executed
    start = time.monotonic()
    notebook = _run(chapter, profile)
    _require_clean(chapter, notebook)
    if profile == "book":
        _require_results(chapter, notebook, root)
    _strip(notebook)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(f"{chapter.stem}-{profile}-*"):
        stale.unlink()
    unfinished = executed.with_suffix(".part")
    nbformat.write(notebook, unfinished)
    unfinished.rename(executed)
    print(f"{chapter.stem}: executed in {time.monotonic() - start:.0f} s", flush=True)
    return executed


def _run(chapter: Path, profile: str) -> nbformat.NotebookNode:
    # Papermill only warns about a parameter that the notebook does not have.
    if "profile" not in papermill.inspect_notebook(str(chapter)):
        raise BookError(f"{chapter.name} has no cell tagged `parameters` that sets `profile`")
    with tempfile.TemporaryDirectory() as folder, _environment(KERNEL_ENVIRONMENT):
        try:
            return papermill.execute_notebook(
                str(chapter),
                str(Path(folder, chapter.name)),
                parameters={"profile": profile},
                kernel_name="python3",
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
            if output.output_type == "stream" and re.search(r"\w*Warning: ", output.text):
                raise BookError(f"{chapter.name}, cell {cell.id!r} warns:\n{output.text}")
        shown = {kind for output in outputs for kind in output.get("data", ())}
        if "figure" in cell.metadata.get("mystnb", {}) and not shown & {"image/png", "text/html"}:
            raise BookError(f"{chapter.name}, cell {cell.id!r} shows no picture")


def stored_runs(root: Path = ROOT) -> list[RunResult]:
    """The results that the book is made from."""
    return list(archive.read(root / "book" / "results" / "runs.parquet").values())


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
                yield from ((cell.id, (method, *row)) for row in rows)


def _require_results(chapter: Path, notebook: nbformat.NotebookNode, root: Path) -> None:
    """Refuses a chapter with a row of results that the stored runs do not give."""
    shown = list(shown_results(notebook))
    if not shown:
        return
    board = scoreboard.scoreboard(stored_runs(root)).drop(columns="minutes")
    given = set(report.table(board, caption="").rows)
    for cell, row in shown:
        if row not in given:
            text = " | ".join(row)
            raise BookError(f"{chapter.name}, cell {cell!r} shows what no stored runs give: {text}")


def _strip(notebook: nbformat.NotebookNode) -> None:
    """Removes what papermill adds: times, paths of this machine, and the cell that repeats the parameters."""
    notebook.metadata.pop("papermill", None)
    notebook.cells = [
        cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", ())
    ]
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)


def stage(executed: dict[str, Path], folder: Path, *, profile: str, root: Path = ROOT) -> None:
    """Makes the source of the pages: the book as it is in the repository, with the executed chapters.

    Args:
        executed: Path of each executed chapter by its name.
        folder: Where to; replaced.
        profile: One of `PROFILES`; the pages of another than "book" say so.
        root: The repository.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "book", folder / "book", ignore=shutil.ignore_patterns("results", "*.py", "__*"))
    (folder / "notebooks").mkdir()
    for name, path in executed.items():
        shutil.copy(path, folder / "notebooks" / f"{name}.ipynb")
    config = yaml.safe_load((root / "_config.yml").read_text())
    if profile != "book":
        config["html"]["announcement"] = f"Built with the {profile} profile: not the figures of the book."
    (folder / "_config.yml").write_text(yaml.safe_dump(config))


def front_picture(path: Path) -> None:
    """Draws the moving picture of the front page: the expert in four tasks at once."""
    tasks = [task.Task(20, 10), task.Task(30, 20), task.Task(45, 10), task.Task(38, 15)]
    played = task.rollout(tasks, lambda _, *state: task.expert_action(*state), record_frames=True)
    films = task.picture(played.frames)
    gap = np.full((*films.shape[1:3], 3, 3), 255, np.uint8)
    row = [part for film in films for part in (gap, film)][1:]
    path.write_bytes(show.gif(np.concatenate(row, axis=2), frames_per_second=20, scale=3))


def score_tables(folder: Path, runs: list[RunResult]) -> None:
    """Writes what `book/scoreboard.md` includes: cost, verdicts and table of each experiment, and all costs.

    Args:
        folder: Where to.
        runs: Results.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cost.md").write_text(f"All experiments together: {scoreboard.cost(runs)}.\n", encoding="utf-8")
    for name, rows in scoreboard.scoreboard(runs).groupby("experiment"):
        experiment = str(name)
        spent = scoreboard.cost(scoreboard.runs_of(experiment, runs))
        counts = rows.verdict[rows.verdict != ""].value_counts()
        judged = ", ".join(f"*{verdict}* {count}" for verdict, count in counts.items())
        text = f"Made by `pisces sweep {experiment}`: {spent}. Verdicts: {judged}."
        table = report.table(rows, caption=f"Experiment {experiment}.").html()
        (folder / f"{experiment}.md").write_text(f"{text}\n\n{table}\n", encoding="utf-8")


def build(folder: Path) -> Path:
    """Builds the staged book from scratch, every warning an error.

    Returns:
        The folder of the pages.

    Raises:
        BookError: If the build warns or a picture lacks its description or caption.
    """
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    toc = folder / "book" / "_toc.yml"
    command = [jupyter_book, "build", folder, "--toc", toc, "-W", "-n", "--keep-going", "-q"]
    # Warnings go to standard error; what goes to standard output speaks of the staged copy.
    run = subprocess.run(command, env=os.environ | KERNEL_ENVIRONMENT, stdout=subprocess.DEVNULL, check=False)
    if run.returncode:
        raise BookError("the pages could not be built without a warning")
    html = folder / "_build" / "html"
    faults = list(picture_faults(html))
    if faults:
        raise BookError("\n".join(faults))
    return html


def picture_faults(html: Path) -> Iterator[str]:
    """Says which pictures of the pages lack a description, or a caption if a cell made them.

    Without metadata, a picture made by a cell is described by the name of its file.
    """
    for page in sorted(html.rglob("*.html")):
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for picture in soup.select('article img:not([src*="_static/"])'):
            name = f"{page.relative_to(html)}: picture {str(picture.get('src'))[:60]}"
            alt = str(picture.get("alt") or "").strip()
            if len(alt.split()) < 3:
                yield f"{name} has no description, but {alt!r}"
            figure = picture.find_parent("figure")
            if picture.find_parent(class_="cell_output") and not (figure and figure.find("figcaption")):
                yield f"{name} has no caption"


def main(arguments: list[str] | None = None) -> int:
    """Builds the book, or says in the last line why not.

    Returns:
        The exit code: 0, or 1 if a chapter or the pages fail.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=PROFILES, default="book")
    parser.add_argument("--only-execute", action="store_true", help="execute the chapters, build no pages")
    options = parser.parse_args(arguments)
    try:
        executed = {path.stem: execute(path, profile=options.profile) for path in chapters()}
        if not options.only_execute:
            source, html = ROOT / "_build" / "source", ROOT / "_build" / "html"
            stage(executed, source, profile=options.profile)
            front_picture(source / "book" / "_static" / "jumping_task.gif")
            score_tables(source / "book" / "_scoreboard", stored_runs())
            built = build(source)
            shutil.rmtree(html, ignore_errors=True)
            built.rename(html)
            print(f"The book is at {(html / 'index.html').as_uri()}")
    except BookError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
