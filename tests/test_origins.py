"""What a cell of a chapter shows is traced to the cells and variables that it comes from."""

import nbformat
import pytest
from origins import origins


def origin(*sources: str):
    """Where what the last of these cells shows comes from; they are called a, b, c."""
    cells = [
        nbformat.v4.new_code_cell(source, id=name) for name, source in zip("abcdef", sources, strict=False)
    ]
    return origins(nbformat.v4.new_notebook(cells=cells))[cells[-1].id]


def cells(*sources: str) -> str:
    return "".join(sorted(origin(*sources).cells))


def test_a_cell_comes_from_the_cells_that_bind_what_it_uses_and_what_those_use():
    found = origin("x = 1", "y = 2", "z = x", "z + 1")
    assert found.cells == {"a", "c", "d"} and found.names == {"x", "z"}


def test_a_name_bound_again_is_what_it_was_bound_to_last():
    assert cells("rows = 1", "rows = 2", "rows") == "bc"
    assert cells("rows = 1", "rows = 2\nrows") == "b"
    assert cells("rows = 1", "rows = rows + 1\nrows") == "ab"
    assert cells("rows = 1", "rows += 1", "rows") == "abc"


def test_a_cell_comes_from_what_it_shows_and_not_from_what_else_it_binds():
    found = origin("cells = 1\nruns = gather(cells)", "draw(cells)\nrows = runs")
    assert found.names == {"cells"}


def test_a_name_of_a_comprehension_is_its_own():
    assert cells("run = 1", "[run for run in (1, 2)]") == "b"
    assert cells("[run for run in (1, 2)]", "run") == "b"


@pytest.mark.parametrize(
    "filled",
    ["maps['x'] = runs", "maps.update(runs)", "maps.best = runs", "maps |= runs", "maps['x'] += runs"],
)
def test_what_is_filled_comes_from_what_it_is_filled_with(filled):
    assert origin("runs = 1", "maps = {}", filled, "maps").cells == {"a", "b", "c", "d"}
    loop = f"for one in runs:\n    {filled}"
    assert origin("runs = 1", "maps = {}", loop, "maps").names == {"runs", "maps"}


def test_a_call_of_a_function_of_a_module_fills_nothing():
    assert cells("import draw\nx = 1", "draw.curve(x)", "draw.curve(2)") == "c"


def test_a_name_that_may_be_bound_again_comes_from_both():
    assert cells("x = 1", "y = 2", "if y:\n    x = y", "x") == "abcd"


def test_the_name_that_a_loop_binds_is_not_used_by_it():
    assert cells("name = 1", "for name in 'ab':\n    print(name)\nname") == "b"


def test_imports_and_parameters_are_nothing_that_a_cell_comes_from():
    first = nbformat.v4.new_code_cell("%pip install x", metadata={"tags": ["install"]})
    second = nbformat.v4.new_code_cell("import numpy as np")
    third = nbformat.v4.new_code_cell("seed = 0", metadata={"tags": ["parameters"]})
    last = nbformat.v4.new_code_cell("np.zeros(seed)", id="last")
    found = origins(nbformat.v4.new_notebook(cells=[first, second, third, last]))["last"]
    assert found.cells == {"last"} and found.names == set()
