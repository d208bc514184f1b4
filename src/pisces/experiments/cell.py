"""What is one cell of a table? A configuration, which runs of it count, and what they are compared with."""

import dataclasses
from collections.abc import Callable, Iterable

from pisces.jumping.result import RunResult
from pisces.runs import kinds
from pisces.runs.kinds import Config, OfRun, Result


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a table.

    Attributes:
        row: Name of the row, the method.
        column: Name of the column.
        config: What is run there, with as many seeds as wanted.
        is_pooled: Whether runs of either precision count, else only those of the configuration's own.
        part: Of the unseen tasks, which count, as of `pisces.jumping.result.RunResult.share_of`; None counts
            all.
        paper_mean: The paper's mean score, as `pisces.runs.kinds` has it; None where it has no number.
        paper_std: Its standard deviation over runs; None where the paper does not give one.
        paper_error: Standard error of that mean; None where it is not known.
        reference: What the runs are compared with where the paper has no number: another cell, of the same
            part.
    """

    row: str
    column: str
    config: Config
    is_pooled: bool = True
    part: str | None = None
    paper_mean: float | None = None
    paper_std: float | None = None
    paper_error: float | None = None
    reference: "Cell | None" = None

    @property
    def variants(self) -> dict[str, Config]:
        """The configurations whose runs count, by precision."""
        if self.is_pooled:
            return kinds.variants(self.config)
        return {kinds.precision_of(self.config): self.config}

    def counted(self, runs: Iterable[OfRun]) -> list[OfRun]:
        """The runs that count, one for each seed: as of `pisces.runs.kinds.counted`."""
        return kinds.counted(runs, self.variants.values())


def changed(cell: Cell, change: Callable[[Config], Config]) -> Cell:
    """The cell with another configuration, and so what it is compared with.

    Args:
        cell: The cell.
        change: Of a configuration.
    """
    reference = cell.reference and changed(cell.reference, change)
    return dataclasses.replace(cell, config=change(cell.config), reference=reference)


def score_of(run: Result, *, part: str | None) -> float:
    """The score of a run.

    Args:
        run: Its result.
        part: Of the unseen tasks, which count, as of `pisces.jumping.result.RunResult.share_of`; None counts
            all.
    """
    if part is None:
        return kinds.kind_of(run.config).score(run)
    assert isinstance(run, RunResult)
    return run.share_of(part)


def in_precision(cell: Cell, precision: str) -> Cell:
    """The cell with what is run in a precision, if it has a choice."""
    return changed(cell, lambda config: kinds.variants(config).get(precision, config))
