"""Tables of results and of progress, with numbers worked out by hand."""

import dataclasses

import numpy as np
import pytest

from pisces.experiments import stats, tables
from pisces.experiments.cell import Cell
from pisces.jumping.presets import preset
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
    # t of 3 degrees of freedom at 97.5 % is 3.182.
    assert [wide["low"], wide["high"]] == pytest.approx(
        [0.45 + sign * 3.182 * np.sqrt(0.11 / 3 / 4) for sign in (-1, 1)], rel=1e-3
    )
    assert (wide["paper_mean"], wide["paper_std"]) == (0.5, 0.2)
    assert (narrow["n"], narrow["mean"]) == (1, 0.05)
    assert np.isnan([narrow["std"], narrow["low"], narrow["paper_mean"], narrow["paper_std"]]).all()


CELL = Cell(row="randconv", column="wide", config=CONFIG, paper_mean=0.5, paper_std=0.1, paper_error=0.01)


def verdict_on(*solved, cell=CELL):
    """The verdict on runs that solve so many of 200 unseen tasks."""
    runs = [run(seed, number) for seed, number in enumerate(solved)]
    return tables.results([cell], runs)["verdict"].item()


@pytest.mark.parametrize(
    ("solved", "verdict"),
    [
        # 50 % and a little spread: the difference is known to 2 points, far within 5.
        ((99, 100, 101, 100, 100), "within 5 points, less spread"),
        # 50 % with a spread of 10 points: known to 12 points, which tells nothing.
        ((80, 90, 100, 110, 120), "not told apart (±9.7)"),
        ((140, 145, 150, 155, 160), "higher"),
        ((40, 45, 50, 55, 60), "lower"),
        ((0, 0, 0, 200, 200), "not told apart (±68.0), more spread"),
        ((90, 100, 110, 100), "too few runs"),
        ((100, 100, 100, 100, 100), "all runs alike"),
    ],
)
def test_a_verdict_says_what_the_runs_can_tell(solved, verdict):
    assert verdict_on(*solved) == verdict


def test_within_a_margin_means_that_both_one_sided_tests_exclude_more():
    # At 54 % the 90 % interval must reach less than a point further up.
    close = 107, 108, 108, 108, 109
    error_within, error_beyond = 0.005, 0.007
    for error, verdict in ((error_within, "within 5 points"), (error_beyond, "higher")):
        cell = dataclasses.replace(CELL, paper_error=error)
        assert verdict_on(*close, cell=cell).split(",")[0] == verdict


def test_where_the_paper_gives_no_error_or_no_number_there_is_no_verdict():
    solved = 90, 95, 100, 105, 110
    assert verdict_on(*solved, cell=dataclasses.replace(CELL, paper_error=None)) == "error unknown"
    assert verdict_on(*solved, cell=dataclasses.replace(CELL, paper_mean=None)) == ""


def compared(ours, theirs, *, grid="wide"):
    """The row of a cell without a number of the paper, compared with other runs of ours."""
    config, other = (dataclasses.replace(CONFIG, grid=grid, learning_rate=rate) for rate in (0.1, 0.2))
    reference = Cell(row="pse", column="wide", config=other)
    cell = Cell(row="randconv", column="wide", config=config, reference=reference)
    runs = [run(seed, number, config=config) for seed, number in enumerate(ours)]
    runs += [run(seed, number, config=other) for seed, number in enumerate(theirs)]
    (row,) = tables.results([cell], runs).to_dict("records")
    return row


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        ((99, 100, 101, 100, 100), (100, 101, 102, 101, 101), "within 5 points"),
        ((140, 145, 150, 155, 160), (90, 95, 100, 105, 110), "higher"),
        ((90, 95, 100, 105, 110), (140, 145, 150, 155, 160), "lower"),
        # A standard error of sqrt(2) * 10 / sqrt(5) * 0.5 points, and t of 8 degrees of freedom is 2.306.
        ((80, 90, 100, 110, 120), (80, 90, 100, 110, 120), "not told apart (±11.5)"),
        ((200, 200, 200, 200, 200), (196, 196, 198, 198, 197), "within 5 points"),
        ((200, 200, 200, 200, 200), (100, 100, 100, 100, 100), "all runs alike"),
        ((140, 145, 150, 155), (90, 95, 100, 105, 110), "too few runs"),
        ((140, 145, 150, 155, 160), (), ""),
        ((), (140, 145, 150, 155, 160), "too few runs"),
    ],
)
def test_where_the_paper_has_no_number_the_verdict_is_on_the_difference_from_runs_of_ours(
    ours, theirs, verdict
):
    row = compared(ours, theirs)
    assert (row["reference"], row["verdict"]) == ("pse", verdict)
    if theirs:
        assert row["reference_mean"] == pytest.approx(np.mean(theirs) / 200)
        assert row["reference_std"] == pytest.approx(np.std(theirs, ddof=1) / 200)
    else:
        assert np.isnan([row["reference_mean"], row["reference_std"]]).all()


def test_on_the_random_grid_the_verdict_is_on_pairs():
    ours, theirs = (30, 60, 95, 130, 160), (20, 50, 80, 110, 140)
    assert compared(ours, theirs)["verdict"] == "not told apart (±36.4)"  # sqrt((2725 + 2250) / 5)
    assert compared(ours, theirs, grid="random")["verdict"] == "higher"


def test_the_ratio_of_spreads_has_an_interval():
    row = tables.results([CELL], [run(seed, number) for seed, number in enumerate((90, 100, 110, 100, 100))])
    (row,) = row.to_dict("records")
    assert row["spread"] == pytest.approx(row["std"] / 0.1)
    assert row["spread_low"] < row["spread"] < row["spread_high"]
    without = dataclasses.replace(CELL, paper_std=None)
    assert np.isnan(tables.results([without], [run(0, 90), run(1, 100)])["spread"]).all()


def test_a_difference_is_one_of_pairs_only_where_the_seed_draws_the_tasks():
    scores = {0: (20, 60), 1: (60, 90), 2: (100, 140), 3: (140, 175), 4: (170, 190), 5: (120, 155)}
    for grid, num_runs in (("wide", 6), ("random", 5)):
        config, other = (dataclasses.replace(CONFIG, grid=grid, learning_rate=rate) for rate in (0.1, 0.2))
        ours = [run(seed, number, config=config) for seed, (_, number) in scores.items()]
        theirs = [run(seed, number, config=other) for seed, (number, _) in scores.items() if seed != 2]
        found = tables.difference(ours, [*theirs, run(9, 10, config=other)])
        assert found.num_runs == num_runs
        assert found.is_clear == (grid == "random")
    assert tables.difference(ours, []) == stats.UNKNOWN


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
    cells = [Cell(row="randconv", column=color, config=config, part=color) for color in config.colors]
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
