"""Differences from a reference."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import tiny

from pisces.chapters.what_makes_it_work.effects import MEANING, by_learning_rate, changed_cells, effects
from pisces.experiments import stats
from pisces.experiments.cell import Cell
from pisces.runs.kinds import variants


def cell(row, column):
    return Cell(row=row, column=column, config=tiny.run_config(method=f"{row}, {column}"))


REFERENCE, CHANGED, MISSING = (cell("one", column) for column in ("reference", "changed", "missing"))
OTHER_REFERENCE, OTHER_CHANGED = (cell("two", column) for column in ("reference", "changed"))


def runs_of(of, scores):
    return [
        SimpleNamespace(
            config=of.config,
            seed=seed,
            test_share=score,
            solved_at=np.array([[score > 0.5]]),
            imitation_loss=np.array([score]),
        )
        for seed, score in scores.items()
    ]


BEFORE = {0: 0.11, 1: 0.13, 2: 0.12, 4: 0.11, 5: 0.13, 7: 0.12}
AFTER = {2: 0.22, 0: 0.21, 5: 0.23, 4: 0.22, 1: 0.21}
RUNS = [
    *runs_of(REFERENCE, BEFORE),
    *runs_of(CHANGED, AFTER),
    *runs_of(OTHER_REFERENCE, {0: 0.9, 1: 0.5}),
    *runs_of(OTHER_CHANGED, {0: 0.7, 1: 0.75}),
]


def test_a_cell_is_compared_with_all_runs_of_the_reference_of_its_row():
    cells = [REFERENCE, CHANGED, OTHER_REFERENCE, OTHER_CHANGED]
    one, two = effects(cells, RUNS, reference="reference").to_dict("records")
    assert (one["method"], one["column"], one["n"], one["reference_n"]) == ("one", "changed", 5, 6)
    assert [one[name] for name in ("mean", "reference_mean", "difference")] == pytest.approx(
        [0.218, 0.12, 0.098]
    )
    expected = stats.difference(list(AFTER.values()), list(BEFORE.values()), is_paired=False)
    assert (one["low"], one["high"]) == pytest.approx((expected.low, expected.high))
    assert one["is_clear"] and not one["is_identical"]
    assert two["difference"] == pytest.approx(0.025) and not two["is_clear"]


def test_on_the_random_grid_runs_of_one_seed_are_pairs():
    cells = [
        Cell(row="one", column=column, config=tiny.run_config(method=column, grid="random"))
        for column in ("reference", "changed")
    ]
    runs = [*runs_of(cells[0], {0: 0.1, 1: 0.5, 2: 0.9, 4: 0.3, 5: 0.7, 6: 0.0})]
    runs += runs_of(cells[1], {0: 0.19, 1: 0.6, 2: 1.0, 4: 0.41, 5: 0.8})
    (row,) = effects(cells, runs, reference="reference").to_dict("records")
    assert row["difference"] == pytest.approx(0.1) and row["is_clear"]


def test_a_cell_of_a_part_of_the_tasks_is_compared_on_that_part():
    cells = [dataclasses.replace(one, part="reported") for one in (REFERENCE, CHANGED)]

    def result(config, seed, num_solved):
        unsolved = tiny.run_result(config, seed=seed, imitation_loss=np.array([float(num_solved)]))
        is_reported = np.array([task not in config.validation_tasks(seed) for task in config.tasks])
        solved = np.zeros(len(is_reported), bool)
        solved[np.flatnonzero(unsolved.is_test & is_reported)[:num_solved]] = True
        return dataclasses.replace(unsolved, solved_at=solved[None])

    runs = [result(cells[0].config, seed, 20 + seed) for seed in range(3)]
    runs += [result(cells[1].config, seed, 127 + seed) for seed in range(3)]
    (row,) = effects(cells, runs, reference="reference").to_dict("records")
    num_reported = 268 - 54
    assert row["mean"] == pytest.approx(128 / num_reported)
    assert row["difference"] == pytest.approx(107 / num_reported)


def test_cells_are_corrected_for_each_other():
    many = [cell("one", f"changed {index}") for index in range(20)]
    by_chance = {seed: score + 0.015 for seed, score in BEFORE.items()}
    runs = [*runs_of(REFERENCE, BEFORE), *(run for one in many for run in runs_of(one, by_chance))]
    alone = effects([REFERENCE, many[0]], runs, reference="reference")
    together = effects([REFERENCE, *many], runs, reference="reference")
    assert alone.low.iloc[0] == together.low.iloc[0]
    assert alone.is_clear.tolist() == [True] and not together.is_clear.any()


def test_runs_that_are_the_same_bit_for_bit_do_not_differ_by_other_seeds():
    same = {seed: BEFORE[seed] for seed in (1, 2, 4, 5, 7)}
    (row,) = effects(
        [REFERENCE, CHANGED], runs_of(REFERENCE, BEFORE) + runs_of(CHANGED, same), reference="reference"
    ).to_dict("records")
    assert row["is_identical"] and not row["is_clear"] and row["difference"] == 0
    assert row["mean"] != row["reference_mean"] and np.isnan([row["low"], row["high"]]).all()


def test_few_runs_are_not_clear_however_much_they_agree():
    few = [run for run in RUNS if run.config != CHANGED.config or run.seed != 5]
    (row,) = effects([REFERENCE, CHANGED], few, reference="reference").to_dict("records")
    assert row["n"] == 4 and row["low"] > 0 and not row["is_clear"]


def test_a_cell_without_runs_has_no_difference():
    (row,) = effects([REFERENCE, MISSING], RUNS, reference="reference").to_dict("records")
    assert row["n"] == 0 and not row["is_clear"] and not row["is_identical"]
    assert np.isnan([row[name] for name in ("mean", "difference", "low", "high")]).all()


def test_a_row_without_the_reference_and_a_run_twice_are_refused():
    with pytest.raises(ValueError, match="reference is 'nothing', which is no column of one"):
        effects([REFERENCE, CHANGED], RUNS, reference="nothing")
    with pytest.raises(ValueError, match="seed 0 of one, changed twice"):
        effects([REFERENCE, CHANGED], RUNS + runs_of(CHANGED, {0: 0.3}), reference="reference")


def test_runs_of_either_precision_are_compared():
    def in_bfloat16(run):
        return SimpleNamespace(**vars(run) | {"config": variants(run.config)["mixed_bfloat16"]})

    moved = [run if run.seed % 2 else in_bfloat16(run) for run in RUNS]
    cells = [REFERENCE, CHANGED]
    assert effects(cells, moved, reference="reference").equals(effects(cells, RUNS, reference="reference"))


def test_every_setting_that_is_changed_has_a_meaning():
    assert MEANING.keys() == {one.column for one in changed_cells()} - {"paper"}


def at_rate(row, learning_rate, **changes):
    config = tiny.run_config(method=row, learning_rate=learning_rate, **changes)
    return Cell(row=row, column=f"{learning_rate:g}", config=config)


def test_what_is_solved_is_sorted_by_method_and_rising_learning_rate():
    fast, slow, other, missing = (
        at_rate(row, rate) for row, rate in (("one", 0.1), ("one", 0.01), ("two", 0.1), ("three", 0.1))
    )
    runs = [*runs_of(fast, {1: 0.2, 0: 0.1}), *runs_of(slow, {0: 0.3}), *runs_of(other, {0: 0.4})]
    found = by_learning_rate([fast, slow, other, missing, dataclasses.replace(fast, column="again")], runs)
    assert list(found) == ["one", "two"] and list(found["one"]) == [0.01, 0.1]
    assert {row: [list(share) for share in shares.values()] for row, shares in found.items()} == {
        "one": [[0.3], [0.1, 0.2]],
        "two": [[0.4]],
    }


def test_one_learning_rate_with_several_settings_is_refused():
    cells = [at_rate("one", 0.1), at_rate("one", 0.1, feature_size=9)]
    with pytest.raises(ValueError, match="^cells has one at 0.1 with several settings; it must have one$"):
        by_learning_rate(cells, [])
