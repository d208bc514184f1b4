"""Building the book: nothing stale, nothing failing, no picture without words."""

from pathlib import Path

import build
import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup

import pisces
from pisces.lab import archive, experiments, report, tables
from pisces.lab.result import RunResult

ROOT = Path(__file__).parents[1]
PACKAGE = Path(pisces.__file__).parent


def notebook(*sources: str) -> nbformat.NotebookNode:
    parameters = nbformat.v4.new_code_cell('profile = "book"', metadata={"tags": ["parameters"]})
    cells = [parameters]
    cells += [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture
def root(tmp_path):
    """A repository with one chapter and one module."""
    for folder in ("notebooks", "src/pisces", "book/results"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "requirements.lock").write_text("numpy==2.0.0\n")
    (tmp_path / "book" / "build.py").write_text("")
    (tmp_path / "src" / "pisces" / "module.py").write_text("answer = 42\n")
    return tmp_path


def chapter(root: Path, *sources: str) -> Path:
    path = root / "notebooks" / "01_chapter.ipynb"
    nbformat.write(notebook(*sources), path)
    return path


def outputs(executed: Path) -> str:
    return "".join(
        output.get("text", "")
        for cell in nbformat.read(executed, as_version=4).cells
        for output in cell.get("outputs", ())
    )


@pytest.mark.parametrize(
    "changed",
    [
        "notebooks/01_chapter.ipynb",
        "src/pisces/module.py",
        "pyproject.toml",
        "requirements.lock",
        "book/results/runs.parquet",
    ],
)
def test_the_key_changes_with_everything_that_decides_what_a_chapter_shows(root, changed):
    path = chapter(root)
    before = build.key(path, profile="smoke", root=root)
    assert build.key(path, profile="smoke", root=root) == before
    with (root / changed).open("a") as file:
        file.write("\n")
    assert build.key(path, profile="smoke", root=root) != before


def test_the_key_changes_with_the_profile(root):
    path = chapter(root)
    assert build.key(path, profile="smoke", root=root) != build.key(path, profile="book", root=root)


def test_the_key_does_not_change_with_another_chapter_or_page(root):
    path = chapter(root)
    before = build.key(path, profile="smoke", root=root)
    (root / "notebooks" / "02_other.ipynb").write_text("{}")
    (root / "book" / "intro.md").write_text("# Title")
    assert build.key(path, profile="smoke", root=root) == before


def test_a_chapter_is_executed_with_the_profile_and_again_only_after_a_change(root, monkeypatch):
    path = chapter(root, "print(profile)")
    executed = build.execute(path, profile="smoke", root=root)
    assert outputs(executed) == "smoke\n"
    with monkeypatch.context() as patch:
        patch.setattr(build.papermill, "execute_notebook", None)
        assert build.execute(path, profile="smoke", root=root) == executed
    (root / "src" / "pisces" / "module.py").write_text("answer = 43\n")
    again = build.execute(path, profile="smoke", root=root)
    assert again != executed and not executed.exists()


def test_an_executed_chapter_tells_no_time_and_no_path_of_the_machine(root):
    executed = build.execute(chapter(root, "1 + 1"), profile="smoke", root=root)
    text = executed.read_text()
    assert str(root) not in text and "papermill" not in text and "T0" not in text
    assert len(nbformat.read(executed, as_version=4).cells) == 2


def test_a_failing_cell_stops_the_build_and_leaves_nothing_behind(root, monkeypatch, capsys):
    path = chapter(root, "1 / 1", "1 / 0")
    monkeypatch.setattr(build, "chapters", lambda: [path])
    monkeypatch.setattr(
        build, "execute", lambda path, profile, run=build.execute: run(path, profile=profile, root=root)
    )
    assert build.main(["--profile", "smoke"]) == 1
    message = capsys.readouterr().err
    assert "ZeroDivisionError" in message and "01_chapter.ipynb, cell 'cell-1' failed" in message
    assert not (root / "_build").exists()


def test_a_cell_that_warns_fails_the_chapter(root):
    path = chapter(root, "import warnings\nwarnings.warn('old')")
    with pytest.raises(build.BookError, match="UserWarning: old"):
        build.execute(path, profile="smoke", root=root)


def test_a_cell_that_announces_a_picture_and_shows_none_fails_the_chapter(root):
    path = chapter(root, "'a word'")
    cells = nbformat.read(path, as_version=4)
    cells.cells[-1].metadata["mystnb"] = {"figure": {"name": "some-picture", "caption": "A picture"}}
    nbformat.write(cells, path)
    with pytest.raises(build.BookError, match="cell 'cell-0' shows no picture"):
        build.execute(path, profile="smoke", root=root)


def test_pictures_are_in_the_notebook_whatever_backend_the_caller_has(root, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    path = chapter(root, "import matplotlib.pyplot as plt\nfigure, _ = plt.subplots()\nplt.close()\nfigure")
    executed = build.execute(path, profile="smoke", root=root)
    assert "image/png" in nbformat.read(executed, as_version=4).cells[-1].outputs[0].data
    assert build.os.environ["MPLBACKEND"] == "Agg"


def test_a_chapter_without_a_profile_is_refused_as_papermill_would_only_warn(root):
    path = root / "notebooks" / "01_chapter.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    with pytest.raises(build.BookError, match="parameters"):
        build.execute(path, profile="smoke", root=root)


def test_an_unknown_profile_is_refused(root):
    with pytest.raises(ValueError, match="profile must be one of smoke, book, got 'fast'"):
        build.execute(chapter(root), profile="fast", root=root)


@pytest.fixture
def root_with_runs(root):
    """Two runs of the first cell of Table 1, which solve a half and all of the tasks."""
    config, runs = experiments.cells("table1")[0].config, {}
    for seed, num_solved in enumerate((143, 286)):
        training = config.training_tasks(seed)
        runs[f"run-{seed}"] = RunResult(
            config=config,
            seed=seed,
            solved_at=(np.arange(286) < num_solved)[None],
            jump_step=np.zeros(286, int),
            is_test=np.array([task not in training for task in config.tasks]),
            update=np.array([8000]),
            imitation_loss=np.zeros(1),
            embedding_loss=np.zeros(1),
            seconds=600.0,
            provenance={"processor": "Abacus"},
        )
    archive.merge(root / "book" / "results" / "runs.parquet", runs)
    return root


def execute_with_table(root: Path, monkeypatch, *, change=lambda rows: rows, profile="book") -> Path:
    """Executes a chapter whose cell returns the first two cells of Table 1, or what is made of them."""
    rows = tables.results(experiments.cells("table1")[:2], build.stored_runs(root))
    html = report.table(change(rows), caption="A table.").html()
    executed = notebook("'a table'")
    executed.cells[-1].outputs = [nbformat.v4.new_output("execute_result", data={"text/html": html})]
    monkeypatch.setattr(build, "_run", lambda path, profile: executed)
    return build.execute(chapter(root), profile=profile, root=root)


def test_a_table_of_what_the_stored_runs_give_is_accepted(root_with_runs, monkeypatch):
    executed = execute_with_table(root_with_runs, monkeypatch)
    (cell, wide), (_, narrow) = build.shown_results(nbformat.read(executed, as_version=4))
    assert cell == "cell-0"
    assert wide[:3] == ("Dropout + l2", "wide", "75.0 (35.4)")
    assert wide[5:] == ("2", "17.8 (2.2)", "too few runs")
    assert narrow[:3] == ("Dropout + l2", "narrow", "–") and narrow[5] == "0"


@pytest.mark.parametrize(
    "changed", [{"mean": 0.9}, {"n": 3}, {"verdict": "agrees"}, {"paper_mean": 0.75}, {"method": "pse"}]
)
def test_a_table_of_anything_else_fails_the_chapter(root_with_runs, monkeypatch, changed):
    with pytest.raises(build.BookError, match="cell 'cell-0' shows what no stored runs give: "):
        execute_with_table(root_with_runs, monkeypatch, change=lambda rows: rows.assign(**changed))
    assert not (root_with_runs / "_build").exists()


def test_short_runs_may_give_other_tables(root_with_runs, monkeypatch):
    changed = {"change": lambda rows: rows.assign(mean=0.9), "profile": "smoke"}
    assert execute_with_table(root_with_runs, monkeypatch, **changed).exists()


def test_the_scoreboard_has_a_table_and_the_cost_of_every_experiment(root_with_runs, tmp_path):
    build.score_tables(tmp_path / "tables", build.stored_runs(root_with_runs))
    cost = "2 runs, 10.0 minutes each on average, 0.3 hours in all, on Abacus"
    assert (tmp_path / "tables" / "cost.md").read_text() == f"All experiments together: {cost}.\n"
    table1 = (tmp_path / "tables" / "table1.md").read_text()
    assert table1.startswith(f"Made by `pisces sweep table1`: {cost}. Verdicts: ")
    assert len(BeautifulSoup(table1, "html.parser").select("tbody tr")) == 18
    page = (ROOT / "book" / "scoreboard.md").read_text()
    for name in experiments.EXPERIMENTS:
        assert (tmp_path / "tables" / f"{name}.md").exists()
        assert f"_scoreboard/{name}.md\n" in page


def page(folder: Path, article: str) -> list[str]:
    (folder / "page.html").write_text(f"<html><body><article>{article}</article></body></html>")
    return list(build.picture_faults(folder))


FIGURE = '<div class="cell_output"><figure><img src="a.png" alt="{alt}">{caption}</figure></div>'


def test_a_picture_with_description_and_caption_is_accepted(tmp_path):
    html = FIGURE.format(alt="A white square on black", caption="<figcaption>A square</figcaption>")
    assert page(tmp_path, html) == []


def test_a_picture_described_by_its_file_name_is_a_fault(tmp_path):
    html = FIGURE.format(alt="../_images/0fc3ab.png", caption="<figcaption>A square</figcaption>")
    (fault,) = page(tmp_path, html)
    assert "has no description" in fault


def test_a_picture_made_by_a_cell_without_a_caption_is_a_fault(tmp_path):
    (fault,) = page(tmp_path, FIGURE.format(alt="A white square on black", caption=""))
    assert "has no caption" in fault


def test_every_public_module_is_in_the_reference():
    pages = "".join(path.read_text() for path in (ROOT / "book" / "api").glob("*.md"))
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(("pisces", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        if path.name != "__init__.py" and not path.name.startswith("_"):
            assert f".. automodule:: {module}\n" in pages, f"{module} is in no page of book/api"
