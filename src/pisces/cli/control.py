"""Commands about distracting control: train an agent on reward, and the experts that PSEs need."""

import argparse
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pisces import precision as precisions
from pisces.cli.options import add_folder, add_precision, file_to_write
from pisces.control import config
from pisces.control.expert import Expert
from pisces.control.expert import names as expert_names
from pisces.control.result import ControlResult
from pisces.control.settings import videos_digest
from pisces.control.tasks import TASKS


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `train-control`, `train-expert` and `record-expert`.

    Args:
        add: Takes a command's name, function and help; returns its parser.
    """
    training = add(
        "train-control", train, "Train an agent from pixels and judge it before backgrounds it never saw."
    )
    training.add_argument("--task", required=True, help=", ".join(TASKS))
    training.add_argument("--method", required=True, help=", ".join(config.METHODS))
    training.add_argument("--scale", default="miniature", help="miniature (default) or paper")
    training.add_argument(
        "--backgrounds", default="procedural", help="procedural (default), still, or videos of a folder"
    )
    training.add_argument(
        "--train-still",
        action="store_true",
        help="train before one plain colour; be judged before --backgrounds",
    )
    training.add_argument("--videos", type=Path, metavar="DIR", help="the folder of --backgrounds videos")
    training.add_argument(
        "--expert",
        type=Path,
        metavar="FILE",
        help="of train-expert, for PSEs; default: the one that comes with Pisces, for "
        f"{', '.join(expert_names())}",
    )
    training.add_argument("--seed", type=int, default=0, help="default: 0")
    training.add_argument("--updates", type=int, help="default: those of the scale")
    add_precision(training, "of the products")
    add_folder(training)

    experts = add("train-expert", train_expert, "Train the policy on the state that PSEs take for an expert.")
    experts.add_argument("--task", required=True, help=", ".join(TASKS))
    experts.add_argument("--seed", type=int, default=0, help="default: 0")
    experts.add_argument("--decisions", type=int, default=30_000, help="default: 30000")
    experts.add_argument("--out", type=Path, metavar="FILE", required=True, help="such as expert.npz")

    recorded = add("record-expert", record_expert, "Record the episode of the expert that chapter 11 shows.")
    recorded.add_argument(
        "--out", type=Path, metavar="FILE", help="default: the recording that comes with Pisces"
    )


def train(parsed: argparse.Namespace) -> None:
    """`pisces train-control`."""
    chosen = config.preset(
        parsed.method,
        parsed.task,
        parsed.scale,
        backgrounds=parsed.backgrounds,
        trains_before_still=parsed.train_still,
        precision=precisions.resolve(parsed.precision),
    )
    if parsed.updates is not None:
        chosen = dataclasses.replace(chosen, num_updates=parsed.updates)
    if parsed.videos is not None and chosen.backgrounds == "videos":
        chosen = dataclasses.replace(chosen, videos=videos_digest(parsed.videos))
    expert = None if parsed.expert is None else Expert.read(parsed.expert)
    if expert is not None and chosen.pse is not None:
        chosen = dataclasses.replace(chosen, pse=dataclasses.replace(chosen.pse, expert=expert.digest))
    from pisces.runs.making import make

    result = make(chosen, parsed.seed, folder=parsed.out, is_quiet=False, videos=parsed.videos, expert=expert)
    assert isinstance(result, ControlResult)
    for what, returns in (("training", result.seen_return), ("test", result.test_return)):
        error = np.std(returns, ddof=1) / np.sqrt(len(returns)) if len(returns) > 1 else np.nan
        print(
            f"return before {what} backgrounds: {returns.mean():.0f} ± {error:.0f} ({len(returns)} episodes)"
        )
    print(f"{result.num_updates[-1]} updates in {result.seconds:.0f} s, in {chosen.precision}")
    print(f"memory: {_peak_memory() / 2**30:.1f} GiB at most, without renderers")
    if parsed.out is not None:
        print(f"kept in {parsed.out}")


def train_expert(parsed: argparse.Namespace) -> None:
    """`pisces train-expert`."""
    out = file_to_write(parsed.out)
    from pisces.control import expert_training

    expert = expert_training.train_expert(parsed.task, seed=parsed.seed, num_decisions=parsed.decisions)
    expert.save(out)
    returns = expert.notes["returns"]
    print(f"return after {expert.notes['num_decisions']} decisions: {np.mean(returns):.0f}")
    print(f"kept in {out}")


def record_expert(parsed: argparse.Namespace) -> None:
    """`pisces record-expert`."""
    from pisces.chapters.distracting_control import recording

    file = recording.packaged() if parsed.out is None else parsed.out
    made = recording.record()
    recording.write(file, made)
    print(f"{made.task}: {len(made.action)} decisions, return {made.reward.sum():.0f}, kept in {file}")


def _peak_memory() -> int:
    """Bytes that this process has had at most."""
    import resource  # not on every system

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
