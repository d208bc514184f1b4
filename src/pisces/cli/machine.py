"""Commands about this machine: its speed, and what is installed on it."""

import argparse
import json
from collections.abc import Callable

from pisces import doctor


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `bench` and `doctor`.

    Args:
        add: Takes a command's name, function and help; returns its parser.
    """
    benchmark = add("bench", bench, "Measure the speed of a part on this machine.")
    benchmark.add_argument("part", choices=("env", "train"), help="the task, or an update of RandConv + PSEs")
    benchmark.add_argument("--precision", default="float32", help="of the update (default: float32)")
    benchmark.add_argument("--json", action="store_true")

    add("doctor", examine, "Say what is wrong with this environment, a line per conflict.")


def bench(parsed: argparse.Namespace) -> None:
    """`pisces bench`."""
    if parsed.part == "env":
        from pisces.task import benchmark

        measured = benchmark.measure()
    else:
        from pisces.jumping import benchmark

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
