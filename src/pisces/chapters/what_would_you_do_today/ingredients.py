"""What is the recipe without one of its parts? Which cells are compared with which."""

from collections.abc import Iterable

from pisces.experiments.cell import Cell


def comparisons(cells: Iterable[Cell]) -> list[tuple[Cell, Cell]]:
    """Each cell of the experiment with the one that it is to be compared with.

    A recipe that lacks a part is compared with the whole one, which has a still frame: with a metric if it
    has one itself, else without. So is the paper's method, which has a metric. The whole recipe with a metric
    is compared with the one without.

    Args:
        cells: Of the experiment `ingredients`, as of `pisces.experiments.catalogue.cells`.

    Returns:
        A cell and its reference, grid by grid, in the order of the cells.
    """
    cells = list(cells)
    whole = {(cell.row, _grid(cell)): cell for cell in cells if cell.column.endswith("whole")}
    found = []
    for cell in cells:
        has_metric = cell.row.endswith("-pse") and cell is not whole.get((cell.row, _grid(cell)))
        reference = whole["recipe-still-pse" if has_metric else "recipe-still", _grid(cell)]
        if cell is not reference:
            found.append((cell, reference))
    return found


def _grid(cell: Cell) -> str:
    return cell.column.split(", ")[0]
