"""Builds the book, so that its pages show what this source computes.

`execution.py` executes the chapters. The pages are then built from scratch, every warning an error, out of a
copy of the book that holds the executed chapters, with a line below each figure and table that says where it
comes from (`provenance.py`). They are finished (`finishing.py`) and looked through for pictures without a
description or caption. Nothing is published if something that decides a page changed meanwhile.

    python book/build.py [--profile smoke|book] [--only-execute]
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import commands
import contents
import explore
import finishing
import front
import logo
import nbformat
import provenance
import yaml
from bs4 import BeautifulSoup
from execution import (
    KERNEL_ENVIRONMENT,
    PROFILES,
    ROOT,
    BookError,
    chapters,
    execute,
    require_current,
    require_package,
    stored_runs,
)

import pisces
from pisces.experiments import report, scoreboard
from pisces.runs import archive
from pisces.runs.kinds import JUMPING, Result


def configuration(root: Path = ROOT) -> dict:
    """What `_config.yml` says."""
    return yaml.safe_load((root / "_config.yml").read_text())


def stage(
    executed: dict[str, Path],
    folder: Path,
    *,
    profile: str,
    state: provenance.Tree,
    runs: Sequence[Result],
    root: Path = ROOT,
) -> None:
    """Makes the source of the pages: the book as it is in the repository, with the executed chapters.

    Args:
        executed: Path of each executed chapter by its name.
        folder: Where to; replaced.
        profile: One of `PROFILES`; the pages of another than "book" say so.
        state: The state of the repository, which every page tells.
        runs: The stored results.
        root: The repository.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "book", folder / "book", ignore=shutil.ignore_patterns("results", "*.py", "__*"))
    (folder / "notebooks").mkdir()
    for name, path in executed.items():
        notebook = nbformat.read(path, as_version=4)
        provenance.add_lines(notebook, f"notebooks/{name}.ipynb", state, runs)
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
    provenance.status(folder / "book" / "_status", executed, state, runs)
    config = configuration(root)
    config["html"]["extra_footer"] = provenance.footer(state)
    if profile != "book":
        config["html"]["announcement"] = f"Built with the {profile} profile: not the figures of the book."
    (folder / "_config.yml").write_text(yaml.safe_dump(config))


def score_tables(folder: Path, runs: list[Result]) -> None:
    """Writes what pages of results include: cost, verdicts and table of each experiment, and all costs.

    `book/scoreboard.md` has these; `book/paper_contents.md` has what of the paper is here.

    Args:
        folder: Where to.
        runs: Results.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cost.md").write_text(f"All experiments together: {scoreboard.cost(runs)}.\n", encoding="utf-8")
    board = scoreboard.scoreboard(runs)
    (folder / "contents.md").write_text(contents.table(board), encoding="utf-8")
    for name, rows in board.groupby("experiment"):
        experiment = str(name)
        found = scoreboard.runs_of(experiment, runs)
        spent = scoreboard.cost(found)
        text = f"Made by `pisces sweep {experiment}`: {spent}."
        if judged := contents.judged(rows.verdict):
            text += f" Verdicts: {judged}."
        if found:
            text += f" {provenance.origin(found)}"
        table = report.table(rows, caption=f"Experiment {experiment}.").html()
        (folder / f"{experiment}.md").write_text(f"{text}\n\n{table}\n", encoding="utf-8")


def explore_data(path: Path, root: Path = ROOT) -> None:
    """Writes the runs that `book/explore.md` shows, as the script that it loads."""
    runs = archive.read(root / "book" / "results" / "runs.parquet", kind=JUMPING)
    path.write_text(explore.script(runs), encoding="utf-8")


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
    finishing.finish(html, title=configuration(folder)["title"])
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
        require_package(Path(pisces.__file__), "the build")
        executed = {path: execute(path, profile=options.profile) for path in chapters()}
        if not options.only_execute:
            source, html = ROOT / "_build" / "source", ROOT / "_build" / "html"
            runs = stored_runs()
            state = provenance.tree(ROOT, address=configuration()["repository"]["url"])
            by_name = {chapter.stem: path for chapter, path in executed.items()}
            stage(by_name, source, profile=options.profile, state=state, runs=runs)
            front.write(source / "book", scoreboard.runs_of("table1", runs))
            logo.write_icons(source / "book" / "_static")
            score_tables(source / "book" / "_scoreboard", runs)
            commands.write(source / "book")
            explore_data(source / "book" / "_static" / "explore_data.js")
            built = build(source)
            require_current(executed, profile=options.profile)
            shutil.rmtree(html, ignore_errors=True)
            built.rename(html)
            print(f"The book is at {(html / 'index.html').as_uri()}")
    except BookError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
