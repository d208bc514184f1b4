"""Every chapter keeps to the form of the book."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import execution
import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
ADDRESS, BRANCH = CONFIG["repository"]["url"], CONFIG["repository"]["branch"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAME, TF_AGENTS = PROJECT["project"]["name"], PROJECT["dependency-groups"]["agents"][0]

INSTALL = f"""# Needed only where the package is missing, as in Colab.
from importlib.metadata import distributions

installed = {{one.name for one in distributions()}}
assert "pisces" not in installed, "pisces is another project: pip uninstall pisces"
if "{NAME}" not in installed:
    %pip install --quiet git+{ADDRESS}
    %pip install --quiet --no-deps {TF_AGENTS}"""

PACKAGES = {"pisces", "numpy", "IPython", "dataclasses"}
CHAPTERS = {path.stem: path for path in execution.chapters()}

chapter = pytest.mark.parametrize("name", CHAPTERS)


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(CHAPTERS[name], as_version=4)


def code_cells(name: str):
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def tagged(name: str, tag: str):
    return [cell for cell in code_cells(name) if tag in cell.metadata.get("tags", ())]


def prose(name: str) -> str:
    return "\n\n".join(cell.source for cell in read(name).cells if cell.cell_type == "markdown")


def written_code(name: str):
    """The code cells without the one that installs, each with its syntax tree."""
    for cell in code_cells(name):
        if "install" not in cell.metadata.get("tags", ()):
            yield cell, ast.parse(cell.source)


def figure_cells(name: str):
    return [cell for cell in code_cells(name) if "figure" in cell.metadata.get("mystnb", {})]


def run_install_cell(monkeypatch, names: set[str]) -> list[str]:
    """Runs it where distributions of these names are installed, and gives what it would have pip do."""
    found = [SimpleNamespace(name=name) for name in names]
    monkeypatch.setattr("importlib.metadata.distributions", lambda: found)
    calls: list[str] = []
    exec(re.sub(r"%(pip .*)", r"calls.append('\1')", INSTALL), {"calls": calls})
    return calls


def test_the_table_of_contents_lists_the_chapters_in_order():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
    listed = [chapter["file"] for chapter in toc["parts"][0]["chapters"]]
    assert listed == [f"notebooks/{name}" for name in CHAPTERS]


@chapter
def test_it_is_a_valid_notebook_for_any_python_3_kernel(name):
    notebook = read(name)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    # Messages of the build and of papermill name cells by them.
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one) for one in ids)


@chapter
def test_it_carries_no_outputs(name):
    for cell in code_cells(name):
        assert cell.outputs == [] and cell.execution_count is None


@chapter
def test_it_begins_with_a_title_a_colab_link_and_a_question(name):
    first = read(name).cells[0]
    title, link, *rest = first.source.split("\n\n")
    repository = ADDRESS.removeprefix("https://github.com/")
    colab = (
        f"{CONFIG['launch_buttons']['colab_url']}/github/{repository}/blob/{BRANCH}/notebooks/{name}.ipynb"
    )
    assert title.startswith("# ")
    assert link == f"[Open this chapter in Colab]({colab})"
    assert "?" in "".join(rest)


@chapter
def test_its_first_code_cell_installs_the_package_where_it_is_missing(name):
    first = code_cells(name)[0]
    assert first.metadata.tags == ["install", "remove-cell"]
    assert first.source == INSTALL


@pytest.mark.parametrize(
    ("names", "num_installs"), [({"numpy", NAME}, 0), ({"numpy"}, 2), ({"pisces-other", "numpy"}, 2)]
)
def test_the_install_cell_looks_for_this_package_and_not_for_its_name(monkeypatch, names, num_installs):
    installs = run_install_cell(monkeypatch, names)
    assert len(installs) == num_installs


@pytest.mark.parametrize("names", [{"pisces"}, {"pisces", NAME}])
def test_the_install_cell_says_so_where_another_project_has_the_name(monkeypatch, names):
    with pytest.raises(AssertionError, match="pisces is another project: pip uninstall pisces"):
        run_install_cell(monkeypatch, names)


@chapter
def test_it_has_one_cell_of_parameters_with_a_profile(name):
    (cell,) = tagged(name, "parameters")
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
    assert cell.source.startswith('profile = "book"  # "smoke"')


@chapter
def test_it_ends_with_a_folded_cell_that_asserts_its_claims(name):
    last = read(name).cells[-1]
    assert last.metadata.tags == ["claims", "hide-cell"]
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(last.source)))
    assert len(tagged(name, "claims")) == 1


@chapter
def test_its_code_is_short(name):
    cells = code_cells(name)
    assert len(cells) <= 12
    for cell in cells:
        lines = cell.source.splitlines()
        assert len(lines) <= 8, f"cell {cell.id} has {len(lines)} lines"
        assert max(map(len, lines)) <= 88, f"cell {cell.id} is too wide for the page"


@chapter
def test_it_calls_the_library_and_defines_nothing(name):
    for cell, tree in written_code(name):
        for node in ast.walk(tree):
            assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef), cell.id


@chapter
def test_it_imports_public_names_of_the_library_and_no_tensorflow(name):
    for cell, tree in written_code(name):
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Attribute) and not cell.source.startswith("show.source("):
                assert not node.attr.startswith("_"), f"cell {cell.id} uses {node.attr}"
            for imported in names:
                assert imported.split(".")[0] in PACKAGES, f"cell {cell.id} imports {imported}"
                assert "._" not in imported, f"cell {cell.id} imports {imported}"


@chapter
def test_the_runs_that_it_gathers_have_a_name_of_their_own(name):
    # By it the build finds the runs that a cell shows, and compares them with those stored.
    code = "\n".join(cell.source for cell in code_cells(name))
    names = execution.gathered_names(read(name))
    assert code.count("evidence.gather(") == len(names)
    for one in names:
        assert len(re.findall(rf"^{one} = ", code, re.M)) == 1, one


@chapter
def test_it_names_no_path_and_runs_no_shell(name):
    for cell, tree in written_code(name):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_path = re.fullmatch(
                    r"[\w.~-]*(/[\w.-]+)+/?|[\w-]+\.(png|gif|csv|npz|json|parquet)", node.value
                )
                assert not is_path, f"cell {cell.id} names {node.value}"


@chapter
def test_every_picture_has_a_name_a_caption_and_a_description(name):
    cells = figure_cells(name)
    assert cells
    for cell in cells:
        figure = cell.metadata.mystnb.figure
        assert set(figure) == {"name", "caption"}, cell.id
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", figure.name), cell.id
        assert len(figure.caption.split()) >= 5, cell.id
        alt = cell.metadata.mystnb.get("image", {}).get("alt", "")
        described = len(alt.split()) >= 5 or ("show.animation(" in cell.source and "alt=" in cell.source)
        assert described, f"cell {cell.id} has no description"


def test_names_of_figures_and_equations_are_unique_in_the_book():
    names = [cell.metadata.mystnb.figure.name for name in CHAPTERS for cell in figure_cells(name)]
    names += [label for name in CHAPTERS for label in re.findall(r"^\$\$ \(([\w-]+)\)$", prose(name), re.M)]
    assert len(set(names)) == len(names)


@chapter
def test_its_prose_is_plain_markdown_that_colab_renders_too(name):
    text = prose(name)
    assert not re.search(r"^(```|:::+)\{", text, re.M), "a directive"
    assert not re.search(r"\{[\w:]+\}`", text), "a role"
    assert not re.search(r"^ *%(?!pip)", text, re.M), "a comment of MyST, which the page leaves out"


@chapter
def test_every_link_inside_the_book_leads_somewhere(name):
    for target in re.findall(r"\]\(([^)#:\s]+\.(?:md|ipynb))", prose(name)):
        assert (CHAPTERS[name].parent / target).exists(), target


@chapter
def test_it_has_exercises_with_folded_solutions(name):
    text = prose(name)
    assert "## Exercises" in text
    folded = re.findall(r"<details>\n<summary>(Solution|Proof[\w. ]*)</summary>\n\n", text)
    assert text.count("<details>") == text.count("\n\n</details>") == len(folded)
    assert folded.count("Solution") >= 2


def imported(tree: ast.AST) -> dict[str, object]:
    """What the names that a piece of code imports from Pisces stand for."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("pisces"):
            for one in node.names:
                module = importlib.import_module(node.module)
                if not hasattr(module, one.name):
                    importlib.import_module(f"{node.module}.{one.name}")
                found[one.asname or one.name] = getattr(module, one.name)
    return found


@chapter
def test_its_solutions_use_names_that_there_are(name):
    cells = "\n".join(cell.source for cell, _ in written_code(name))
    for solution in re.findall(r"^```python\n(.*?)^```", prose(name), re.M | re.DOTALL):
        code = f"{cells}\n{solution}"
        ruff = [Path(sys.executable).with_name("ruff"), "check", "--isolated", "--select", "F821", "-"]
        linted = subprocess.run(ruff, input=code, capture_output=True, text=True, check=False)
        assert not linted.returncode, linted.stdout
        known = imported(ast.parse(code))
        for node in ast.walk(ast.parse(solution)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owner = known.get(node.value.id)
                assert not inspect.ismodule(owner) or hasattr(owner, node.attr), ast.unparse(node)


@chapter
def test_it_shows_the_source_that_it_is_about(name):
    assert any("show.source(" in cell.source for cell in code_cells(name))
