"""Commands about this machine: its speed, and what is installed on it."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from pisces import doctor
from pisces import precision as precisions
from pisces.cli.options import add_precision, file_to_write
from pisces.control.renderer import rendering_advice


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `bench` and `doctor`.

    Args:
        add: Takes a command's name, function and help; returns its parser.
    """
    benchmark = add("bench", bench, "Measure the speed of a part on this machine.")
    benchmark.add_argument(
        "part",
        choices=("env", "train", "recipe", "control"),
        help="the jumping task, an update of RandConv + PSEs, how long the recipe takes to the paper's share "
        "of the wide grid, or the tasks of distracting control",
    )
    automatic = "what the processor is made for; for an update, float32 and that"
    add_precision(benchmark, "of train and recipe", automatic=automatic)
    benchmark.add_argument("--json", action="store_true", help="as JSON, for programs")
    benchmark.add_argument("--out", type=Path, help="CSV that what is measured of the recipe is added to")

    add("doctor", examine, "Say what is wrong with this environment, a line per conflict, and what renders.")


def bench(parsed: argparse.Namespace) -> None:
    """`pisces bench`."""
    if parsed.out is not None and parsed.part != "recipe":
        raise ValueError(f"--out is {str(parsed.out)!r}; it must be left out but for recipe")
    if parsed.precision != precisions.AUTO and parsed.part in ("env", "control"):
        raise ValueError(f"--precision is {parsed.precision!r}; it must be left out for {parsed.part}")
    if parsed.part == "env":
        from pisces.task import benchmark

        measured = benchmark.measure()
    elif parsed.part == "control":
        from pisces.control import benchmark

        measured = benchmark.measure()
    elif parsed.part == "recipe":
        from pisces.chapters.what_would_you_do_today import pace

        precision = precisions.resolve(parsed.precision)
        out = parsed.out and file_to_write(parsed.out)
        measured = pace.measure(precision=precision)
        if out is not None:
            pace.keep(out, measured, precision=precision)
    else:
        from pisces.jumping import benchmark

        chosen = benchmark.precisions(parsed.precision)
        measured = {one: benchmark.measure(precision=one) for one in chosen}
    if parsed.json:
        print(json.dumps(measured))
        return
    for name, value in measured.items():
        if isinstance(value, dict):
            print(f"{name}:", *(_line(*item) for item in value.items()), sep="\n  ")
        else:
            print(_line(name, value))


def _line(name: str, value: float) -> str:
    return f"{name.replace('_', ' ')}: {value:,.{0 if value >= 1000 else 2}f}"


def examine(_: argparse.Namespace) -> int:
    """`pisces doctor`."""
    problems = doctor.problems()
    print("\n".join(problems) if problems else f"ok: {doctor.versions()}")
    print(precisions.advice())
    print(rendering_advice())
    return 1 if problems else 0
