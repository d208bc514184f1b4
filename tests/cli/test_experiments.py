"""Commands about experiments: what they make, sum up and make again, and what they refuse."""

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest.mock

import numpy as np
import pytest
import tiny

from pisces import cli
from pisces.chapters.distracting_control import encoder
from pisces.chapters.what_makes_it_work import representations
from pisces.chapters.what_would_you_do_today import beyond
from pisces.cli import main
from pisces.experiments import catalogue
from pisces.experiments import search as recipe_search
from pisces.experiments.cell import Cell
from pisces.lqr import search
from pisces.runs import archive, engine, identity, kinds, store, sweep, verify

TINY = tiny.run_config(num_updates=4, report_interval=8)
CELLS = [
    Cell(row="tiny", column="short", config=TINY, paper_mean=0.5, paper_std=0.25),
    Cell(row="tiny", column="long", config=dataclasses.replace(TINY, num_updates=6)),
]
OTHER = "mixed_bfloat16"
"""The precision that no run here has."""
UNKNOWN = "experiment is 'table9'; it must be one of {known}"
SWEEP_OF_ONE_CELL = """
from pisces import cli
from pisces.jumping import config
from pisces.experiments import catalogue, cell

one = cell.Cell(row="tiny", column="one", config=config.RunConfig.from_dict(%r))
catalogue.EXPERIMENTS["tiny"] = lambda: [one]
raise SystemExit(cli.main())
"""


@pytest.fixture(scope="module")
def experiment():
    """An experiment of two cells, beside those of the paper."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pisces.precision.native_precision", lambda: TINY.precision)
        patch.setitem(catalogue.EXPERIMENTS, "tiny", lambda: CELLS)
        yield


class InThisProcess:
    """An engine that starts no processes, each of which would load TensorFlow."""

    def __init__(self, num_workers):
        assert num_workers == 2

    def outcomes(self, make, runs):
        return (make(run, run.key) for run in runs)


@pytest.fixture(scope="module")
def swept(experiment, tmp_path_factory):
    """The store of a sweep over both cells and two seeds."""
    folder = tmp_path_factory.mktemp("sweep") / "store"
    words = ["sweep", "tiny", "--seeds", "0-1", "--workers", "2", "--store", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "Loky", InThisProcess)
        assert main(words) == 0
    return folder


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder in place of the results that come with the package: no run of any kind."""
    monkeypatch.setattr(archive, "folder", lambda: tmp_path / "results")
    for kind in kinds.KINDS.values():
        archive.merge(archive.packaged(kind), {}, kind=kind)
    return tmp_path / "results"


def test_a_sweep_that_is_complete_says_so_at_once(swept, capsys):
    assert main(["sweep", "tiny", "--seeds", "0,1", "--store", str(swept)]) == 0
    output = capsys.readouterr()
    assert output.out == f"4 of 4 runs are complete in {swept}\n"
    assert "4/4" in output.err


def test_a_sweep_can_be_of_one_cell(swept, capsys):
    words = ["--method", "tiny", "--column", "long", "--seeds", "0-1", "--store", str(swept)]
    assert main(["sweep", "tiny", *words]) == 0
    assert capsys.readouterr().out == f"2 of 2 runs are complete in {swept}\n"


def test_a_run_of_a_sweep_is_a_run_like_any_other(swept, said):
    key = identity.RunSpec(TINY, 0).key
    assert "of 268 unseen tasks" in said("evaluate", swept / key)


def test_the_status_counts_what_is_done_of_what_is_wanted(swept, said):
    lines = said("status", "tiny", "--store", swept, "--seeds", "0-2").splitlines()
    assert len(lines) == 2
    assert re.fullmatch(r"tiny +tiny +short +2 of 3, \d+\.\d minutes per run", lines[0])
    values = json.loads(said("status", "--store", swept, "--seeds", "1", "--json"))
    assert set(values) == {"cells", "failures", "left_aside"}
    assert {row["experiment"] for row in values["cells"]} == set(catalogue.EXPERIMENTS)
    mine = [row for row in values["cells"] if row["experiment"] == "tiny"]
    assert [(row["done"], row["wanted"], row["failed"]) for row in mine] == [(1, 1, 0)] * 2
    assert all(row["minutes"] > 0 for row in mine)
    assert {row["minutes"] for row in values["cells"] if row not in mine} == {None}


def test_the_table_has_our_numbers_beside_the_papers(swept, said):
    short, long = json.loads(said("table", "tiny", "--store", swept, "--json"))
    names = "method column n mean std low high paper_mean paper_std paper_error spread verdict".split()
    assert list(short) == list(long) and set(names) <= set(short)
    scores = [store.read_run(swept / identity.RunSpec(TINY, seed).key).test_share for seed in (0, 1)]
    assert (short["n"], short["mean"]) == (2, pytest.approx(np.mean(scores)))
    assert short["std"] == pytest.approx(abs(scores[0] - scores[1]) / np.sqrt(2))
    assert (short["paper_mean"], short["paper_std"]) == (0.5, 0.25)
    assert (long["paper_mean"], long["paper_std"]) == (None, None)
    caption, _, *lines = said("table", "tiny", "--store", swept).splitlines()
    assert "Percent of unseen tasks solved" in caption
    assert lines[0].split()[:3] == ["tiny", "short", f"{100 * np.mean(scores):.1f}"]
    assert re.search(r" 50.0 \(25.0\)  too few runs  2 \(in float32\) +[\[–]", lines[0])
    assert re.search(r"\)  –  +–  +2 \(in float32\) +[\[–]", lines[1])


def test_the_table_without_a_store_is_of_the_results_that_come_with_pisces(swept, said, results):
    file = results / "runs.parquet"
    assert said("export", "--store", swept) == f"4 of 4 runs are new in {file}\n"
    assert said("export", "--store", swept, "--out", results) == f"0 of 4 runs are new in {file}\n"
    assert said("table", "tiny", "--json") == said("table", "tiny", "--store", swept, "--json")


def test_runs_that_come_with_pisces_can_be_left_out(swept, said, results, tmp_path):
    said("export", "--store", swept)
    assert main(["sweep", "tiny", "--seeds", "0-1", "--store", str(tmp_path / "new"), "--skip-known"]) == 0
    assert not (tmp_path / "new").exists()


def test_a_sweep_takes_what_the_store_has_in_either_precision(swept, said, capsys, monkeypatch):
    monkeypatch.setattr("pisces.precision.native_precision", lambda: OTHER)
    words = ["--seeds", "0-1", "--store", str(swept)]
    assert main(["sweep", "tiny", *words]) == 0
    assert capsys.readouterr().out == f"4 of 4 runs are complete in {swept}\n"
    assert all(line.count("2 of 2") for line in said("status", "tiny", *words).splitlines())
    assert [row["n"] for row in json.loads(said("table", "tiny", "--store", swept, "--json"))] == [2, 2]


def test_runs_that_come_with_pisces_in_the_other_precision_can_be_left_out(swept, said, results, tmp_path):
    said("export", "--store", swept)
    words = ["--seeds", "0-1", "--store", str(tmp_path / "new"), "--skip-known", "--precision", OTHER]
    assert main(["sweep", "tiny", *words]) == 0
    assert not (tmp_path / "new").exists()


def test_a_sweep_can_be_told_the_precision(experiment, monkeypatch, tmp_path, capsys):
    wanted = []
    monkeypatch.setattr(sweep, "sweep", lambda runs, *_, **__: wanted.extend(runs) or {})
    assert main(["sweep", "tiny", "--seeds", "0", "--precision", OTHER, "--store", str(tmp_path)]) == 0
    assert {spec.config.precision for spec in wanted} == {OTHER}
    assert capsys.readouterr().out.startswith("2 of 2 runs")


def test_a_trial_is_an_experiment_of_its_own(swept, said):
    rows = json.loads(said("table", "tiny", "--store", swept, "--steps", "6", "--json"))
    assert [row["n"] for row in rows] == [2, 2]  # with 6 updates both cells are the same runs
    rows = json.loads(said("table", "tiny", "--store", swept, "--steps", "5", "--json"))
    assert [(row["n"], row["mean"]) for row in rows] == [(0, None)] * 2


def test_what_cannot_be_made_is_reported_everywhere(swept, tmp_path, capsys):
    folder = tmp_path / "store"
    shutil.copytree(swept, folder)
    key = identity.RunSpec(TINY, 0).key
    (folder / key / "result.json").write_text("{")
    store.Store(folder).write_failure(key, "Traceback\nValueError: because")
    words = ["--seeds", "0-1", "--store", str(folder)]
    assert main(["sweep", "tiny", *words]) == 1
    output = capsys.readouterr()
    assert output.out == f"3 of 4 runs are complete in {folder}\n"
    assert re.search(f"^failed: {key}: ValueError: folder is .*whose result.json is broken", output.err, re.M)
    assert main(["status", "tiny", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("1 failed")
    assert lines[2] == f"failed: {key}: ValueError: because"
    assert lines[3].startswith(f"left aside: {key}: ValueError: folder is ")
    assert main(["export", "--store", str(folder), "--out", str(tmp_path / "out")]) == 0
    output = capsys.readouterr()
    assert output.out.startswith("3 of 3 runs are new in ")
    assert output.err.startswith(f"left aside: {key}: ")


def test_an_interrupted_sweep_says_how_to_go_on_and_nothing_else(tmp_path):
    folder = tmp_path / "store"
    command = [
        sys.executable,
        "-c",
        SWEEP_OF_ONE_CELL % TINY.to_dict(),
        "sweep",
        "tiny",
        "--store",
        str(folder),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )
    while not store.Store(folder).keys():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    *bar, last = re.split(r"[\r\n]+", said.strip())
    assert last == f"stopped; the same command goes on with what is in {folder}"
    for piece in filter(None, bar):
        assert re.match(r"\s*\d+%\|.*\d/5 \[", piece), piece


def test_a_sweep_on_a_cluster_connects_to_its_scheduler_and_leaves_it(swept, capsys, monkeypatch):
    log = []

    @contextlib.contextmanager
    def connected(scheduler):
        log.append(scheduler)
        yield unittest.mock.Mock(nthreads=lambda: {"tcp://10.0.0.2:1": 1})
        log.append("closed")

    monkeypatch.setattr(engine, "dask_client", connected)
    words = ["--engine", "dask", "--scheduler", "tcp://10.0.0.1:8786"]
    assert main(["sweep", "tiny", "--seeds", "0,1", "--store", str(swept), *words]) == 0
    assert capsys.readouterr().out == f"4 of 4 runs are complete in {swept}\n"
    assert log == ["tcp://10.0.0.1:8786", "closed"]


def test_an_interrupted_sweep_on_a_cluster_says_that_its_workers_go_on(
    experiment, capsys, monkeypatch, tmp_path
):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "dask_client", unittest.mock.MagicMock())
    monkeypatch.setattr(engine, "Dask", unittest.mock.Mock())
    monkeypatch.setattr(sweep, "sweep", interrupted)
    words = ["sweep", "tiny", "--store", str(tmp_path), "--engine", "dask", "--scheduler", "tcp://here:1"]
    assert main(words) == 130
    assert capsys.readouterr() == (
        "",
        "stopped; its workers end the runs that they are at; "
        f"the same command goes on with what is in {tmp_path}\n",
    )


@pytest.fixture
def committed(swept, experiment, results):
    """The runs of the sweep, as if they came with the package."""
    archive.merge(archive.packaged(kinds.JUMPING), sweep.collect(store.Store(swept))[0], kind=kinds.JUMPING)
    return archive.packaged(kinds.JUMPING)


def test_a_committed_run_is_made_again_and_is_the_same(committed, capsys):
    assert main(["verify"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"tiny-wide-\d-\w+: reproduced: bit for bit", line)


def test_a_committed_run_that_does_not_come_out_again_ends_with_1(committed, capsys):
    runs = archive.read(committed, kind=kinds.JUMPING)
    committed.unlink()
    forged = {key: dataclasses.replace(run, jump_step=run.jump_step + 1) for key, run in runs.items()}
    archive.merge(committed, forged, kind=kinds.JUMPING)
    assert main(["verify", "--sample", "2", "--seed", "1", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["key"] for one in found] == verify.sample(forged, num_runs=2, seed=1)
    assert {(one["verdict"], one["reason"], one["is_bitwise"]) for one in found} == {
        ("differs", "not the same bits in jump_step", True)
    }


def test_a_cluster_needs_the_package_for_it(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refused("sweep", "table1", "--engine", "dask", "--scheduler", "tcp://10.0.0.1:8786")
    assert said == "pisces sweep: distributed is missing: pip install distributed"


def test_more_runs_than_are_committed_cannot_be_made_again(committed, refused):
    message = "pisces verify: num_runs is 5; it must be from 1 to 4, the runs that there are"
    assert refused("verify", "--sample", 5) == message


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["sweep", "table9"], UNKNOWN),
        (["status", "table9"], UNKNOWN),
        (["table", "table9"], UNKNOWN),
        (["sweep", "table1", "--workers", "0"], "num_workers is 0; it must be at least 1"),
        (["sweep", "table1", "--engine", "dask"], "--engine dask and --scheduler ADDRESS go together"),
        (
            ["sweep", "table1", "--scheduler", "tcp://10.0.0.1:8786"],
            "--engine dask and --scheduler ADDRESS go together",
        ),
        (
            ["sweep", "table1", "--engine", "dask", "--scheduler", "tcp://10.0.0.1:8786", "--workers", "2"],
            "--workers is 2; with --engine dask it must be left out",
        ),
        (
            ["sweep", "table1", "--engine", "dask", "--scheduler", "here"],
            "scheduler is 'here'; it must be such as tcp://10.0.0.1:8786",
        ),
        (
            ["sweep", "table1", "--precision", "half"],
            "precision is 'half'; it must be one of auto, float32, mixed_bfloat16",
        ),
        (
            ["verify", "--precision", "half"],
            "precision is 'half'; it must be one of auto, float32, mixed_bfloat16",
        ),
        (["sweep", "table1", "--steps", "0"], "num_updates is 0; it must be an integer of at least 1"),
        (
            ["sweep", "table1", "--seeds", "4-0"],
            "argument --seeds: is '4-0'; it must be such as 0-4 or 0,3,7-9",
        ),
        (
            ["sweep", "table1", "--seeds", "one"],
            "argument --seeds: is 'one'; it must be such as 0-4 or 0,3,7-9",
        ),
        (
            ["sweep", "table1", "--seeds", "0,"],
            "argument --seeds: is '0,'; it must be such as 0-4 or 0,3,7-9",
        ),
        (["sweep"], "the following arguments are required: EXPERIMENT"),
    ],
)
def test_a_mistake_about_experiments_is_one_line(words, complaint, refused, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    known = ", ".join(catalogue.EXPERIMENTS)
    assert refused(*words) == f"pisces {words[0]}: {complaint.format(known=known)}"
    assert list(tmp_path.iterdir()) == []


def test_seeds_are_read_as_numbers_and_ranges():
    parsed = cli.parsers()[""].parse_args(["sweep", "table1", "--seeds", "7-9,0,3,8"])
    assert parsed.seeds == [0, 3, 7, 8, 9]
    assert cli.parsers()[""].parse_args(["sweep", "table1"]).seeds == [0, 1, 2, 3, 4]


def test_networks_of_a_store_are_represented_in_a_file(swept, said, refused, monkeypatch, tmp_path):
    file = tmp_path / "representations.parquet"
    monkeypatch.setattr(representations, "kept_cells", lambda: CELLS)
    words = ("represent", "--store", swept, "--out", file)
    assert said(*words, "--seeds", "1") == f"2 of 2 runs are new in {file}\n"
    assert said(*words, "--seeds", "0,1") == f"2 of 4 runs are new in {file}\n"
    assert [one.key for one in representations.FILE.read(file)] == sorted(
        identity.RunSpec(cell.config, seed).key for cell in CELLS for seed in (0, 1)
    )
    assert "--store is" in refused(*words, "--seeds", "7")
    assert "method is 'linear'; it must be one of 'tiny'" in refused(*words, "--method", "linear")
    assert len(representations.FILE.read(file)) == 4


KEEPING = [
    ("represent", representations, "table1, table2 or learning-rates"),
    ("beyond", beyond, "table1 or recipe"),
    ("encoders", encoder, "control, more-videos or ball-in-cup"),
]


@pytest.mark.parametrize(("command", "chapter", "experiments"), KEEPING)
def test_what_is_measured_of_runs_is_kept_in_a_file_one_by_one(
    command, chapter, experiments, refused, said, monkeypatch, tmp_path
):
    one, other, *_ = chapter.FILE.read()
    wanted, *_ = chapter.kept_cells()

    def collect(store, cells, seeds):
        assert {cell.row for cell in cells} == {wanted.row}
        if 0 in seeds:
            yield one
        if 1 in seeds:
            raise ValueError("files are damaged")
        if 2 in seeds:
            yield other

    monkeypatch.setattr(chapter, "collect", collect)
    file = tmp_path / "kept.parquet"
    words = (command, "--store", tmp_path, "--out", file, "--method", wanted.row)
    assert refused(*words, "--seeds", "0,1") == f"pisces {command}: files are damaged"
    assert [kept.key for kept in chapter.FILE.read(file)] == [one.key]
    assert said(*words, "--seeds", "0,2") == f"1 of 2 runs are new in {file}\n"
    assert [kept.key for kept in chapter.FILE.read(file)] == sorted((one.key, other.key))
    assert f"it must have runs of {experiments} with these seeds" in refused(*words, "--seeds", "7")


@pytest.mark.parametrize(
    "words",
    [("represent",), ("beyond",), ("encoders",), ("search",), ("lqr-search",)],
    ids=" ".join,
)
def test_where_nothing_can_be_written_no_work_is_begun(words, refused, tmp_path):
    for out in (tmp_path, tmp_path / "none" / "file"):
        message = refused(*words, "--out", out)
        assert (
            message == f"pisces {words[0]}: --out is {str(out)!r}; it must be a file in a folder that exists"
        )
    assert list(tmp_path.iterdir()) == []


def test_the_search_writes_down_every_candidate_and_names_the_best(said, monkeypatch, tmp_path):
    choices = {"learning_rate": (1e-4, 1e-3), "num_steps": (2,)}
    monkeypatch.setattr(search, "SPACE", {"linear": choices})
    file = tmp_path / "search.csv"
    best, last = said("lqr-search", "--seeds", 1, "--distractors", 20, "--out", file).splitlines()
    assert re.fullmatch(r"linear: gap \d\S* in held-out environments", best)
    assert last == f"all candidates are in {file}"
    head, *lines = file.read_text().splitlines()
    assert head.startswith("method,optimizer,num_distractors,learning_rate,num_steps")
    assert sorted(line.split(",")[3] for line in lines) == ["0.0001", "0.001"]


def test_the_search_names_a_method_that_is_not_there(refused, tmp_path):
    message = refused("lqr-search", "newton", "--out", tmp_path / "search.csv")
    assert message.startswith("pisces lqr-search: method is 'newton'; it must be one of linear")


def test_the_recipe_is_chosen_among_candidates_whose_runs_are_kept(capsys, monkeypatch, tmp_path):
    tiny_ones = {"num_updates": (2,), "batch_size": (8,), "feature_size": (8,), "rand_conv": (None,)}
    monkeypatch.setattr(recipe_search, "SPACE", {"recipe": {"max_shift": (1, 2), **tiny_ones}})
    monkeypatch.setattr(recipe_search, "GRIDS", ("wide",))
    monkeypatch.setattr(engine, "Loky", InThisProcess)
    file = tmp_path / "search.csv"
    words = [
        "search",
        "--seeds",
        "3",
        "--workers",
        "2",
        "--store",
        str(tmp_path / "runs"),
        "--out",
        str(file),
    ]
    assert main([*words, "--precision", "float32"]) == 0
    made, best, last = capsys.readouterr().out.splitlines()
    assert made == f"2 of 2 runs are complete in {tmp_path / 'runs'}"
    assert re.fullmatch(r"recipe: \S+% of the validation tasks with max_shift [12], learning_rate \S+", best)
    assert last == f"all candidates are in {file}"
    _, *lines = file.read_text().splitlines()
    assert sorted(line.split(",")[:2] for line in lines) == [["recipe", "1"], ["recipe", "2"]]
    monkeypatch.setattr(InThisProcess, "outcomes", None)  # nothing is made again
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [best, last]


def test_the_search_for_a_recipe_tries_the_seeds_that_no_result_has():
    parsed = cli.parsers()[""].parse_args(["search", "--out", "search.csv"])
    assert parsed.seeds == list(recipe_search.SEEDS)
    known = {run.seed for run in archive.known().values() if run.config.method.startswith("recipe")}
    assert known and known.isdisjoint(parsed.seeds)


def test_the_search_for_a_recipe_names_a_method_that_is_not_there(refused, tmp_path):
    message = refused("search", "randconv", "--out", tmp_path / "search.csv")
    assert message == "pisces search: method is 'randconv'; it must be one of recipe, recipe-pse"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["table", "table1"], ["status"], ["export"]], ids=lambda words: words[0])
def test_a_store_that_is_not_there_is_an_error(words, refused, tmp_path):
    folder = tmp_path / "nowhere"
    said = refused(*words, "--store", folder)
    assert said == f"pisces {words[0]}: store is {str(folder)!r}; it must be a folder of runs"


def test_a_store_whose_path_has_wildcards_is_refused_before_anything_is_made(refused, tmp_path):
    said = refused("sweep", "table1", "--store", tmp_path / "new[1]")
    assert said.endswith("it must have none of * ? [ ], TensorFlow's wildcards")
    assert list(tmp_path.iterdir()) == []


def test_a_table_says_what_of_the_store_is_left_aside(swept, tmp_path, capsys):
    folder = tmp_path / "store"
    shutil.copytree(swept, folder)
    (folder / "notes").mkdir()
    assert main(["table", "tiny", "--store", str(folder)]) == 0
    assert capsys.readouterr().err.startswith("left aside: notes: ValueError: folder is ")
