"""Commands about experiments, which are many runs: make them, sum them up, make one again."""

import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import sys
import typing
import warnings
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pisces.cli.options import add_precision, file_to_write
from pisces.experiments import catalogue
from pisces.lqr import config as lqr_config
from pisces.precision import AUTO

if typing.TYPE_CHECKING:
    from pisces.experiments.cell import Cell
    from pisces.runs.engine import Engine

STORE = Path("runs/sweep")
"""Where `sweep` keeps runs, unless it is told another place."""


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `sweep`, `status`, `table`, `export`, `represent`, `beyond`, `encoders`, `verify` and searches.

    Args:
        add: Takes a command's name, function and help; returns its parser.
    """
    _add_making(add)
    _add_telling(add)


def _add_making(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the commands that make runs."""
    sweeping = add(
        "sweep", sweep, "Make all runs of an experiment; the same command goes on with what is left."
    )
    _add_experiment(sweeping, "experiment")
    sweeping.add_argument("--method", help="only this row of its table, such as randconv-pse (default: all)")
    sweeping.add_argument("--column", help="only this column, such as wide (default: all)")
    sweeping.add_argument(
        "--skip-known",
        action="store_true",
        help="leave out the runs that come with Pisces, in either precision, to add to them",
    )
    _add_engine(sweeping)

    recipes = add("search", search, "Choose the settings of the recipe by validation tasks alone.")
    recipes.add_argument("methods", metavar="METHOD", nargs="*", help="default: recipe and recipe-pse")
    recipes.add_argument("--seeds", type=_seeds, default="1000", help="default: 1000")
    recipes.add_argument("--store", type=Path, metavar="DIR", default=STORE, help=f"default: {STORE}")
    recipes.add_argument(
        "--out", type=Path, metavar="FILE", required=True, help="CSV file, a line for each candidate"
    )
    _add_engine(recipes)

    searching = add("lqr-search", lqr_search, "Choose what the paper does not say of its linear system.")
    searching.add_argument(
        "methods", metavar="METHOD", nargs="*", help=f"of {', '.join(lqr_config.METHODS)} (default: all)"
    )
    searching.add_argument("--seeds", type=_seeds, default="1000-1002", help="default: 1000-1002")
    searching.add_argument("--distractors", type=int, default=500, metavar="N", help="default: 500")
    searching.add_argument(
        "--out", type=Path, metavar="FILE", required=True, help="CSV file, a line for each candidate"
    )

    verification = add("verify", verify, "Make runs again that come with Pisces, and compare.")
    verification.add_argument("--sample", type=int, default=1, help="how many, drawn at random (default: 1)")
    verification.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    add_precision(verification, "of the runs that are drawn; each is made again in its own")
    verification.add_argument("--json", action="store_true", help="as JSON, for programs")


def _add_telling(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the commands that say what runs gave, or write it down."""
    state = add("status", status, "Say how many runs of each experiment are done, and what failed.")
    _add_experiment(state, "experiment", nargs="?", help=f"{_experiment_names()} (default: all)")
    state.add_argument("--json", action="store_true", help="as JSON, for programs")

    tabulation = add("table", table, "Show our numbers beside the paper's.")
    _add_steps(tabulation, "experiment")
    tabulation.add_argument(
        "--store", type=Path, metavar="DIR", help="of a sweep (default: the results that come with Pisces)"
    )
    tabulation.add_argument("--json", action="store_true", help="as JSON, for programs")

    exporting = add("export", export, "Add the complete runs of a store to Parquet files.")
    exporting.add_argument("--store", type=Path, metavar="DIR", default=STORE, help=f"default: {STORE}")
    exporting.add_argument(
        "--out", type=Path, metavar="DIR", help="default: the results that come with Pisces"
    )

    representing = add(
        "represent",
        represent,
        "Write down where the networks of chapter 6 put states, for more runs of a store.",
    )
    playing = add("beyond", beyond, "Write down what the policies of chapter 9 solve far beyond the board.")
    encoding = add("encoders", encoders, "Write down what the encoders of chapter 11 keep of the state.")
    for command in (representing, playing, encoding):
        command.add_argument("--method", help="only its runs (default: all)")
        _add_place(command)
        command.add_argument(
            "--out", type=Path, metavar="FILE", help="default: the file that comes with Pisces"
        )


def _add_engine(command: argparse.ArgumentParser) -> None:
    """Adds what says in which precision runs are made, and where."""
    add_precision(command, "of the runs to make; auto takes those of the store as they are")
    command.add_argument("--workers", type=int, help="runs at a time (default: one per two processor cores)")
    command.add_argument(
        "--engine",
        choices=("loky", "dask"),
        default="loky",
        help="loky (default): processes of this machine; dask: the workers of a Dask cluster",
    )
    command.add_argument("--scheduler", metavar="ADDRESS", help="of the cluster, such as tcp://10.0.0.1:8786")


def _experiment_names() -> str:
    return ", ".join(catalogue.EXPERIMENTS)


def _add_steps(command: argparse.ArgumentParser, name: str, **settings) -> None:
    settings.setdefault("help", _experiment_names())
    command.add_argument(name, metavar=name.upper(), **settings)
    command.add_argument(
        "--steps", type=int, help="updates of a run, for trials (default: the experiment's own)"
    )


def _add_experiment(command: argparse.ArgumentParser, name: str, **settings) -> None:
    _add_steps(command, name, **settings)
    _add_place(command)


def _add_place(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seeds", type=_seeds, default="0-4", help="such as 0-4 or 0,3,7-9 (default: 0-4)")
    command.add_argument("--store", type=Path, metavar="DIR", default=STORE, help=f"default: {STORE}")


def sweep(parsed: argparse.Namespace) -> int:
    """`pisces sweep`."""
    every = catalogue.cells(parsed.experiment, num_updates=parsed.steps, precision=parsed.precision)
    cells = catalogue.select(every, method=parsed.method, column=parsed.column)
    from pisces.runs import archive

    return 0 if _make(parsed, cells, known=archive.known() if parsed.skip_known else ()) else 1


def _make(parsed: argparse.Namespace, cells: "Iterable[Cell]", *, known: Container[str] = ()) -> bool:
    """Makes the runs of cells in a store, says what came of it, and returns whether all are complete."""
    from pisces.runs import identity, store, sweep

    kept = store.Store(parsed.store)
    made = kept.complete() if parsed.precision == AUTO else ()
    wanted = identity.specs(cells, parsed.seeds, known=known, made=made)
    with _engine(parsed) as engine:
        failures = sweep.sweep(wanted, kept, engine=engine)
    print(f"{len(wanted) - len(failures)} of {len(wanted)} runs are complete in {parsed.store}")
    for key, error in failures.items():
        print(f"failed: {key}: {error}", file=sys.stderr)
    return not failures


@contextlib.contextmanager
def _engine(parsed: argparse.Namespace) -> "Iterator[Engine]":
    """Where the runs of a sweep are made; says what becomes of them when it is interrupted."""
    from pisces.runs import engine

    if (parsed.engine == "dask") != (parsed.scheduler is not None):
        raise ValueError("--engine dask and --scheduler ADDRESS go together")
    if parsed.engine == "dask" and parsed.workers is not None:
        raise ValueError(f"--workers is {parsed.workers}; with --engine dask it must be left out")
    try:
        if parsed.engine == "dask":
            with engine.dask_client(parsed.scheduler) as client:
                yield engine.Dask(client)
            return
        # An interruption kills the workers, and Python's own bookkeeping complains of what they leave to it.
        ignored = [os.environ.get("PYTHONWARNINGS"), "ignore:resource_tracker"]
        os.environ["PYTHONWARNINGS"] = ",".join(filter(None, ignored))
        # A process that has grown is replaced by a fresh one between two runs, which nobody needs to know.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs", category=UserWarning)
        yield engine.Loky(parsed.workers)
    except KeyboardInterrupt:
        rest = "; its workers end the runs that they are at" if parsed.engine == "dask" else ""
        print(f"stopped{rest}; the same command goes on with what is in {parsed.store}", file=sys.stderr)
        raise


def status(parsed: argparse.Namespace) -> None:
    """`pisces status`."""
    from pisces.experiments import tables
    from pisces.runs import store, sweep

    if parsed.experiment is not None:
        catalogue.cells(parsed.experiment)  # whether there is such an experiment
    kept = store.Store(parsed.store)
    # Where `sweep` would begin, there need not be anything yet.
    is_begun = kept.folder != STORE or kept.folder.is_dir()
    runs, aside = sweep.collect(kept) if is_begun else ({}, {})
    names = [parsed.experiment] if parsed.experiment else list(catalogue.EXPERIMENTS)
    failures, parts = {}, []
    for name in names:
        cells = catalogue.cells(name, num_updates=parsed.steps)
        failures |= _failures(cells, parsed.seeds, runs, kept)
        parts.append(tables.progress(cells, parsed.seeds, runs, failures).assign(experiment=name))
    errors = {key: report.splitlines()[-1] for key, report in failures.items()}
    rows = _records(parts)
    if parsed.json:
        print(json.dumps({"cells": rows, "failures": errors, "left_aside": aside}))
        return
    for row in rows:
        line = (
            f"{row['experiment']:13} {row['method']:28} {row['column']:27} {row['done']} of {row['wanted']}"
        )
        if row["minutes"] is not None:
            line += f", {row['minutes']:.1f} minutes per run"
        if row["failed"]:
            line += f", {row['failed']} failed"
        print(line)
    for word, reasons in (("failed", errors), ("left aside", aside)):
        for name, reason in reasons.items():
            print(f"{word}: {name}: {reason}")


def _failures(cells, seeds, runs, kept) -> dict[str, str]:
    """Reports on the runs that failed, by key; none on those that another run stands in for."""
    from pisces.runs import identity

    keys = set()
    for cell, seed in itertools.product(cells, seeds):
        others = {spec.key for spec in identity.alternatives(cell, seed)}
        keys |= others if others.isdisjoint(runs) else set()
    return {key: report for key in sorted(keys) if (report := kept.read_failure(key))}


def table(parsed: argparse.Namespace) -> None:
    """`pisces table`."""
    cells = catalogue.cells(parsed.experiment, num_updates=parsed.steps)
    from pisces.experiments import report, tables
    from pisces.runs import archive, store, sweep

    runs, aside = (archive.known(), {}) if parsed.store is None else sweep.collect(store.Store(parsed.store))
    rows = tables.results(cells, runs.values())
    if parsed.json:
        print(json.dumps(_records([rows])))
    else:
        print(report.table(rows, caption=f"Experiment {parsed.experiment}."))
    _print_aside(aside)


def export(parsed: argparse.Namespace) -> None:
    """`pisces export`."""
    from pisces.runs import archive, kinds, store, sweep

    runs, aside = sweep.collect(store.Store(parsed.store))
    for kind in kinds.KINDS.values():
        file = archive.packaged(kind)
        if parsed.out is not None:
            file = parsed.out / file.name
        found = {key: run for key, run in runs.items() if kinds.kind_of(run.config) is kind}
        if found:
            print(f"{archive.merge(file, found, kind=kind)} of {len(found)} runs are new in {file}")
    _print_aside(aside)


def _print_aside(aside: Mapping[str, str]) -> None:
    """Says what of a store does not count, and why."""
    for name, reason in aside.items():
        print(f"left aside: {name}: {reason}", file=sys.stderr)


def represent(parsed: argparse.Namespace) -> None:
    """`pisces represent`."""
    from pisces.chapters.what_makes_it_work import representations

    _keep(parsed, representations, runs="table1, table2 or learning-rates")


def beyond(parsed: argparse.Namespace) -> None:
    """`pisces beyond`."""
    from pisces.chapters.what_would_you_do_today import beyond

    _keep(parsed, beyond, runs="table1 or recipe")


def encoders(parsed: argparse.Namespace) -> None:
    """`pisces encoders`."""
    from pisces.chapters.distracting_control import encoder

    _keep(parsed, encoder, runs="control, more-videos or ball-in-cup")


def _keep(parsed: argparse.Namespace, chapter: Any, *, runs: str) -> None:
    """Keeps what a module of a chapter measures of runs of a store."""
    from pisces.runs import store

    file = chapter.FILE.packaged() if parsed.out is None else file_to_write(parsed.out)
    cells = catalogue.select(chapter.kept_cells(), method=parsed.method)
    found = chapter.collect(store.Store(parsed.store), cells, parsed.seeds)
    # One by one: what is measured is kept, whatever becomes of the next.
    are_new = [chapter.FILE.merge(file, [one]) for one in found]
    if not are_new:
        raise ValueError(f"--store is {str(parsed.store)!r}; it must have runs of {runs} with these seeds")
    print(f"{sum(are_new)} of {len(are_new)} runs are new in {file}")


def search(parsed: argparse.Namespace) -> int:
    """`pisces search`."""
    from pisces.experiments import search
    from pisces.runs import store, sweep

    out = file_to_write(parsed.out)
    methods = parsed.methods or list(search.SPACE)
    cells = [cell for method in methods for cell in search.candidates(method, precision=parsed.precision)]
    is_complete = _make(parsed, cells)
    runs, _ = sweep.collect(store.Store(parsed.store))
    found = [search.ranking(method, runs.values()) for method in methods]
    search.write(out, itertools.chain.from_iterable(found))
    for best, *_ in filter(None, found):
        chosen = [f"{name} {value:g}" for name, value in best.settings.items() if value is not None]
        print(f"{best.method}: {best.validation_share:.1%} of the validation tasks with {', '.join(chosen)}")
    print(f"all candidates are in {out}")
    return 0 if is_complete else 1


def lqr_search(parsed: argparse.Namespace) -> None:
    """`pisces lqr-search`."""
    from pisces.lqr import search

    best = search.search_all(
        parsed.methods or search.SPACE,
        out=file_to_write(parsed.out),
        seeds=parsed.seeds,
        num_distractors=parsed.distractors,
    )
    for trial in best:
        print(f"{trial.config.method}: gap {trial.held_out_gap:.4g} in held-out environments")
    print(f"all candidates are in {parsed.out}")


def verify(parsed: argparse.Namespace) -> int:
    """`pisces verify`."""
    from pisces.runs import archive, verify

    runs = archive.known()
    drawn = verify.sample(runs, num_runs=parsed.sample, seed=parsed.seed, precision=parsed.precision)
    found = [verify.verify(key, runs) for key in drawn]
    if parsed.json:
        print(json.dumps([dataclasses.asdict(one) for one in found]))
    else:
        for one in found:
            print(f"{one.key}: {one.verdict}: {one.reason}")
    return 1 if any(one.verdict == verify.DIFFERS for one in found) else 0


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
