"""Differences from a reference, over the seeds that both have."""

from types import SimpleNamespace

import numpy as np
import pytest
import tiny

from pisces.chapters.what_makes_it_work.effects import effects
from pisces.experiments.catalogue import Cell
from pisces.runs.kinds import variants


def cell(row, column):
    return Cell(row=row, column=column, config=tiny.run_config(method=f"{row}, {column}"))


REFERENCE, CHANGED, MISSING = (cell("one", column) for column in ("reference", "changed", "missing"))
OTHER_REFERENCE, OTHER_CHANGED = (cell("two", column) for column in ("reference", "changed"))


def runs_of(of, scores):
    return [SimpleNamespace(config=of.config, seed=seed, test_share=score) for seed, score in scores.items()]


RUNS = [
    *runs_of(REFERENCE, {0: 0.1, 1: 0.5, 2: 0.9, 4: 0.3, 5: 0.7, 7: 0.0}),
    *runs_of(CHANGED, {2: 1.0, 0: 0.2, 5: 0.8, 4: 0.4, 1: 0.6, 3: 0.0}),
    *runs_of(OTHER_REFERENCE, {0: 0.9, 1: 0.5}),
    *runs_of(OTHER_CHANGED, {0: 0.7, 1: 0.7}),
]


def test_runs_are_compared_with_those_of_the_same_seed_and_row():
    cells = [REFERENCE, CHANGED, OTHER_REFERENCE, OTHER_CHANGED]
    one, two = effects(cells, RUNS, reference="reference").to_dict("records")
    # Seeds 0, 1, 2, 4 and 5 gain 0.1 each, which is clear however much they differ among themselves.
    assert (one["method"], one["column"], one["n"]) == ("one", "changed", 5)
    assert [one[name] for name in ("mean", "reference_mean")] == pytest.approx([0.6, 0.5])
    assert [one[name] for name in ("difference", "low", "high")] == pytest.approx([0.1] * 3)
    assert one["is_clear"]
    assert two["difference"] == pytest.approx(0.0) and not two["is_clear"]


def test_few_pairs_are_not_clear_however_much_they_agree():
    few = [run for run in RUNS if run.seed != 5]
    (row,) = effects([REFERENCE, CHANGED], few, reference="reference").to_dict("records")
    assert row["n"] == 4 and row["low"] > 0 and not row["is_clear"]


def test_a_cell_without_common_seeds_has_no_difference():
    (row,) = effects([REFERENCE, MISSING], RUNS, reference="reference").to_dict("records")
    assert row["n"] == 0 and not row["is_clear"]
    assert np.isnan([row[name] for name in ("mean", "reference_mean", "difference", "low", "high")]).all()


def test_a_row_without_the_reference_and_a_run_twice_are_refused():
    with pytest.raises(ValueError, match="reference is 'nothing', which is no column of one"):
        effects([REFERENCE, CHANGED], RUNS, reference="nothing")
    with pytest.raises(ValueError, match="seed 0 of one, changed twice"):
        effects([REFERENCE, CHANGED], RUNS + runs_of(CHANGED, {0: 0.3}), reference="reference")


def test_runs_of_either_precision_are_compared():
    def in_bfloat16(run):
        return SimpleNamespace(
            config=variants(run.config)["mixed_bfloat16"], seed=run.seed, test_share=run.test_share
        )

    moved = [run if run.seed % 2 else in_bfloat16(run) for run in RUNS]
    cells = [REFERENCE, CHANGED]
    assert effects(cells, moved, reference="reference").equals(effects(cells, RUNS, reference="reference"))
