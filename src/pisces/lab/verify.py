"""Does a committed run come out again? It is made anew and compared with what the archive has of it.

Where the code, the versions, the processor and the number of threads are those of the committed run, the new
one is the same to the last bit. Elsewhere rounding differs, and two trainings drift apart; then the new run
is one more draw from the runs of its configuration, and the question is whether it looks like one.
"""

import dataclasses
import os
from collections.abc import Mapping

import numpy as np

from pisces.lab.engine import THREAD_VARIABLES
from pisces.lab.result import RunResult
from pisces.lab.sweep import RunSpec

REPRODUCED, DIFFERS, CANNOT_TELL = "reproduced", "differs", "cannot tell"
NUM_OTHERS = 5
NUM_STDS = 2.0
_THREADS = "1"  # of a committed run that does not say
_COMPARED = ("solved_at", "jump_step", "is_test", "update", "imitation_loss", "embedding_loss")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verification:
    """What making a run again has shown.

    Attributes:
        key: Its key in the archive.
        verdict: `REPRODUCED`, `DIFFERS` or `CANNOT_TELL`.
        reason: Why, in a sentence.
        is_bitwise: Whether the runs were compared bit for bit, else by the share of unseen tasks solved.
        committed_share: Share of unseen tasks that the committed run solved, in [0, 1].
        new_share: The same of the new run.
    """

    key: str
    verdict: str
    reason: str
    is_bitwise: bool
    committed_share: float
    new_share: float


def sample(runs: Mapping[str, RunResult], *, num_runs: int, seed: int) -> list[str]:
    """Draws runs to make again, all different; none that other code made, unless there is no other.

    Args:
        runs: Committed runs by their keys.
        num_runs: How many, from 1 to the number of those that can be drawn.
        seed: Of the draw.

    Returns:
        Keys.

    Raises:
        ValueError: If there are not so many runs, or `seed` is negative.
    """
    keys = [key for key, run in runs.items() if _is_of_present_code(key, run)] or list(runs)
    if not 1 <= num_runs <= len(keys):
        raise ValueError(f"num_runs is {num_runs}; it must be from 1 to {len(keys)}, the runs that there are")
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be at least 0")
    return np.random.default_rng(seed).choice(sorted(keys), num_runs, replace=False).tolist()


def verify(key: str, runs: Mapping[str, RunResult], *, is_quiet: bool = False) -> Verification:
    """Makes a committed run again and compares.

    Args:
        key: Which one.
        runs: Committed runs by their keys.
        is_quiet: Shows no progress bar.

    Returns:
        The outcome of `compare`. The new run has as many threads as the committed one, if TensorFlow was not
        used before.
    """
    run = runs[key]
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, run.provenance.get("threads", _THREADS)))
    from pisces.lab.run import Training

    return compare(key, runs, Training(run.config, seed=run.seed).run(is_quiet=is_quiet))


def compare(key: str, runs: Mapping[str, RunResult], new: RunResult) -> Verification:
    """Compares a run that was made again with the committed one.

    Bit for bit if the present code made the committed run and its provenance is that of the new one, but for
    the commit: what it solved and when it jumped, and both losses. Otherwise the new run is reproduced if its
    share of unseen tasks solved is within `NUM_STDS` standard deviations of the mean of the other committed
    runs of its configuration; with less than `NUM_OTHERS` of them one cannot tell.

    Args:
        key: The committed run.
        runs: Committed runs by their keys.
        new: The same configuration and seed, made again.
    """
    run = runs[key]
    foreign = [] if _is_of_present_code(key, run) else ["code"]
    foreign += [name for name, value in new.provenance.items() if not _is_same(name, value, run)]
    verdict, reason = _compare_spread(key, runs, new) if foreign else _compare_bits(run, new)
    if foreign:
        reason = f"{reason} (made with other {' and '.join(foreign)})"
    return Verification(
        key=key,
        verdict=verdict,
        reason=reason,
        is_bitwise=not foreign,
        committed_share=run.test_share,
        new_share=new.test_share,
    )


def _compare_bits(run: RunResult, new: RunResult) -> tuple[str, str]:
    different = [name for name in _COMPARED if not np.array_equal(getattr(run, name), getattr(new, name))]
    if different:
        return DIFFERS, f"not the same bits in {', '.join(different)}"
    return REPRODUCED, "bit for bit"


def _compare_spread(key: str, runs: Mapping[str, RunResult], new: RunResult) -> tuple[str, str]:
    config = runs[key].config
    others = [run.test_share for name, run in runs.items() if name != key and run.config == config]
    share = f"{new.test_share:.1%} of unseen tasks"
    if len(others) < NUM_OTHERS:
        return CANNOT_TELL, f"{share}; {len(others)} other runs to compare with, and {NUM_OTHERS} are needed"
    mean, std = np.mean(others), np.std(others, ddof=1)
    is_inside = abs(new.test_share - mean) <= NUM_STDS * std
    spread = f"{mean:.1%} ± {NUM_STDS:g} x {std:.1%} of {len(others)} other runs"
    return (REPRODUCED if is_inside else DIFFERS), f"{share}, {'in' if is_inside else 'out'}side {spread}"


def _is_of_present_code(key: str, run: RunResult) -> bool:
    return RunSpec(run.config, run.seed).key == key


def _is_same(name: str, value: str, run: RunResult) -> bool:
    """Whether a run was made with what the new one was; the commit says nothing that the key does not."""
    return name == "commit" or run.provenance.get(name, _THREADS) == value
