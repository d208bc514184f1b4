"""What the book says of where its figures and tables come from is true, and said below each of them."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import execution
import nbformat
import pytest
from bs4 import BeautifulSoup
from provenance import Tree, add_lines, duration, footer, seeds, status, tree

import pisces
from pisces.experiments import catalogue

ADDRESS = "https://example.org/pisces"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CLEAN = Tree(commit=COMMIT, is_dirty=False, address=ADDRESS)
FIGURE = {"mystnb": {"figure": {"name": "some-figure", "caption": "A figure"}}}


def code(name: str, source: str, *, seconds: float = 1.0, tags: tuple[str, ...] = (), **metadata):
    metadata |= {execution.RECORD: {"seconds": seconds}, "tags": list(tags)}
    return nbformat.v4.new_code_cell(source, id=name, metadata=metadata)


def chapter(*cells, runs: dict | None = None) -> nbformat.NotebookNode:
    environment = {"versions": "Python 3.11.7", "processor": "Abacus", "threads": "2"}
    record = {"profile": "book", "seconds": 61.0, "environment": environment, "runs": runs or {}}
    title = nbformat.v4.new_markdown_cell("# A chapter\n\nA question?")
    return nbformat.v4.new_notebook(cells=[title, *cells], metadata={execution.RECORD: record})


def run(config: dict, seed: int, *, seconds: float = 1800.0, commit: str = "b2c1e3b1ec7c") -> dict:
    return {"config": config, "seed": seed, "seconds": seconds, "commit": commit}


def stored(config, seed: int, **settings):
    """A stored result, with what provenance reads of it."""
    one = run({}, seed, **settings)
    provenance = {"commit": one["commit"], "processor": "Abacus"}
    return SimpleNamespace(config=config, seed=seed, seconds=one["seconds"], provenance=provenance)


def lines(notebook: nbformat.NotebookNode, known=(), state: Tree = CLEAN) -> dict[str, BeautifulSoup]:
    """The lines by the id of the cell that they stand below."""
    add_lines(notebook, "notebooks/01_chapter.ipynb", state, known)
    pairs = zip(notebook.cells, notebook.cells[1:], strict=False)
    return {
        cell.id: BeautifulSoup(line.source, "html.parser")
        for cell, line in pairs
        if "pisces-provenance" in line.source
    }


def test_figures_and_tables_alone_have_a_line_and_their_time_is_that_of_all_cells_they_need():
    table = code("table", "rows")
    table.outputs = [nbformat.v4.new_output("execute_result", data={"text/html": "<table></table>"})]
    cells = [
        code("train", "rows = 1", seconds=90.0),
        code("other", "2", seconds=50.0),
        table,
        code("figure", "rows", seconds=6.0, **FIGURE),
    ]
    found = lines(chapter(*cells))
    assert list(found) == ["table", "figure"]
    assert found["figure"].summary.get_text() == "Made in 96 s"
    assert found["figure"].p.get_text() == (
        "Cells train, figure of notebooks/01_chapter.ipynb, commit 0123456."
    )
    assert [link["href"] for link in found["figure"]("a")] == [
        f"{ADDRESS}/blob/{COMMIT}/notebooks/01_chapter.ipynb",
        f"{ADDRESS}/commit/{COMMIT}",
    ]


def test_what_was_noted_when_the_chapter_was_executed_is_not_in_the_page():
    notebook = chapter(code("figure", "1", **FIGURE))
    add_lines(notebook, "notebooks/01_chapter.ipynb", CLEAN, [])
    for part in (notebook, *notebook.cells):
        assert execution.RECORD not in part.metadata
    nbformat.validate(notebook)


def test_a_line_tells_the_stored_runs_that_its_cells_had_and_no_others():
    config = catalogue.cells("table1")[0].config
    known = [stored(config, seed) for seed in (0, 1, 2)]
    shown = [execution.identity(one) for one in known[:2]]
    cells = [
        code("gather", 'cells = catalogue.cells("table1")\nruns = evidence.gather(cells)'),
        code("with", "draw(runs)", **FIGURE),
        code("without", "draw(cells)", **FIGURE),
    ]
    found = lines(chapter(*cells, runs={"runs": shown, "unused": []}), known)
    assert found["with"].summary.get_text() == "Made in 2.0 s from 2 runs"
    assert (
        found["with"]
        .p.get_text()
        .endswith(". 2 runs of pisces sweep table1: seeds 0 and 1, 60 minutes, at commit b2c1e3b1ec7c.")
    )
    assert "run" not in found["without"].get_text()


def test_a_run_of_several_experiments_is_told_of_the_one_that_the_cells_name():
    config, *_ = (cell.config for cell in catalogue.cells("suboptimality"))
    assert config in [cell.config for cell in catalogue.cells("table1")]
    known = [stored(config, 0)]
    held = {"runs": [execution.identity(known[0])]}
    for name in ("table1", "suboptimality"):
        cell = code("figure", f'runs = gather(cells("{name}"))\ndraw(runs)', **FIGURE)
        assert (
            f"1 run of pisces sweep {name}: seed 0" in lines(chapter(cell, runs=held), known)["figure"].text
        )


def test_runs_that_the_chapter_made_are_told_as_its_own():
    cell = code("figure", "runs = [train()]\ndraw(runs)", **FIGURE)
    found = lines(chapter(cell, runs={"runs": [run({"method": "pse"}, 3, seconds=42.0)]}))
    assert found["figure"].p.get_text().endswith(" 1 run made by the chapter itself: seed 3, 42 s.")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (
            Tree(commit=COMMIT, is_dirty=True, address=ADDRESS),
            "commit 0123456 with changes that are not committed",
        ),
        (Tree(commit="", is_dirty=False, address=ADDRESS), "a tree without a commit"),
    ],
)
def test_a_tree_that_is_no_commit_says_so_and_is_not_linked_to(state, told):
    line = lines(chapter(code("figure", "1", **FIGURE)), state=state)["figure"]
    assert told in line.get_text() and told in footer(state)
    assert not line("a") and "<a" not in footer(state)


def test_the_foot_of_a_page_tells_version_and_commit():
    text = BeautifulSoup(footer(CLEAN), "html.parser")
    assert text.get_text() == f"Pisces {pisces.__version__}, built from commit 0123456"
    assert text.a["href"] == f"{ADDRESS}/commit/{COMMIT}"


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_state_of_a_tree_is_that_of_its_repository(tmp_path):
    assert tree(tmp_path, address=ADDRESS) == Tree(commit="", is_dirty=False, address=ADDRESS)
    git(tmp_path, "init")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-m", "First")
    clean = tree(tmp_path, address=ADDRESS)
    assert len(clean.commit) == 40 and not clean.is_dirty
    (tmp_path / "new").mkdir()
    assert tree(tmp_path / "new", address=ADDRESS).commit == "", "a folder of another repository"
    (tmp_path / "new" / "file").write_text("1")
    assert tree(tmp_path, address=ADDRESS).is_dirty, "a file that is not committed"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([3, 3], "seed 3"),
        ([4, 0], "seeds 0 and 4"),
        ([2, 0, 1], "seeds 0 to 2"),
        ([5, 0, 2], "seeds 0, 2, 5"),
    ],
)
def test_seeds_in_words(values, text):
    assert seeds(values) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (12.3, "12 s"), (600.0, "10 minutes"), (9000.0, "2.5 hours")],
)
def test_times_in_the_unit_that_suits_them(seconds, text):
    assert duration(seconds) == text


def test_the_status_page_tells_chapters_and_experiments(tmp_path):
    claims = code("claims", "assert 1\nassert profile == 'book' or 2", tags=("claims", "hide-cell"))
    path = tmp_path / "chapter.ipynb"
    nbformat.write(chapter(code("figure", "1"), claims, runs={"runs": [run({}, 0)]}), path)
    known = [stored(catalogue.cells("table1")[0].config, seed) for seed in (0, 1)]
    status(tmp_path / "status", {"01_chapter": path}, CLEAN, known)
    built = (tmp_path / "status" / "built.md").read_text()
    for told in (
        pisces.__version__,
        "book",
        "1, executed in 61 s",
        "Python 3.11.7",
        "Abacus, 2 threads",
        COMMIT,
    ):
        assert told in built
    tables = {}
    for name in ("chapters", "experiments"):
        soup = BeautifulSoup((tmp_path / "status" / f"{name}.md").read_text(), "html.parser")
        tables[name] = [[cell.get_text() for cell in row(["th", "td"])] for row in soup.select("tbody tr")]
    assert tables["chapters"] == [["1. A chapter", "61 s", "1", "2 cells ran, 2 claims hold"]]
    first, *_, last = tables["experiments"]
    assert first == ["pisces sweep table1", "2", "0 and 1", "60 minutes", "b2c1e3b1ec7c", "Abacus"]
    assert len(tables["experiments"]) == len(catalogue.EXPERIMENTS)
    assert last[1:] == ["0", "–", "–", "–", "–"]
    page = (Path(__file__).parents[1] / "book" / "status.md").read_text()
    for name in ("built", "chapters", "experiments"):
        assert f"{{include}} _status/{name}.md" in page
