"""Tables of results and of progress, with numbers worked out by hand."""

import dataclasses

import numpy as np
import pytest

from pisces.experiments import tables
from pisces.experiments.catalogue import Cell
from pisces.jumping.config import preset
from pisces.jumping.result import RunResult
from pisces.runs.identity import RunSpec
from pisces.task import NUM_TASKS

CONFIG = preset("randconv", grid="wide", reading="paper")
OTHER = dataclasses.replace(CONFIG, grid="narrow")
CELLS = [
    Cell(row="randconv", column="wide", config=CONFIG, paper_mean=0.5, paper_std=0.2),
    Cell(row="randconv", column="narrow", config=OTHER),
]


def run(seed, num_solved, *, config=CONFIG, seconds=60.0):
    """A run with 200 unseen tasks, of which some are solved, as are all others."""
    is_test = np.arange(NUM_TASKS) < 200
    solved = (np.arange(NUM_TASKS) < num_solved) | ~is_test
    curve = np.zeros(1)
    return RunResult(
        config=config,
        seed=seed,
        solved_at=solved[None],
        jump_step=np.zeros(NUM_TASKS, int),
        is_test=is_test,
        update=np.ones(1, int),
        imitation_loss=curve,
        embedding_loss=curve,
        seconds=seconds,
        provenance={},
    )


def keyed(*runs):
    return {RunSpec(one.config, one.seed).key: one for one in runs}


def test_a_cell_sums_up_its_own_runs_over_unseen_tasks():
    # 20 %, 40 %, 60 % and 120 of 200: mean 45 %; deviations -25, -5, 15, 15, squares 1100 / 3.
    runs = [run(0, 40), run(1, 80), run(2, 120), run(3, 120), run(0, 10, config=OTHER)]
    wide, narrow = tables.results(CELLS, runs).to_dict("records")
    assert (wide["method"], wide["column"], wide["n"]) == ("randconv", "wide", 4)
    assert wide["mean"] == pytest.approx(0.45)
    assert wide["std"] == pytest.approx(np.sqrt(0.11 / 3))
    assert wide["interquartile_mean"] == pytest.approx(0.5)
    assert 0.2 <= wide["low"] < 0.45 < wide["high"] <= 0.6
    assert (wide["paper_mean"], wide["paper_std"]) == (0.5, 0.2)
    assert (narrow["n"], narrow["mean"]) == (1, 0.05)
    assert np.isnan([narrow["std"], narrow["low"], narrow["paper_mean"], narrow["paper_std"]]).all()


@pytest.mark.parametrize(
    ("solved", "verdict"),
    [
        ([90, 95, 100, 105, 110], "agrees"),
        ([150, 150, 150, 150, 150], "higher"),
        ([50, 50, 50, 50, 50], "lower"),
        ([50, 50, 50, 50], "too few runs"),
    ],
)
def test_a_verdict_needs_runs_and_a_difference_whose_interval_leaves_0_out(solved, verdict):
    runs = [run(seed, number) for seed, number in enumerate(solved)]
    wide, narrow = tables.results(CELLS, runs).to_dict("records")
    assert wide["verdict"] == verdict
    assert narrow["verdict"] == ""  # the paper has no number there


def test_the_papers_own_error_widens_the_interval_of_a_verdict():
    # All of ours at 55 %, so that only the paper's 50 % is uncertain: 1.96 standard errors reach 5 points.
    runs = [run(seed, 110) for seed in range(5)]
    for error, verdict in ((0.0254, "higher"), (0.0257, "agrees")):
        cell = dataclasses.replace(CELLS[0], paper_error=error)
        assert tables.results([cell], runs)["verdict"].item() == verdict


def test_a_cell_of_one_color_counts_the_tasks_of_that_color():
    config = dataclasses.replace(CONFIG, colors=("red", "green"))
    both = [
        dataclasses.replace(
            one,
            config=config,
            solved_at=np.concatenate((one.solved_at, ~one.solved_at), axis=1),
            jump_step=np.tile(one.jump_step, 2),
            is_test=np.tile(one.is_test, 2),
        )
        for one in (run(0, 40), run(1, 80))
    ]
    cells = [Cell(row="randconv", column=color, config=config, color=color) for color in config.colors]
    np.testing.assert_allclose(tables.results(cells, both)["mean"], [0.3, 0.7])


def test_a_cell_without_runs_is_a_row_without_numbers():
    wide, narrow = tables.results(CELLS, []).to_dict("records")
    assert (wide["n"], narrow["n"]) == (0, 0)
    assert np.isnan([wide["mean"], wide["std"], wide["low"], wide["high"]]).all()
    assert wide["paper_mean"] == 0.5


def test_the_order_of_runs_does_not_matter():
    runs = [run(2, 120), run(0, 40), run(1, 80)]
    assert tables.results(CELLS, runs).equals(tables.results(CELLS, runs[::-1]))
    np.testing.assert_allclose(tables.scores(runs, CONFIG), [0.2, 0.4, 0.6])


def test_a_seed_that_is_there_twice_is_refused():
    with pytest.raises(ValueError, match="^runs have seed 1 of randconv twice; each must be there once$"):
        tables.results(CELLS, [run(1, 40), run(1, 80)])


def test_progress_counts_wanted_seeds_and_the_minutes_of_those_done():
    runs = keyed(run(0, 1, seconds=60), run(1, 1, seconds=180), run(7, 1, seconds=999))
    failures = [RunSpec(CONFIG, 2).key, RunSpec(CONFIG, 0).key, RunSpec(CONFIG, 9).key]
    wide, narrow = tables.progress(CELLS, range(4), runs, failures).to_dict("records")
    assert (wide["done"], wide["wanted"], wide["failed"], wide["minutes"]) == (2, 4, 1, 2.0)
    assert (narrow["done"], narrow["wanted"], narrow["failed"]) == (0, 4, 0)
    assert np.isnan(narrow["minutes"])


def test_runs_of_other_code_are_not_progress():
    (wide, _) = tables.progress(CELLS, [0], {"randconv-wide-0-older": run(0, 1)}).to_dict("records")
    assert wide["done"] == 0


def test_a_cell_counts_runs_of_either_precision_and_says_how_many_are_in_float32():
    mixed = dataclasses.replace(CONFIG, precision="mixed_bfloat16")
    runs = [run(0, 40, config=mixed), run(1, 80, config=mixed), run(1, 200), run(2, 120)]
    for config in (CONFIG, mixed):
        cell = dataclasses.replace(CELLS[0], config=config)
        (row,) = tables.results([cell], runs).to_dict("records")
        assert (row["n"], row["n_float32"], row["mean"]) == (3, 1, pytest.approx(0.4))
        np.testing.assert_allclose(tables.scores(runs, config), [0.2, 0.4, 0.6])
    alone = dataclasses.replace(CELLS[0], is_pooled=False)
    (row,) = tables.results([alone], runs).to_dict("records")
    assert (row["n"], row["n_float32"], row["mean"]) == (2, 2, pytest.approx(0.8))


def test_a_run_of_either_precision_is_progress_and_a_failure_in_the_other_does_not_count():
    mixed = dataclasses.replace(CONFIG, precision="mixed_bfloat16")
    runs = keyed(run(0, 1, config=mixed, seconds=60), run(1, 1, seconds=180))
    failures = [RunSpec(CONFIG, 0).key, RunSpec(mixed, 2).key]
    (wide, _) = tables.progress(CELLS, range(4), runs, failures).to_dict("records")
    assert (wide["done"], wide["wanted"], wide["failed"], wide["minutes"]) == (2, 4, 1, 2.0)
