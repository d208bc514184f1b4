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
from pisces.lab import config, experiments
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

STORE = Path("runs/sweep")
"""Where `sweep` keeps runs, unless it is told another place."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Words of the command line; None takes the process's own.

    Returns:
        Exit status: 0 for success, 1 for a problem found by `doctor` or runs that `sweep` could not make, 2
        for a caller's mistake, 128 and the number of a signal for a command that was broken off.
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

    _add_experiment_commands(add)
    benchmark = add("bench", bench, "Measure the speed of a part on this machine.")
    benchmark.add_argument("part", choices=("env", "train"), help="the task, or an update of RandConv + PSEs")
    benchmark.add_argument("--precision", default="float32", help="of the update (default: float32)")
    benchmark.add_argument("--json", action="store_true")

    add("doctor", examine, "Say what is wrong with this environment, a line per conflict.")
    return parser


def _add_experiment_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    sweeping = add(
        "sweep", sweep, "Make all runs of an experiment; the same command goes on with what is left."
    )
    _add_experiment(sweeping, "experiment")
    sweeping.add_argument("--workers", type=int, help="runs at a time (default: one per two processor cores)")

    state = add("status", status, "Say how many runs of each experiment are done, and what failed.")
    _add_experiment(state, "experiment", nargs="?", help=f"{_experiment_names()} (default: all)")
    state.add_argument("--json", action="store_true")

    tabulation = add("table", table, "Show our numbers beside the paper's.")
    _add_steps(tabulation, "experiment")
    tabulation.add_argument(
        "--store", type=Path, metavar="DIR", help="of a sweep (default: the results that come with Pisces)"
    )
    tabulation.add_argument("--json", action="store_true")

    exporting = add("export", export, "Add the complete runs of a store to a Parquet file.")
    exporting.add_argument("--store", type=Path, metavar="DIR", default=STORE, help=f"default: {STORE}")
    exporting.add_argument(
        "--out", type=Path, metavar="FILE", help="default: the results that come with Pisces"
    )


def _experiment_names() -> str:
    return ", ".join(experiments.EXPERIMENTS)


def _add_steps(command: argparse.ArgumentParser, name: str, **settings) -> None:
    settings.setdefault("help", _experiment_names())
    command.add_argument(name, metavar=name.upper(), **settings)
    command.add_argument("--steps", type=int, help="updates of a run, for trials (default: the paper's 8000)")


def _add_experiment(command: argparse.ArgumentParser, name: str, **settings) -> None:
    _add_steps(command, name, **settings)
    command.add_argument("--seeds", type=_seeds, default="0-4", help="such as 0-4 or 0,3,7-9 (default: 0-4)")
    command.add_argument("--store", type=Path, metavar="DIR", default=STORE, help=f"default: {STORE}")


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


def sweep(parsed: argparse.Namespace) -> int:
    """`pisces sweep`."""
    from pisces.lab import store, sweep

    cells = experiments.cells(parsed.experiment, num_updates=parsed.steps)
    wanted = sweep.specs(cells, parsed.seeds)
    num_workers = max(1, (os.cpu_count() or 1) // 2) if parsed.workers is None else parsed.workers
    # An interruption kills the workers, and Python's own bookkeeping complains of what they leave to it.
    os.environ["PYTHONWARNINGS"] = f"{os.environ.get('PYTHONWARNINGS', '')},ignore:resource_tracker".lstrip(
        ","
    )
    try:
        failures = sweep.sweep(wanted, store.Store(parsed.store), num_workers=num_workers)
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on with what is in {parsed.store}", file=sys.stderr)
        raise
    print(f"{len(wanted) - len(failures)} of {len(wanted)} runs are complete in {parsed.store}")
    for key, error in failures.items():
        print(f"failed: {key}: {error}", file=sys.stderr)
    return 1 if failures else 0


def status(parsed: argparse.Namespace) -> None:
    """`pisces status`."""
    from pisces.lab import store, sweep, tables

    kept = store.Store(parsed.store)
    runs, aside = sweep.collect(kept)
    names = [parsed.experiment] if parsed.experiment else list(experiments.EXPERIMENTS)
    failures, parts = {}, []
    for name in names:
        cells = experiments.cells(name, num_updates=parsed.steps)
        keys = {spec.key for spec in sweep.specs(cells, parsed.seeds)} - set(runs)
        failures |= {key: report for key in sorted(keys) if (report := kept.read_failure(key))}
        parts.append(tables.progress(cells, parsed.seeds, runs, failures).assign(experiment=name))
    errors = {key: report.splitlines()[-1] for key, report in failures.items()}
    rows = _records(parts)
    if parsed.json:
        print(json.dumps({"cells": rows, "failures": errors, "left_aside": aside}))
        return
    for row in rows:
        line = f"{row['experiment']:9} {row['method']:28} {row['column']:25} {row['done']} of {row['wanted']}"
        if row["minutes"] is not None:
            line += f", {row['minutes']:.1f} minutes per run"
        if row["failed"]:
            line += f", {row['failed']} failed"
        print(line)
    for word, reasons in (("failed", errors), ("left aside", aside)):
        for name, reason in reasons.items():
            print(f"{word}: {name}: {reason}")


def table(parsed: argparse.Namespace) -> None:
    """`pisces table`."""
    cells = experiments.cells(parsed.experiment, num_updates=parsed.steps)
    from pisces.lab import archive, store, sweep, tables

    runs = (
        archive.read(archive.packaged())
        if parsed.store is None
        else sweep.collect(store.Store(parsed.store))[0]
    )
    rows = _records([tables.results(cells, runs.values())])
    if parsed.json:
        print(json.dumps(rows))
        return
    print(f"{'% of unseen tasks':28} {'':25} {'n':>3} {'mean (std)':>13} {'95 %':>13} {'paper':>13}")
    for row in rows:
        ours, paper = _percent(row["mean"], row["std"]), _percent(row["paper_mean"], row["paper_std"])
        interval = "" if row["low"] is None else f"{100 * row['low']:.1f} to {100 * row['high']:.1f}"
        line = f"{row['method']:28} {row['column']:25} {row['n']:3} {ours:>13} {interval:>13} {paper:>13}"
        print(line.rstrip())


def export(parsed: argparse.Namespace) -> None:
    """`pisces export`."""
    from pisces.lab import archive, store, sweep

    runs, aside = sweep.collect(store.Store(parsed.store))
    file = archive.packaged() if parsed.out is None else parsed.out
    num_new = archive.merge(file, runs)
    print(f"{num_new} of {len(runs)} runs are new in {file}")
    for name, reason in aside.items():
        print(f"left aside: {name}: {reason}", file=sys.stderr)


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


def _seeds(text: str) -> list[int]:
    """Seeds from a text such as "0,3,7-9"."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)):
            raise argparse.ArgumentTypeError(f"is {text!r}; it must be such as 0-4 or 0,3,7-9")
        found.extend(range(int(first), int(last or first) + 1))
    return sorted(set(found))


def _records(frames) -> list[dict]:
    """The rows of tables as plain values; what is not known is None."""
    return [
        {name: None if value != value else value for name, value in row.items()}
        for frame in frames
        for row in frame.to_dict("records")
    ]


def _percent(mean: float | None, std: float | None) -> str:
    if mean is None:
        return "–"
    return f"{100 * mean:.1f}" if std is None else f"{100 * mean:.1f} ({100 * std:.1f})"


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
