"""What does a configuration say? A table for people: a row for each setting, with the place it comes from."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from pisces.jumping.config import EMBEDDING_LOSSES, SCHEDULES, RunConfig

NOT_USED = "–"

_SHARED, _TUNED, _READING, _METHOD, _OWN = "G.2", "G.3 to G.5", "reading", "method", "this run"

_ROWS: tuple[tuple[str, str, Callable[[RunConfig], Any]], ...] = (
    ("grid", _OWN, lambda run: run.grid),
    ("colours", _OWN, lambda run: " and ".join(run.colors) or None),
    ("precision", _OWN, lambda run: run.precision),
    ("updates", _OWN, lambda run: run.num_updates),
    ("learning rate of Adam", _TUNED, lambda run: run.learning_rate),
    (
        "decay of the learning rate",
        _SHARED,
        lambda run: SCHEDULES[run.schedule].label(run),
    ),
    ("imitation batch", _SHARED, lambda run: run.batch_size),
    ("l2 coefficient", _TUNED, lambda run: run.l2_coefficient or None),
    ("dropout rate", _TUNED, lambda run: run.dropout_rate or None),
    ("width of the features f", _SHARED, lambda run: run.feature_size),
    ("random shift, pixels at most", _OWN, lambda run: run.max_shift or None),
    ("random shift: margin that stays, pixels", _OWN, lambda run: run.shift_margin or None),
    (
        "RandConv: size of the kernel",
        _SHARED,
        lambda run: run.rand_conv and f"{run.rand_conv.kernel_size} × {run.rand_conv.kernel_size}",
    ),
    (
        "RandConv: probability to skip",
        _SHARED,
        lambda run: run.rand_conv and run.rand_conv.skip_probability,
    ),
    (
        "RandConv: passes to act",
        _SHARED,
        lambda run: run.rand_conv and run.rand_conv.num_action_passes,
    ),
    ("RandConv: kernels", _OWN, lambda run: run.rand_conv and run.rand_conv.kernels),
    ("metric", _METHOD, lambda run: run.embedding and run.embedding.metric),
    (
        "error of the policy behind it",
        _OWN,
        lambda run: run.embedding and (run.embedding.policy_error or None),
    ),
    ("pairs of tasks", _OWN, lambda run: run.embedding and run.embedding.pairs),
    ("embedding loss", _READING, lambda run: run.embedding and EMBEDDING_LOSSES[run.embedding.loss].label),
    ("discount γ of the metric", _READING, lambda run: run.embedding and run.embedding.discount),
    (
        "coupling weights: scale β",
        _READING,
        lambda run: run.embedding and (run.embedding.affinity_scale or "off"),
    ),
    (
        "weight α of that loss",
        _TUNED,
        lambda run: run.embedding and run.embedding.contrastive_weight,
    ),
    ("inverse temperature λ", _TUNED, lambda run: run.embedding and run.embedding.inverse_temperature),
    ("width of the projection h", _SHARED, lambda run: run.embedding and run.embedding.embedding_size),
)


def settings_table(configs: Sequence[RunConfig]) -> pd.DataFrame:
    """Lays the settings of runs side by side.

    Args:
        configs: At least one configuration; their methods differ.

    Returns:
        Texts: a row for each setting that one of the runs uses; a column for each run, named after its
        method; a last column "source" with the table of Agarwal et al. (2021) that lists the setting,
        "reading" where their text and their released code part, "method" or "this run".

    Raises:
        ValueError: If there is no configuration, or two have the same method.
    """
    methods = [config.method for config in configs]
    if not methods or len(set(methods)) < len(methods):
        raise ValueError(f"configs have the methods {methods}; they must be different, and at least one")
    rows = {name: [*map(setting, configs), source] for name, source, setting in _ROWS}
    is_used = [any(value is not None for value in row[:-1]) for row in rows.values()]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*methods, "source"])
    return table.loc[is_used].map(_text)


def _text(value: Any) -> str:
    if value is None:
        return NOT_USED
    return f"{value:g}" if isinstance(value, float) else str(value)
