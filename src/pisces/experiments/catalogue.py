"""Which experiments are there? Experiments are data: the cells of a table and what is run in each.

Each has a function that gives its cells, in `pisces.experiments.reproductions` or
`pisces.experiments.questions`. `pisces.runs.sweep` makes the runs, `pisces.experiments.tables` sums them up.
"""

import dataclasses
from collections.abc import Callable, Iterable

from pisces import precision as precisions
from pisces.checks import one_of
from pisces.experiments import questions, reproductions
from pisces.experiments.cell import Cell, changed, in_precision
from pisces.runs.kinds import kind_of

EXPERIMENTS: dict[str, Callable[[], list[Cell]]] = {
    experiment.__name__.replace("_", "-"): experiment
    for experiment in (
        reproductions.table1,
        reproductions.released,
        reproductions.endless,
        reproductions.table2,
        reproductions.colors,
        questions.conjectures,
        questions.red_only,
        reproductions.suboptimality,
        questions.readings,
        questions.learning_rates,
        questions.discounts,
        questions.recipe,
        questions.ingredients,
        reproductions.lqr,
        reproductions.control,
        questions.more_videos,
        reproductions.ball_in_cup,
    )
}
"""What `pisces sweep` can run, by name."""


def cells(experiment: str, *, num_updates: int | None = None, precision: str = precisions.AUTO) -> list[Cell]:
    """The cells of an experiment.

    Args:
        experiment: A key of `EXPERIMENTS`.
        num_updates: Length of the runs, for trials; None takes the experiment's own. On the linear system,
            steps of gradient descent.
        precision: Of what is run where runs of either precision count: one of
            `pisces.precision.PRECISIONS`, or "auto" for the machine's. Cells count the same runs with each.

    Raises:
        ValueError: If there is no such experiment or precision, or `num_updates` is not at least 1.
    """
    if experiment not in EXPERIMENTS:
        raise ValueError(f"experiment is {experiment!r}; it must be one of {', '.join(EXPERIMENTS)}")
    native = precisions.resolve(precision)
    chosen = [in_precision(cell, native) if cell.is_pooled else cell for cell in EXPERIMENTS[experiment]()]
    if num_updates is None:
        return chosen
    return [
        changed(cell, lambda config: dataclasses.replace(config, **{kind_of(config).length: num_updates}))
        for cell in chosen
    ]


def select(cells: Iterable[Cell], *, method: str | None = None, column: str | None = None) -> list[Cell]:
    """The cells of one row, of one column, or where both meet.

    Args:
        cells: Of an experiment.
        method: The row; None takes all.
        column: The column; None takes all.

    Raises:
        ValueError: If there is no such row, or no such column in it.
    """
    chosen = list(cells)
    for name, part, value in (("method", "row", method), ("column", "column", column)):
        if value is None:
            continue
        known = dict.fromkeys(getattr(cell, part) for cell in chosen)
        if value not in known:
            raise ValueError(f"{name} is {value!r}; it must be {one_of(map(repr, known))}")
        chosen = [cell for cell in chosen if getattr(cell, part) == value]
    return chosen
