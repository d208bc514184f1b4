"""Building the book: nothing stale, nothing failing, no picture without words."""

import dataclasses
import functools
import json
import os
import re
import sys
from pathlib import Path
from unittest import mock

import build
import execution
import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from jupyter_client.kernelspec import KernelSpecManager

import pisces
from pisces.experiments import catalogue, report, tables
from pisces.jumping.result import RunResult
from pisces.runs import archive
from pisces.runs.kinds import CONTROL, JUMPING, LQR

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
    (tmp_path / "book" / "execution.py").write_text("")
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
        "src/pisces/expert.npz",
        "pyproject.toml",
        "requirements.lock",
        "book/execution.py",
        "book/results/runs.parquet",
    ],
)
def test_the_key_changes_with_everything_that_decides_what_a_chapter_shows(root, changed):
    path = chapter(root)
    before = execution.key(path, profile="smoke", root=root)
    assert execution.key(path, profile="smoke", root=root) == before
    with (root / changed).open("a") as file:
        file.write("\n")
    assert execution.key(path, profile="smoke", root=root) != before


def test_the_key_changes_with_the_profile(root):
    path = chapter(root)
    assert execution.key(path, profile="smoke", root=root) != execution.key(path, profile="book", root=root)


def test_the_key_does_not_change_with_another_chapter_or_page(root):
    path = chapter(root)
    before = execution.key(path, profile="smoke", root=root)
    (root / "notebooks" / "02_other.ipynb").write_text("{}")
    (root / "book" / "intro.md").write_text("# Title")
    assert execution.key(path, profile="smoke", root=root) == before


def test_a_chapter_is_executed_with_the_profile_and_again_only_after_a_change(root, monkeypatch):
    path = chapter(root, "print(profile)")
    executed = execution.execute(path, profile="smoke", root=root)
    assert outputs(executed) == "smoke\n"
    with monkeypatch.context() as patch:
        patch.setattr(execution.papermill, "execute_notebook", None)
        assert execution.execute(path, profile="smoke", root=root) == executed
    (root / "src" / "pisces" / "module.py").write_text("answer = 43\n")
    again = execution.execute(path, profile="smoke", root=root)
    assert again != executed and not executed.exists()


def test_an_executed_chapter_tells_no_date_and_no_path_of_the_machine(root):
    executed = execution.execute(chapter(root, "1 + 1"), profile="smoke", root=root)
    text = executed.read_text()
    assert str(root) not in text and "papermill" not in text and "T0" not in text
    assert len(nbformat.read(executed, as_version=4).cells) == 2


def test_a_failing_cell_stops_the_build_and_leaves_nothing_behind(root, monkeypatch, capsys):
    path = chapter(root, "1 / 1", "1 / 0")
    monkeypatch.setattr(build, "chapters", lambda: [path])
    monkeypatch.setattr(
        build, "execute", lambda path, profile, run=execution.execute: run(path, profile=profile, root=root)
    )
    assert build.main(["--profile", "smoke"]) == 1
    message = capsys.readouterr().err
    assert "ZeroDivisionError" in message and "01_chapter.ipynb, cell 'cell-1' failed" in message
    assert not (root / "_build").exists()


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("import warnings\nwarnings.warn('old')", "UserWarning: old"),
        (
            "import logging\nlogging.basicConfig()\nlogging.getLogger('other').warning('old')",
            "WARNING:other:old",
        ),
    ],
)
def test_a_cell_that_warns_fails_the_chapter(root, cell, message):
    path = chapter(root, cell)
    with pytest.raises(execution.BookError, match=message):
        execution.execute(path, profile="smoke", root=root)


def test_a_cell_that_announces_a_picture_and_shows_none_fails_the_chapter(root):
    path = chapter(root, "'a word'")
    cells = nbformat.read(path, as_version=4)
    cells.cells[-1].metadata["mystnb"] = {"figure": {"name": "some-picture", "caption": "A picture"}}
    nbformat.write(cells, path)
    with pytest.raises(execution.BookError, match="cell 'cell-0' shows no picture"):
        execution.execute(path, profile="smoke", root=root)


def test_pictures_are_in_the_notebook_whatever_backend_the_caller_has(root, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    path = chapter(root, "import matplotlib.pyplot as plt\nfigure, _ = plt.subplots()\nplt.close()\nfigure")
    executed = execution.execute(path, profile="smoke", root=root)
    assert "image/png" in nbformat.read(executed, as_version=4).cells[-1].outputs[0].data
    assert os.environ["MPLBACKEND"] == "Agg"


@pytest.fixture
def foreign_kernel(tmp_path, monkeypatch):
    """Announces another environment's kernel as python3, and gives the file that it would leave behind."""
    trace = tmp_path / "started"
    script = f"open({str(trace)!r}, 'w').write('x'); raise SystemExit('another environment')"
    spec = {"argv": [sys.executable, "-c", script], "display_name": "Python 3", "language": "python"}
    folder = tmp_path / "jupyter" / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    return trace


def test_a_chapter_runs_in_this_environment_whatever_kernels_others_announce(root, foreign_kernel):
    assert "-c" in KernelSpecManager().get_kernel_spec("python3").argv
    executed = execution.execute(
        chapter(root, "import sys\nprint(sys.executable)"), profile="smoke", root=root
    )
    assert outputs(executed) == f"{sys.executable}\n"
    assert not foreign_kernel.exists()
    assert os.environ["JUPYTER_PATH"] == str(foreign_kernel.parent / "jupyter")


def test_a_chapter_without_a_profile_is_refused_as_papermill_would_only_warn(root):
    path = root / "notebooks" / "01_chapter.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    with pytest.raises(execution.BookError, match="parameters"):
        execution.execute(path, profile="smoke", root=root)


def test_an_unknown_profile_is_refused(root):
    with pytest.raises(ValueError, match="profile is 'fast'; it must be one of smoke, book"):
        execution.execute(chapter(root), profile="fast", root=root)


@pytest.fixture
def root_with_runs(root):
    """Two runs of the first cell of Table 1, which solve a half and all of the tasks."""
    config, runs = catalogue.cells("table1", precision="float32")[0].config, {}
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
            provenance={"processor": "Abacus", "commit": "b2c1e3b1ec7c"},
        )
    archive.merge(root / "book" / "results" / "runs.parquet", runs, kind=JUMPING)
    for kind in (LQR, CONTROL):
        archive.merge(root / "book" / "results" / archive.packaged(kind).name, {}, kind=kind)
    return root


def witness(*, package: Path | None = None, **runs: list[RunResult]) -> nbformat.NotebookNode:
    """The cell that the build adds to a chapter, as it says that variables hold these runs."""
    held = {name: [execution.identity(run) for run in found] for name, found in runs.items()}
    text = json.dumps({"package": package and str(package), "runs": held})
    return nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("stream", text=text)])


def execute_as(root: Path, monkeypatch, executed: nbformat.NotebookNode, *, profile="book") -> Path:
    """Executes a chapter, where what comes out is given."""
    for cell in executed.cells:
        cell.metadata["papermill"] = {"duration": 0.5}
    monkeypatch.setattr(execution, "_run", lambda path, profile: executed)
    return execution.execute(chapter(root), profile=profile, root=root)


def execute_with_table(root: Path, monkeypatch, *, change=lambda rows: rows, profile="book") -> Path:
    """Executes a chapter whose cell returns the first two cells of Table 1, or what is made of them."""
    rows = tables.results(catalogue.cells("table1")[:2], execution.stored_runs(root))
    html = report.table(change(rows), caption="A table.").html()
    executed = notebook("'a table'")
    executed.cells[-1].outputs = [nbformat.v4.new_output("execute_result", data={"text/html": html})]
    executed.cells.append(witness())
    return execute_as(root, monkeypatch, executed, profile=profile)


def test_a_table_of_what_the_stored_runs_give_is_accepted(root_with_runs, monkeypatch):
    executed = execute_with_table(root_with_runs, monkeypatch)
    (cell, wide), (_, narrow) = execution.shown_results(nbformat.read(executed, as_version=4))
    assert cell == "cell-0"
    assert wide[:3] == ("Dropout + l2", "wide", "75.0 (35.4)")
    assert wide[3:6] == ("17.8 (2.2)", "too few runs", "2 (in float32)")
    assert narrow[:3] == ("Dropout + l2", "narrow", "–") and narrow[5] == "0"


@pytest.mark.parametrize(
    "changed", [{"mean": 0.9}, {"n": 3}, {"verdict": "agrees"}, {"paper_mean": 0.75}, {"method": "pse"}]
)
def test_a_table_of_anything_else_fails_the_chapter(root_with_runs, monkeypatch, changed):
    with pytest.raises(execution.BookError, match="cell 'cell-0' shows what no stored runs give: "):
        execute_with_table(root_with_runs, monkeypatch, change=lambda rows: rows.assign(**changed))
    assert not (root_with_runs / "_build").exists()


def test_short_runs_may_give_other_tables(root_with_runs, monkeypatch):
    changed = {"change": lambda rows: rows.assign(mean=0.9), "profile": "smoke"}
    assert execute_with_table(root_with_runs, monkeypatch, **changed).exists()


def execute_with_runs(root: Path, monkeypatch, runs: list[RunResult], *, profile="book") -> Path:
    executed = notebook("runs = evidence.gather(cells, is_live=False)")
    executed.cells.append(witness(runs=runs))
    return execute_as(root, monkeypatch, executed, profile=profile)


def test_the_runs_that_a_chapter_gathered_are_noted(root_with_runs, monkeypatch):
    runs = execution.stored_runs(root_with_runs)
    path = execute_with_runs(root_with_runs, monkeypatch, runs)
    noted = nbformat.read(path, as_version=4)
    record = noted.metadata[execution.RECORD]
    assert record["runs"] == {"runs": [execution.identity(run) for run in runs]}
    assert record["profile"] == "book" and record["seconds"] >= 0 and "Python" in str(record["environment"])
    assert noted.cells[-1].metadata[execution.RECORD] == {"seconds": 0.5}
    assert "papermill" not in path.read_text()


@pytest.mark.parametrize("changed", [{"seed": 7}, {"seconds": 601.0}, {"provenance": {"commit": "other"}}])
def test_a_chapter_with_runs_that_are_not_stored_is_refused(root_with_runs, monkeypatch, changed):
    runs = execution.stored_runs(root_with_runs)
    other = dataclasses.replace(runs[0], **changed)
    with pytest.raises(execution.BookError, match="'runs' has a run of seed . that is not stored"):
        execute_with_runs(root_with_runs, monkeypatch, [runs[1], other])
    assert not (root_with_runs / "_build").exists()
    assert execute_with_runs(root_with_runs, monkeypatch, [runs[1], other], profile="smoke").exists()


def test_the_runs_in_the_variables_of_a_chapter_are_found(root):
    code = """
from types import SimpleNamespace
config = SimpleNamespace(to_dict=lambda: {"method": "pse"})
one = SimpleNamespace(config=config, seed=3, seconds=1.5, provenance={"commit": "abc"})
bare = SimpleNamespace(config=config, seed=4, seconds=0.5, provenance={})
several, by_name, others = [one, bare], {"pse": one}, [1, 2]
"""
    executed = execution.execute(chapter(root, code), profile="smoke", root=root)
    noted = nbformat.read(executed, as_version=4)
    found = {"config": {"method": "pse"}, "seed": 3, "seconds": 1.5, "commit": "abc"}
    bare = found | {"seed": 4, "seconds": 0.5, "commit": ""}
    assert noted.metadata[execution.RECORD]["runs"] == {"several": [found, bare], "by_name": [found]}
    assert len(noted.cells) == 2


def test_a_chapter_that_ran_another_package_is_refused(root):
    code = """
import sys
from types import SimpleNamespace
sys.modules["pisces"] = SimpleNamespace(__file__={!r})
"""
    own = str(root / "src" / "pisces" / "__init__.py")
    assert execution.execute(chapter(root, code.format(own)), profile="smoke", root=root).exists()
    path = chapter(root, code.format("/elsewhere/pisces/__init__.py"))
    with pytest.raises(execution.BookError, match="01_chapter.ipynb ran the package /elsewhere/pisces"):
        execution.execute(path, profile="smoke", root=root)


def test_a_build_with_another_package_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(build.pisces, "__file__", "/elsewhere/pisces/__init__.py")
    monkeypatch.setattr(build, "chapters", lambda: pytest.fail("chapters are executed all the same"))
    assert build.main(["--profile", "smoke"]) == 1
    assert "the build ran the package /elsewhere/pisces/__init__.py" in capsys.readouterr().err


def test_a_chapter_whose_source_changes_while_it_runs_is_refused(root):
    module = root / "src" / "pisces" / "module.py"
    path = chapter(root, f"open({str(module)!r}, 'w').write('answer = 43')")
    with pytest.raises(execution.BookError, match="01_chapter.ipynb: its source or the results changed"):
        execution.execute(path, profile="smoke", root=root)
    assert not list((root / "_build").rglob("*.ipynb"))


def test_pages_are_not_published_if_the_results_change_while_they_are_built(root, monkeypatch, capsys):
    path = chapter(root, "1 + 1")
    published, made = root / "_build" / "html", root / "_build" / "source" / "html"
    published.mkdir(parents=True)
    (published / "index.html").write_text("the book as it was")

    def build_pages(folder):
        (root / "book" / "results" / "runs.parquet").write_text("other results")
        made.mkdir(parents=True)
        return made

    functions = {"execute": execution.execute, "require_current": execution.require_current}
    for name, function in functions.items():
        monkeypatch.setattr(build, name, functools.partial(function, root=root))
    names = ("stage", "score_tables", "explore_data", "stored_runs", "require_package")
    for name in (*names, "commands", "front", "logo"):
        monkeypatch.setattr(build, name, mock.MagicMock())
    monkeypatch.setattr(build, "chapters", lambda: [path])
    monkeypatch.setattr(build, "ROOT", root)
    monkeypatch.setattr(build, "configuration", lambda: {"repository": {"url": "https://example.org"}})
    monkeypatch.setattr(build, "build", build_pages)
    assert build.main(["--profile", "smoke"]) == 1
    assert "01_chapter.ipynb: its source or the results changed" in capsys.readouterr().err
    assert (published / "index.html").read_text() == "the book as it was"


def test_the_scoreboard_has_a_table_and_the_cost_of_every_experiment(root_with_runs, tmp_path):
    build.score_tables(tmp_path / "tables", execution.stored_runs(root_with_runs))
    cost = "2 runs, 10.0 minutes each on average, 0.3 hours in all, on Abacus"
    assert (tmp_path / "tables" / "cost.md").read_text() == f"All experiments together: {cost}.\n"
    table1 = (tmp_path / "tables" / "table1.md").read_text()
    assert table1.startswith(f"Made by `pisces sweep table1`: {cost}. Verdicts: ")
    assert ". Seeds 0 and 1, at commit b2c1e3b1ec7c.\n" in table1
    assert len(BeautifulSoup(table1, "html.parser").select("tbody tr:has(td)")) == 18
    page = (ROOT / "book" / "scoreboard.md").read_text()
    for name in catalogue.EXPERIMENTS:
        assert (tmp_path / "tables" / f"{name}.md").exists()
        assert f"_scoreboard/{name}.md\n" in page


def test_the_board_of_every_task_loads_the_stored_runs(root_with_runs, tmp_path):
    build.explore_data(tmp_path / "explore_data.js", root_with_runs)
    script = (tmp_path / "explore_data.js").read_text()
    assert '"run-0"' in script and '"run-1"' in script
    assert '<script src="../_static/explore_data.js">' in (ROOT / "book" / "explore.md").read_text()


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


def test_no_line_of_a_page_begins_like_a_comment_of_myst_which_the_page_leaves_out():
    texts = [*(ROOT / "book").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]
    assert len(texts) > 10
    for path in texts:
        assert not re.findall(r"^ *%.*", path.read_text(), re.M), path.name
