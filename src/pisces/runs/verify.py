"""Does a committed run come out again? It is made anew and compared with what the archive has of it.

Where the code, the versions, the processor and the number of threads are those of the committed run, the new
one is the same to the last bit, and often it is where only the code is another. Elsewhere rounding differs,
and two trainings drift apart; then the new run is one more draw from the runs of its configuration, and the
question is whether it looks like one. A run is made again in its own precision, and compared with runs of
that precision only.
"""

import dataclasses
import os
import sys
from collections.abc import Mapping

import numpy as np

from pisces.precision import AUTO, PRECISIONS, resolve
from pisces.runs.engine import THREAD_VARIABLES
from pisces.runs.identity import RunSpec
from pisces.runs.kinds import Result, kind_of, precision_of, variants
from pisces.runs.making import make

REPRODUCED, DIFFERS, CANNOT_TELL = "reproduced", "differs", "cannot tell"
NUM_OTHERS = 5
NUM_STDS = 2.0
_THREADS = "1"  # of a committed run that does not say


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verification:
    """What making a run again has shown.

    Attributes:
        key: Its key in the archive.
        verdict: `REPRODUCED`, `DIFFERS` or `CANNOT_TELL`.
        reason: Why, in a sentence.
        is_bitwise: Whether the runs were compared bit for bit, else by their scores.
        committed_score: Score of the committed run; see `pisces.runs.kinds.Kind`.
        new_score: That of the new run.
    """

    key: str
    verdict: str
    reason: str
    is_bitwise: bool
    committed_score: float
    new_score: float


def sample(runs: Mapping[str, Result], *, num_runs: int, seed: int, precision: str = AUTO) -> list[str]:
    """Draws runs to make again, all different; none of other outcomes than the present code's, if it can be.

    Args:
        runs: Committed runs by their keys.
        num_runs: How many, from 1 to the number of those that can be drawn.
        seed: Of the draw.
        precision: Draws from the runs of this precision, one of `pisces.precision.PRECISIONS`. "auto" draws
            from those of the machine's and those that have no choice, on the linear system, if there are any;
            a run of the other precision may take hours.

    Returns:
        Keys.

    Raises:
        ValueError: If there are not so many runs, there is no such precision, or `seed` is negative.
    """
    keys = [key for key in _of_precision(runs, precision) if _has_present_outcome(key, runs[key])]
    keys = keys or _of_precision(runs, precision)
    if not 1 <= num_runs <= len(keys):
        if runs and not keys:
            known = sorted({precision_of(run.config) for run in runs.values()} & set(PRECISIONS))
            allowed = ", ".join((AUTO, *known))
            raise ValueError(
                f"precision is {precision!r}; it must be one of {allowed}, of which there are runs"
            )
        raise ValueError(f"num_runs is {num_runs}; it must be from 1 to {len(keys)}, the runs that there are")
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be at least 0")
    return np.random.default_rng(seed).choice(sorted(keys), num_runs, replace=False).tolist()


def verify(key: str, runs: Mapping[str, Result], *, is_quiet: bool = False) -> Verification:
    """Makes a committed run again and compares.

    Args:
        key: Which one.
        runs: Committed runs by their keys.
        is_quiet: Shows no progress bar.

    Returns:
        The outcome of `compare`. The new run has as many threads as the committed one, if TensorFlow was not
        loaded before, which keeps those that it began with.
    """
    run = runs[key]
    if "tensorflow" not in sys.modules:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, run.provenance.get("threads", _THREADS)))
    return compare(key, runs, make(run.config, run.seed, is_quiet=is_quiet))


def compare(key: str, runs: Mapping[str, Result], new: Result) -> Verification:
    """Compares a run that was made again with the committed one.

    The new run is reproduced if all arrays of the result are the same, bit for bit; and only then if it has
    the provenance of the committed one, but for the commit. Otherwise it is also reproduced if its score is
    within `NUM_STDS` standard deviations of the mean of the other committed runs of its configuration; with
    less than `NUM_OTHERS` of them one cannot tell.

    Args:
        key: The committed run.
        runs: Committed runs by their keys.
        new: The same configuration and seed, made again.
    """
    run = runs[key]
    score = kind_of(run.config).score
    other = [] if _has_present_outcome(key, run) else ["outcomes"]
    other += [name for name, value in new.provenance.items() if not _is_same(name, value, run)]
    different = [
        name
        for name in kind_of(run.config).arrays
        if not np.array_equal(getattr(run, name), getattr(new, name), equal_nan=True)
    ]
    if not different:
        verdict, reason = REPRODUCED, "bit for bit"
    elif not other:
        verdict, reason = DIFFERS, f"not the same bits in {', '.join(different)}"
    else:
        verdict, reason = _compare_spread(key, runs, new)
        reason = f"{reason} (made with other {' and '.join(other)})"
    return Verification(
        key=key,
        verdict=verdict,
        reason=reason,
        is_bitwise=not different or not other,
        committed_score=score(run),
        new_score=score(new),
    )


def _compare_spread(key: str, runs: Mapping[str, Result], new: Result) -> tuple[str, str]:
    config = runs[key].config
    kind = kind_of(config)
    others = [kind.score(run) for name, run in runs.items() if name != key and run.config == config]
    found = f"score {kind.unit.text(kind.score(new))}"
    if len(others) < NUM_OTHERS:
        return CANNOT_TELL, f"{found}; {len(others)} other runs to compare with, and {NUM_OTHERS} are needed"
    if not np.isfinite([*others, kind.score(new)]).all():
        return CANNOT_TELL, f"{found}; not all of it and {len(others)} other runs are finite"
    mean, std = float(np.mean(others)), float(np.std(others, ddof=1))
    is_inside = abs(kind.score(new) - mean) <= NUM_STDS * std
    spread = f"{kind.unit.text(mean)} ± {NUM_STDS:g} x {kind.unit.text(std)} of {len(others)} other runs"
    return (REPRODUCED if is_inside else DIFFERS), f"{found}, {'in' if is_inside else 'out'}side {spread}"


def _of_precision(runs: Mapping[str, Result], precision: str) -> list[str]:
    """Keys of runs of a precision; for "auto" of the machine's, or all if there are none."""
    wanted = resolve(precision)
    found = []
    for key, run in runs.items():
        has_choice = len(variants(run.config)) > 1
        if precision_of(run.config) == wanted or (precision == AUTO and not has_choice):
            found.append(key)
    return found or (list(runs) if precision == AUTO else [])


def _has_present_outcome(key: str, run: Result) -> bool:
    return RunSpec(run.config, run.seed).key == key


def _is_same(name: str, value: str, run: Result) -> bool:
    """Whether a run was made with what the new one was; the commit says nothing that the code does not."""
    return name == "commit" or run.provenance.get(name, _THREADS) == value
