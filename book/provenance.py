"""Says where the book's figures and tables come from: under each of them, at the foot of pages, in a table.

Nothing of it is written by hand. How long a cell took and which runs it had are what `execution.py` noted
when the chapter was executed; what these runs cost and what made them is read from the stored results; the
state of the tree is asked of git.
"""

import ast
import dataclasses
import functools
import html
import json
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Sized
from pathlib import Path

import nbformat
from execution import RECORD, identity
from origins import origins

import pisces
from pisces.experiments import report, scoreboard
from pisces.experiments.catalogue import EXPERIMENTS
from pisces.runs.kinds import Result

CSS_CLASS = "pisces-provenance"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tree:
    """The state of the repository that the book is built from.

    Attributes:
        commit: The commit that is checked out; "" outside a repository.
        is_dirty: Whether anything differs from it.
        address: Where the repository is published.
    """

    commit: str
    is_dirty: bool
    address: str

    def __str__(self) -> str:
        """A sentence's end: "commit 13f9522", as HTML, with a link where the commit has everything."""
        if not self.commit:
            return "a tree without a commit"
        if self.is_dirty:
            return f"commit {self.commit[:7]} with changes that are not committed"
        return f'commit <a href="{self.address}/commit/{self.commit}">{self.commit[:7]}</a>'

    def link(self, path: str) -> str:
        """HTML of the name of a file of the repository, with a link to it as it was at the commit."""
        if not self.commit or self.is_dirty:
            return f"<code>{path}</code>"
        return f'<a href="{self.address}/blob/{self.commit}/{path}"><code>{path}</code></a>'


def tree(root: Path, *, address: str) -> Tree:
    """Asks git for the state of a folder.

    Args:
        root: The folder; a part of another repository counts as none.
        address: Where the repository is published.
    """
    try:
        top = _git(root, "rev-parse", "--show-toplevel")
        if Path(top).resolve() != root.resolve():
            return Tree(commit="", is_dirty=False, address=address)
        commit, changes = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return Tree(commit="", is_dirty=False, address=address)
    return Tree(commit=commit, is_dirty=bool(changes), address=address)


def _git(root: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def footer(state: Tree) -> str:
    """What every page says at its foot, as HTML."""
    return f'<p class="{CSS_CLASS}">Pisces {pisces.__version__}, built from {state}</p>'


def add_lines(notebook: nbformat.NotebookNode, path: str, state: Tree, stored: Iterable[Result]) -> None:
    """Puts a line below each figure and table of an executed chapter: what made it, from which runs.

    Args:
        notebook: The chapter; changed. What `execution.py` noted in it is removed.
        path: Where its source is in the repository.
        state: The state of the repository.
        stored: The stored results.
    """
    found = origins(notebook)
    held = notebook.metadata.pop(RECORD)["runs"]
    seconds = {
        cell.id: cell.metadata.pop(RECORD)["seconds"] for cell in notebook.cells if RECORD in cell.metadata
    }
    source = {cell.id: cell.source for cell in notebook.cells}
    known, cells = {_text(identity(run)) for run in stored}, []
    for cell in notebook.cells:
        cells.append(cell)
        if _is_figure_or_table(cell):
            made_by = [one for one in found if one in found[cell.id].cells]
            runs = _unique(run for name in held if name in found[cell.id].names for run in held[name])
            code = "\n".join(source[one] for one in made_by)
            names = ", ".join(f"<code>{html.escape(one)}</code>" for one in made_by)
            made = f"Cell{_plural(made_by)} {names} of {state.link(path)}, {state}."
            text = " ".join([made, *_told(runs, known, code)])
            summary = f"Made in {duration(sum(seconds[one] for one in made_by))}"
            summary += f" from {_count(runs)}" if runs else ""
            line = f'<details class="{CSS_CLASS}"><summary>{summary}</summary><p>{text}</p></details>'
            cells.append(nbformat.v4.new_markdown_cell(line, id=f"{cell.id}-provenance"))
    notebook.cells = cells


def _is_figure_or_table(cell: nbformat.NotebookNode) -> bool:
    shown = ["".join(output.get("data", {}).get("text/html", "")) for output in cell.get("outputs", ())]
    return "figure" in cell.metadata.get("mystnb", {}) or "<table" in "".join(shown)


def _told(runs: Sequence[dict], known: Collection[str], code: str) -> Iterator[str]:
    """A sentence for each experiment that runs are of, and one for those that the chapter made itself.

    A run may be of several experiments. It is told of one that has many of the runs, and rather of one that
    the code names.
    """
    stored = [run for run in runs if _text(run) in known]
    experiments = sorted(_configs(), key=lambda name: f'"{name}"' not in code)
    while stored:
        of = {name: [run for run in stored if _is_of(name, run)] for name in experiments}
        name = max(of, key=lambda name: len(of[name]))
        found = of[name]
        if not found:
            yield f"{_count(stored)} of no experiment: {_spent(stored)}, {_commits(stored)}."
            break
        made = f"{_count(found)} of <code>pisces sweep {name}</code>"
        yield f"{made}: {_spent(found)}, {_commits(found)}."
        stored = [run for run in stored if not _is_of(name, run)]
    live = [run for run in runs if _text(run) not in known]
    if live:
        yield f"{_count(live)} made by the chapter itself: {_spent(live)}."


def _is_of(experiment: str, run: dict) -> bool:
    return _text(run["config"]) in _configs()[experiment]


@functools.cache
def _configs() -> dict[str, set[str]]:
    """The configurations of each experiment, as texts."""
    return {
        name: {_text(config.to_dict()) for cell in make() for config in cell.variants.values()}
        for name, make in EXPERIMENTS.items()
    }


def _text(value: dict) -> str:
    return json.dumps(value, sort_keys=True)


def origin(runs: Iterable[Result]) -> str:
    """A sentence on stored runs, one or more: "Seeds 0 to 4, at commit b2c1e3b1ec7c."."""
    found = [identity(run) for run in runs]
    return f"{seeds(run['seed'] for run in found).capitalize()}, {_commits(found)}."


def _count(runs: Sequence[dict]) -> str:
    return f"{len(runs)} run{_plural(runs)}"


def _spent(runs: Sequence[dict]) -> str:
    return f"{seeds(run['seed'] for run in runs)}, {duration(sum(run['seconds'] for run in runs))}"


def _commits(runs: Sequence[dict]) -> str:
    commits = sorted({run["commit"] or "none" for run in runs})
    return f"at commit{_plural(commits)} {', '.join(commits)}"


def seeds(values: Iterable[int]) -> str:
    """Seeds in words: "seed 3", "seeds 0 and 1", "seeds 0 to 4", "seeds 0, 2, 5"."""
    ordered = sorted(set(values))
    if len(ordered) == 1:
        return f"seed {ordered[0]}"
    if len(ordered) == 2:
        return f"seeds {ordered[0]} and {ordered[1]}"
    if ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"seeds {ordered[0]} to {ordered[-1]}"
    return f"seeds {', '.join(map(str, ordered))}"


def duration(seconds: float) -> str:
    """A time in the unit that suits it: "0.4 s", "35 s", "12 minutes", "7.0 hours"."""
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 6000 else f"{seconds / 3600:.1f} hours"


def _plural(things: Sized) -> str:
    return "s" * (len(things) != 1)


def _unique(runs: Iterable[dict]) -> list[dict]:
    return list({_text(run): run for run in runs}.values())


def status(folder: Path, executed: Mapping[str, Path], state: Tree, runs: Sequence[Result]) -> None:
    """Writes what `book/status.md` includes: what was built, the chapters, and the experiments.

    Args:
        folder: Where to.
        executed: Path of each executed chapter by its name.
        state: The state of the repository.
        runs: The stored results.
    """
    notebooks = {name: nbformat.read(path, as_version=4) for name, path in executed.items()}
    parts = {
        "built": _built([notebook.metadata[RECORD] for notebook in notebooks.values()], state),
        "chapters": _chapters(notebooks),
        "experiments": _experiments(runs),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in parts.items():
        (folder / f"{name}.md").write_text(f"{text}\n", encoding="utf-8")


def _built(records: Sequence[Mapping], state: Tree) -> str:
    def known(name: str) -> str:
        return "; ".join(sorted({record["environment"][name] for record in records}))

    rows = {
        "Version": pisces.__version__,
        "Source": str(state),
        "Profile": " and ".join(sorted({record["profile"] for record in records})),
        "Chapters": f"{len(records)}, executed in {duration(sum(record['seconds'] for record in records))}",
        "Software": known("versions"),
        "Processor": f"{known('processor')}, {known('threads')} threads",
    }
    return "\n".join(f"{name}\n: {text}\n" for name, text in rows.items())


def _chapters(notebooks: Mapping[str, nbformat.NotebookNode]) -> str:
    rows = []
    for name, notebook in notebooks.items():
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        claims = [
            node
            for cell in code
            if "claims" in cell.metadata.get("tags", ())
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Assert)
        ]
        runs = _unique(run for found in notebook.metadata[RECORD]["runs"].values() for run in found)
        title = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
        took = duration(notebook.metadata[RECORD]["seconds"])
        outcome = f"{len(code)} cells ran, {len(claims)} claims hold"
        rows.append((f"{name.partition('_')[0].lstrip('0')}. {title}", took, str(len(runs)), outcome))
    header = ("Chapter", "Time", "Runs", "Outcome")
    return report.Table("The chapters as they were executed.", header, tuple(rows), num_labels=1).html()


def _experiments(runs: Sequence[Result]) -> str:
    rows = []
    for name in EXPERIMENTS:
        found = scoreboard.runs_of(name, runs)
        commits = sorted({run.provenance["commit"] or "none" for run in found})
        took = duration(sum(run.seconds for run in found)) if found else ""
        seed = seeds(run.seed for run in found).partition(" ")[2] if found else ""
        cells = (
            str(len(found)),
            seed,
            took,
            ", ".join(commits),
            ", ".join(scoreboard.cost(found).processors),
        )
        rows.append((f"pisces sweep {name}", *(text or report.UNKNOWN for text in cells)))
    header = ("Command", "Runs", "Seeds", "Time", "Commit", "Processor")
    return report.Table("The stored runs of each experiment.", header, tuple(rows), num_labels=1).html()
