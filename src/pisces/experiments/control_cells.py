"""How is a cell of distracting control written down? A method on a task in miniature, and before what."""

import dataclasses
import typing

from pisces.control.config import preset
from pisces.experiments.cell import Cell

CARRIED_OVER = "still, then moving"
"""The column of agents that are trained before a still background and judged before moving ones."""


def control_cell(method: str, task: str, column: str, **settings: typing.Any) -> Cell:
    """A cell in miniature.

    Args:
        method: Its row, a key of `pisces.control.config.METHODS`.
        task: A name of `pisces.control.tasks.TASKS`.
        column: Its column.
        **settings: Those of `pisces.control.config.preset` about backgrounds.
    """
    return Cell(row=method, column=column, config=preset(method, task, "miniature", **settings))


def carried_over(task: str, *methods: str) -> list[Cell]:
    """What methods carry over from a still background to moving ones.

    Args:
        task: As of `control_cell`.
        *methods: Likewise; the others are compared with the first.
    """
    first, *others = (
        control_cell(method, task, CARRIED_OVER, trains_before_still=True) for method in methods
    )
    return [first, *(dataclasses.replace(cell, reference=first) for cell in others)]
