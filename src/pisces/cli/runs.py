"""Commands about one run: train it, judge it, watch it play."""

import argparse
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pisces import precision as precisions
from pisces.cli.options import add_folder, add_precision
from pisces.jumping import presets
from pisces.jumping.config import RunConfig
from pisces.jumping.result import RunResult
from pisces.task import GRIDS, Rollout, Task, expert_action, picture, rollout, solved_board, text_picture


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `train`, `evaluate` and `play`.

    Args:
        add: Takes a command's name, function and help; returns its parser.
    """
    training = add("train", train, "Train a policy and report which of the 286 tasks it solves.")
    training.add_argument("--grid", required=True, help=f"training tasks: {', '.join(GRIDS)}")
    training.add_argument("--method", required=True, help=", ".join(presets.METHODS))
    training.add_argument("--seed", type=int, default=0, help="default: 0")
    training.add_argument(
        "--table",
        help=f"of the settings: {', '.join(presets.TABLES)}; G.4 is of red and green tasks"
        " (default: G.3, or else the one that has the method on grey tasks)",
    )
    training.add_argument(
        "--reading",
        default="paper",
        help="paper (default): as the text; reference: loss and discount of the released code",
    )
    training.add_argument("--steps", type=int, help="updates (default: the method's, 8000 in the paper)")
    add_precision(training, "of the products")
    add_folder(training)
    training.add_argument("--tensorboard", type=Path, metavar="DIR", help="write TensorBoard scalars")

    evaluation = add("evaluate", evaluate, "Play all tasks with the policy of a run.")
    evaluation.add_argument("folder", type=Path, metavar="DIR", help="a run")
    evaluation.add_argument("--json", action="store_true", help="as JSON, for programs")

    playing = add("play", play, "Watch the expert, or the policy of a run, in the terminal or as a GIF.")
    playing.add_argument(
        "folder", type=Path, metavar="DIR", nargs="?", help="a run; without it the expert plays"
    )
    playing.add_argument("--obstacle", type=int, default=30, help="obstacle position, 14 to 47 (default: 30)")
    playing.add_argument("--floor", type=int, default=10, help="floor height, 0 to 40 (default: 10)")
    playing.add_argument("--color", help="red or green (default: grey)")
    playing.add_argument("--gif", type=Path, metavar="FILE", help="write a GIF instead")
    playing.add_argument("--fps", type=float, default=12.5, help="frames per second (default: 12.5)")


def train(parsed: argparse.Namespace) -> None:
    """`pisces train`."""
    chosen = presets.preset(parsed.method, grid=parsed.grid, reading=parsed.reading, table=parsed.table)
    if parsed.steps is not None:
        chosen = dataclasses.replace(chosen, num_updates=parsed.steps)
    chosen = _in_precision(chosen, parsed.precision, parsed.out)
    from pisces.runs.making import make

    result = make(
        chosen, parsed.seed, folder=parsed.out, is_quiet=False, tensorboard_folder=parsed.tensorboard
    )
    assert isinstance(result, RunResult)
    print(_summary(result.solved, result.is_test, chosen.tasks))
    print(f"{chosen.num_updates} updates in {result.seconds:.0f} s, in {chosen.precision}")
    if parsed.out is not None:
        print(f"kept in {parsed.out}")


def _in_precision(chosen: RunConfig, precision: str, folder: Path | None) -> RunConfig:
    """The settings in a precision; with "auto" that of the run that is to be continued, or the machine's."""
    native = dataclasses.replace(chosen, precision=precisions.resolve(precision))
    if precision != precisions.AUTO or folder is None:
        return native
    from pisces.runs import kinds, store

    with contextlib.suppress(ValueError):
        held, _ = store.read_settings(folder)
        if isinstance(held, RunConfig) and held in kinds.variants(native).values():
            return held
    return native


def evaluate(parsed: argparse.Namespace) -> None:
    """`pisces evaluate`."""
    from pisces.runs import store

    result = _read(parsed.folder)
    from pisces.acting import Greedy
    from pisces.task.judge import evaluate

    solved = evaluate(Greedy(store.load_policy(parsed.folder)), result.config.tasks)
    if parsed.json:
        values = {"test_share": float(solved[result.is_test].mean()), "solved": solved.astype(int).tolist()}
        print(json.dumps(values))
    else:
        print(_summary(solved, result.is_test, result.config.tasks))


def play(parsed: argparse.Namespace) -> None:
    """`pisces play`."""
    task = Task(parsed.obstacle, parsed.floor, parsed.color)
    if not 0.01 <= parsed.fps <= 50:
        raise ValueError(f"--fps is {parsed.fps}; it must be from 0.01 to 50")
    played = _episode(task, parsed.folder)
    assert played.frames is not None
    frames = played.frames[0, : played.length[0] + 1]
    outcome = "gets across" if played.is_success[0] else "fails"
    if parsed.gif is not None:
        from pisces.drawing import show

        parsed.gif.write_bytes(show.gif(picture(frames), frames_per_second=parsed.fps))
        speed = show.gif_speed(parsed.fps)
        if speed != parsed.fps:
            print(f"{parsed.gif}: {speed:.3g} frames per second, the nearest that a GIF can show")
        print(f"{parsed.gif}: {outcome} after {played.length[0]} steps, return {played.reward[0].sum():.0f}")
        return
    for frame in frames:
        # Home the cursor between pictures, so that a terminal shows a film and a file shows them in turn.
        print("\x1b[H\x1b[2J" if sys.stdout.isatty() else "", text_picture(frame), sep="", flush=True)
        time.sleep(1 / parsed.fps if sys.stdout.isatty() else 0)
    print(f"{outcome} after {played.length[0]} steps, return {played.reward[0].sum():.0f}")


def _episode(task: Task, folder: Path | None) -> Rollout:
    if folder is None:
        return rollout([task], lambda _, batch, state: expert_action(batch, state), record_frames=True)
    from pisces.runs import store

    known = _read(folder).config.colors
    if task.color not in (known or (None,)):
        allowed = f"be one of {', '.join(known)}" if known else "be left out"
        raise ValueError(f"--color is {task.color!r}; for this run it must {allowed}")
    from pisces.acting import Greedy
    from pisces.task.judge import play

    return play(Greedy(store.load_policy(folder)), [task], record_frames=True)


def _read(folder: Path) -> RunResult:
    """The result of a run on the jumping task."""
    from pisces.runs import kinds, store

    run = store.read_run(folder)
    if not isinstance(run, RunResult):
        kind = kinds.kind_of(run.config).name
        raise ValueError(f"folder is {str(folder)!r}, a run of {kind}; it must be one of the jumping task")
    return run


def _summary(solved: np.ndarray, is_test: np.ndarray, tasks: tuple[Task, ...]) -> str:
    """The board of each colour, and the shares of unseen and seen tasks solved, of all and of each colour."""
    colors = list(dict.fromkeys(task.color for task in tasks))
    lines = []
    for color in colors:
        is_of_color = np.array([task.color == color for task in tasks])
        lines += [color] if color else []
        lines += _board(solved[is_of_color], is_test[is_of_color])
        lines += [_shares(solved[is_of_color], is_test[is_of_color])] if color else []
    lines.append("# unseen and solved, . unseen and not; T trained on and solved, t trained on and not")
    return "\n".join([*lines, _shares(solved, is_test)])


def _board(solved: np.ndarray, is_test: np.ndarray) -> list[str]:
    """Marks of 286 tasks, floors from high to low, obstacles from left to right."""
    marks = {(True, True): "#", (True, False): "T", (False, True): ".", (False, False): "t"}
    rows = zip(solved_board(solved).T[::-1], solved_board(is_test).T[::-1], strict=True)
    return ["".join(marks[bool(one), bool(unseen)] for one, unseen in zip(*row, strict=True)) for row in rows]


def _shares(solved: np.ndarray, is_test: np.ndarray) -> str:
    return (
        f"solved {solved[is_test].sum()} of {is_test.sum()} unseen tasks ({solved[is_test].mean():.1%}), "
        f"{solved[~is_test].sum()} of {(~is_test).sum()} training tasks"
    )
