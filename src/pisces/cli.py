"""The command line: a few lines each over `pisces.lab` and `pisces.task`.

TensorFlow is imported only by the commands that need it. A caller's mistake is one line on standard error and
exit status 2.
"""

import argparse
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from pisces import __version__, doctor
from pisces.lab import config
from pisces.task import (
    GRIDS,
    Rollout,
    Task,
    all_tasks,
    expert_action,
    picture,
    rollout,
    solved_board,
    text_picture,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Words of the command line; None takes the process's own.

    Returns:
        Exit status: 0 for success, 1 for a problem found by `doctor`, 2 for a caller's mistake, 128 and the
        number of a signal for a command that was broken off.
    """
    # TensorFlow speaks of the processor and of missing GPUs at every start; what goes wrong it raises.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.command(parsed) or 0
    except BrokenPipeError:
        # Who reads, such as `head`, has seen enough: what is still held back goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError, ImportError) as error:
        message = " ".join(str(error).split())
        print(f"pisces {parsed.name}: {message}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage around it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="pisces", description="Policy similarity embeddings, executable.")
    parser.add_argument("--version", action="version", version=f"pisces {__version__}")
    commands = parser.add_subparsers(dest="name", metavar="command", required=True)

    def add(
        name: str, command: Callable[[argparse.Namespace], int | None], help: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(command=command)
        return added

    training = add("train", train, "Train a policy and report which of the 286 tasks it solves.")
    training.add_argument("--grid", required=True, help=f"training tasks: {', '.join(GRIDS)}")
    training.add_argument("--method", required=True, help=", ".join(config.METHODS))
    training.add_argument("--seed", type=int, default=0)
    training.add_argument(
        "--reading", default="reference", help="reference (default): as the released code; paper: as the text"
    )
    training.add_argument("--steps", type=int, help="updates (default: the paper's 8000)")
    training.add_argument("--precision", help=f"{' or '.join(config.PRECISIONS)} (default: float32)")
    training.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep run, checkpoints and policy; continues an unfinished run",
    )
    training.add_argument("--tensorboard", type=Path, metavar="DIR", help="write TensorBoard scalars")

    evaluation = add("evaluate", evaluate, "Play all 286 tasks with the policy of a run.")
    evaluation.add_argument("folder", type=Path, metavar="DIR")
    evaluation.add_argument("--json", action="store_true")

    playing = add("play", play, "Watch the expert, or the policy of a run, in the terminal or as a GIF.")
    playing.add_argument(
        "folder", type=Path, metavar="DIR", nargs="?", help="a run; without it the expert plays"
    )
    playing.add_argument("--obstacle", type=int, default=30, help="obstacle position, 14 to 47 (default: 30)")
    playing.add_argument("--floor", type=int, default=10, help="floor height, 0 to 40 (default: 10)")
    playing.add_argument("--color", help="red or green, for the expert (default: grey)")
    playing.add_argument("--gif", type=Path, metavar="FILE", help="write a GIF instead")
    playing.add_argument("--fps", type=float, default=15.0, help="frames per second (default: 15)")

    benchmark = add("bench", bench, "Measure the speed of a part on this machine.")
    benchmark.add_argument("part", choices=("env", "train"), help="the task, or an update of RandConv + PSEs")
    benchmark.add_argument("--precision", default="float32", help="of the update (default: float32)")
    benchmark.add_argument("--json", action="store_true")

    add("doctor", examine, "Say what is wrong with this environment, a line per conflict.")
    return parser


def train(parsed: argparse.Namespace) -> None:
    """`pisces train`."""
    chosen = config.preset(parsed.method, grid=parsed.grid, reading=parsed.reading)
    if parsed.steps is not None:
        chosen = dataclasses.replace(chosen, num_updates=parsed.steps)
    if parsed.precision is not None:
        chosen = dataclasses.replace(chosen, precision=parsed.precision)
    from pisces.lab.run import Training

    result = Training(chosen, seed=parsed.seed).run(folder=parsed.out, tensorboard_folder=parsed.tensorboard)
    print(_summary(result.solved, result.is_test))
    print(f"{chosen.num_updates} updates in {result.seconds:.0f} s")
    if parsed.out is not None:
        print(f"kept in {parsed.out}")


def evaluate(parsed: argparse.Namespace) -> None:
    """`pisces evaluate`."""
    from pisces.lab import store

    result = store.read_run(parsed.folder)
    from pisces.lab.evaluate import evaluate, greedy

    solved = evaluate(greedy(store.load_policy(parsed.folder)), all_tasks())
    if parsed.json:
        values = {"test_share": float(solved[result.is_test].mean()), "solved": solved.astype(int).tolist()}
        print(json.dumps(values))
    else:
        print(_summary(solved, result.is_test))


def play(parsed: argparse.Namespace) -> None:
    """`pisces play`."""
    task = Task(parsed.obstacle, parsed.floor, parsed.color)
    if not 0 < parsed.fps <= 50:
        raise ValueError(f"--fps is {parsed.fps}; it must be above 0 and at most 50")
    played = _episode(task, parsed.folder)
    assert played.frames is not None
    frames = played.frames[0, : played.length[0] + 1]
    outcome = "gets across" if played.is_success[0] else "fails"
    if parsed.gif is not None:
        from pisces.lab import show

        parsed.gif.write_bytes(show.gif(picture(frames), frames_per_second=parsed.fps))
        print(f"{parsed.gif}: {outcome} after {played.length[0]} steps, return {played.reward[0].sum():.0f}")
        return
    for frame in frames:
        # Home the cursor between pictures, so that a terminal shows a film and a file shows them in turn.
        print("\x1b[H\x1b[2J" if sys.stdout.isatty() else "", text_picture(frame), sep="", flush=True)
        time.sleep(1 / parsed.fps if sys.stdout.isatty() else 0)
    print(f"{outcome} after {played.length[0]} steps, return {played.reward[0].sum():.0f}")


def bench(parsed: argparse.Namespace) -> None:
    """`pisces bench`."""
    if parsed.part == "env":
        from pisces.task import benchmark

        measured = benchmark.measure()
    else:
        from pisces.lab import benchmark

        measured = benchmark.measure(precision=parsed.precision)
    if parsed.json:
        print(json.dumps(measured))
        return
    for name, value in measured.items():
        print(f"{name.replace('_', ' ')}: {value:,.{0 if value >= 1000 else 2}f}")


def examine(_: argparse.Namespace) -> int:
    """`pisces doctor`."""
    problems = doctor.problems()
    print("\n".join(problems) if problems else f"ok: {doctor.versions()}")
    return 1 if problems else 0


def _episode(task: Task, folder: Path | None) -> Rollout:
    if folder is None:
        return rollout([task], lambda _, batch, state: expert_action(batch, state), record_frames=True)
    if task.color is not None:
        raise ValueError(f"--color is {task.color!r}; the policy of a run knows grey tasks only")
    from pisces.lab import store
    from pisces.lab.evaluate import greedy, play

    return play(greedy(store.load_policy(folder)), [task], record_frames=True)


def _summary(solved, is_test) -> str:
    """Share of unseen and seen tasks solved, and the board of all tasks, floors from high to low."""
    marks = {(True, True): "#", (True, False): "T", (False, True): ".", (False, False): "t"}
    pairs = zip(solved_board(solved).T[::-1], solved_board(is_test).T[::-1], strict=True)
    rows = [
        "".join(marks[bool(one), bool(unseen)] for one, unseen in zip(*pair, strict=True)) for pair in pairs
    ]
    return "\n".join(
        [
            *rows,
            "# unseen and solved, . unseen and not; T trained on and solved, t trained on and not",
            f"solved {solved[is_test].sum()} of {is_test.sum()} unseen tasks ({solved[is_test].mean():.1%}), "
            f"{solved[~is_test].sum()} of {(~is_test).sum()} training tasks",
        ]
    )
