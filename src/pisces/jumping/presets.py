"""What does the paper set? Its values for each method and table, by its text or by its released code.

Tables are those of Agarwal et al. (2021). Four methods are not of the paper: the recipe of this book,
with and without a metric, and with the frame of the picture moved or still.
"""

import dataclasses
import typing

from pisces.checks import one_of
from pisces.jumping.config import EmbeddingConfig, RandConvConfig, RunConfig
from pisces.task import COLORS


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Column:
    """One column of a table; with a metric but no temperature, the embedding loss is l2."""

    learning_rate: float
    l2_coefficient: float = 0.0
    dropout_rate: float = 0.0
    has_rand_conv: bool = True
    metric: str | None = None
    temperature: float | None = None
    contrastive_weight: float = 0.0
    kernel_size: int = 2
    max_shift: int = 0
    shift_margin: int = 0
    schedule: str = "exponential"
    num_updates: int = 8000
    report_interval: int = 500


TABLES: dict[str, dict[str, _Column]] = {
    # The four methods of Table 1, on every grid.
    "G.3": {
        "dropout-l2": _Column(
            learning_rate=4e-3, l2_coefficient=4.3e-4, dropout_rate=0.3, has_rand_conv=False
        ),
        "pse": _Column(
            learning_rate=3.2e-3,
            l2_coefficient=1e-5,
            has_rand_conv=False,
            metric="psm",
            temperature=1.0,
            contrastive_weight=10.0,
        ),
        "randconv": _Column(learning_rate=7e-3),
        "randconv-pse": _Column(learning_rate=2.6e-3, metric="psm", temperature=0.5, contrastive_weight=5.0),
    },
    # The same methods on red and green obstacles.
    "G.4": {
        "dropout-l2": _Column(
            learning_rate=4e-3, l2_coefficient=4.3e-4, dropout_rate=0.3, has_rand_conv=False
        ),
        "pse": _Column(
            learning_rate=6e-3,
            l2_coefficient=7e-5,
            has_rand_conv=False,
            metric="psm",
            temperature=0.5,
            contrastive_weight=5.0,
        ),
        "randconv": _Column(learning_rate=5e-3),
        "randconv-pse": _Column(learning_rate=2.6e-3, metric="psm", temperature=0.5, contrastive_weight=5.0),
    },
    # The ablation of Table 2.
    "G.5": {
        "randconv-pse": _Column(learning_rate=4e-3, metric="psm", temperature=1.0, contrastive_weight=5.0),
        "randconv-psm-l2": _Column(learning_rate=5e-4, metric="psm", contrastive_weight=0.1),
        "randconv-pi-bisimulation-cme": _Column(
            learning_rate=4.7e-4, metric="pi-bisimulation", temperature=0.5, contrastive_weight=0.1
        ),
        "randconv-pi-bisimulation-l2": _Column(
            learning_rate=1e-4, metric="pi-bisimulation", contrastive_weight=1e-6
        ),
    },
}
"""Hyperparameters of each method, by the table that lists them."""

_OWN = _Column(
    learning_rate=2.6e-3,
    max_shift=12,
    schedule="cosine",
    num_updates=2000,
    report_interval=200,
)

_OWN_PSE = dataclasses.replace(_OWN, max_shift=8, metric="psm", temperature=0.5, contrastive_weight=0.5)

OWN: dict[str, _Column] = {
    "recipe": _OWN,
    "recipe-pse": _OWN_PSE,
    "recipe-still": dataclasses.replace(_OWN, shift_margin=1),
    "recipe-still-pse": dataclasses.replace(_OWN_PSE, shift_margin=1),
}
"""Hyperparameters of the recipe of this book: the first two are chosen by `pisces.experiments.search`, the
others are the same but for the frame of the picture, which stays where it is."""

# Both tables list RandConv + PSEs: G.3 goes first and last, so that the order and the values are its own.
METHODS = TABLES["G.3"] | TABLES["G.5"] | TABLES["G.3"] | OWN
"""Hyperparameters of each method on the grey tasks."""

_TABLE_COLORS = {"G.4": COLORS}


class Reading(typing.NamedTuple):
    """What the text and the released code have different values for.

    Attributes:
        contrastive_loss: Form of eq. 4, a key of `EMBEDDING_LOSSES`.
        affinity_scale: beta of its coupling weights; None leaves them out.
        discount: gamma of the metric.
    """

    contrastive_loss: str
    affinity_scale: float | None
    discount: float


READINGS = {
    "paper": Reading("cme", affinity_scale=0.01, discount=0.99),
    "reference": Reading("symmetric-cme", affinity_scale=None, discount=0.999),
}
"""The paper as its text has it, and as its released code does."""


def preset(method: str, *, grid: str, reading: str, table: str | None = None) -> RunConfig:
    """The settings of a method, those of the paper but for the methods of `OWN`.

    Those that all of the paper's methods share (table G.2) are the defaults of `RunConfig` and
    `RandConvConfig`.

    Args:
        method: A key of `METHODS`.
        grid: One of `pisces.task.GRIDS`.
        reading: A key of `READINGS`: "paper" follows the text, eq. 4 with coupling weights; "reference" the
            released code, the symmetric loss without them, and a larger discount.
        table: A key of `TABLES`, for the values that it gives to one of its methods; G.4 is of red and green
            tasks, trained on jointly. None takes those for the grey tasks: G.3, and G.5 for the methods that
            only the ablation has; or those of `OWN`.

    Raises:
        ValueError: If an argument is unknown, or the table has no such method.

    Source: Agarwal et al. (2021), tables G.2 to G.5.
    """
    if reading not in READINGS:
        raise ValueError(f"reading is {reading!r}; it must be {one_of(READINGS)}")
    if table is not None and table not in TABLES:
        raise ValueError(f"table is {table!r}; it must be None or {one_of(TABLES)}")
    columns = METHODS if table is None else TABLES[table]
    if method not in columns:
        raise ValueError(f"method is {method!r}; it must be {one_of(columns)}")
    column = columns[method]
    return RunConfig(
        method=method,
        grid=grid,
        colors=() if table is None else _TABLE_COLORS.get(table, ()),
        learning_rate=column.learning_rate,
        l2_coefficient=column.l2_coefficient,
        dropout_rate=column.dropout_rate,
        rand_conv=RandConvConfig(kernel_size=column.kernel_size) if column.has_rand_conv else None,
        embedding=None if column.metric is None else _embedding(column, reading),
        max_shift=column.max_shift,
        shift_margin=column.shift_margin,
        schedule=column.schedule,
        num_updates=column.num_updates,
        report_interval=column.report_interval,
    )


def _embedding(column: _Column, reading: str) -> EmbeddingConfig:
    assert column.metric is not None
    settings = READINGS[reading]
    embedding = EmbeddingConfig(
        metric=column.metric,
        loss="l2",
        contrastive_weight=column.contrastive_weight,
        discount=settings.discount,
    )
    if column.temperature is None:
        return embedding
    return dataclasses.replace(
        embedding,
        loss=settings.contrastive_loss,
        inverse_temperature=1 / column.temperature,
        affinity_scale=settings.affinity_scale,
        embedding_size=64,
    )
