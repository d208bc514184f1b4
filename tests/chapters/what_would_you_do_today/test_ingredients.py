"""What is compared with what."""

import dataclasses

from pisces.chapters.what_would_you_do_today.ingredients import comparisons
from pisces.experiments.catalogue import cells

CELLS = cells("ingredients")


def test_every_cell_but_the_recipe_itself_is_compared_once():
    pairs = comparisons(CELLS)
    compared = [(cell.row, cell.column) for cell, _ in pairs]
    itself = {("recipe-still", f"{grid}, whole") for grid in ("narrow", "wide")}
    assert set(compared) == {(cell.row, cell.column) for cell in CELLS} - itself
    assert len(set(compared)) == len(compared)
    assert comparisons(CELLS[::-1]) == pairs[::-1]


def test_what_has_a_metric_is_compared_with_what_has_one_and_the_whole_ones_with_each_other():
    for cell, reference in comparisons(CELLS):
        assert reference.config.grid == cell.config.grid and reference.column.endswith("whole")
        if cell.column.endswith("whole"):
            assert (cell.row, reference.row) == ("recipe-still-pse", "recipe-still")
            assert dataclasses.replace(cell.config, embedding=None, method="", max_shift=12) == (
                dataclasses.replace(reference.config, method="")
            )
        else:
            assert (cell.config.embedding is None) == (reference.config.embedding is None)
