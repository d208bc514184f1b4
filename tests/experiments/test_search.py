"""The choice of the recipe: every candidate, by validation tasks alone."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tiny

from pisces.experiments import search
from pisces.jumping.presets import preset
from pisces.precision import FLOAT32, PRECISIONS
from pisces.task import GRIDS

FOUND = Path(__file__).parents[2] / "book" / "results" / "recipe_search.csv"


def result_of(config, *, validation, reported, seed=0):
    """A run that solves some of the first validation tasks, and of the first that are reported, by share."""
    unsolved = tiny.run_result(config, seed=seed)
    held_out = set(config.validation_tasks(seed))
    is_validation = np.array([task in held_out for task in config.tasks])
    solved = ~unsolved.is_test
    for is_part, share in ((is_validation, validation), (unsolved.is_test & ~is_validation, reported)):
        places = np.flatnonzero(is_part)
        solved[places[: round(share * len(places))]] = True
    return dataclasses.replace(unsolved, solved_at=solved[None])


def runs_of(method, share_of):
    """One run for each candidate and grid; the tasks that count least are all solved where others are not."""
    return [
        result_of(cell.config, validation=share_of(cell.config), reported=1 - share_of(cell.config))
        for cell in search.candidates(method, precision=FLOAT32)
    ]


def committed(method):
    """What each candidate of a method gave, from the best to the worst."""
    with FOUND.open(newline="", encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["method"] == method]


def told(config):
    return tuple(
        "" if (value := search.setting(config, name)) is None else str(value) for name in search.FIELDS
    )


@pytest.mark.parametrize("method", search.SPACE)
def test_the_committed_search_has_every_candidate(method):
    tried = {tuple(row[name] for name in search.FIELDS) for row in committed(method)}
    assert tried == {told(cell.config) for cell in search.candidates(method)}


@pytest.mark.parametrize("method", search.SPACE)
def test_the_settings_of_the_recipe_are_the_best_that_the_committed_search_has_found(method):
    rows = committed(method)
    order = [(-float(row["validation_share"]), -int(row["max_shift"])) for row in rows]
    assert order == sorted(order)
    best = tuple(rows[0][name] for name in search.FIELDS)
    assert best == told(preset(method, grid="wide", reading="paper"))
    for row in rows:
        shares = [float(row[grid]) for grid in GRIDS]
        assert float(row["validation_share"]) == pytest.approx(np.mean(shares), abs=1e-3)
        assert int(row["num_runs"]) == len(GRIDS) * len(search.SEEDS)


@pytest.mark.parametrize("method", search.SPACE)
def test_candidates_are_all_combinations_on_all_grids(method):
    cells = search.candidates(method, precision=FLOAT32)
    num_combinations = np.prod([len(values) for values in search.SPACE[method].values()])
    assert len({cell.config for cell in cells}) == len(cells) == num_combinations * len(GRIDS)
    for name, values in search.SPACE[method].items():
        assert {search.setting(cell.config, name) for cell in cells} == set(values)
    for cell in cells:
        assert (cell.row, cell.column, cell.part) == (cell.config.method, cell.config.grid, "validation")


def test_with_and_without_a_metric_as_many_are_tried():
    assert len({len(search.candidates(method)) for method in search.SPACE}) == 1


@pytest.mark.parametrize("precision", PRECISIONS)
def test_candidates_come_in_either_precision_and_count_the_same_runs(precision):
    cells = search.candidates("recipe", precision=precision)
    assert {cell.config.precision for cell in cells} == {precision}
    assert cells[0].variants == search.candidates("recipe", precision=FLOAT32)[0].variants


def test_the_best_is_the_best_on_validation_tasks_whatever_it_does_on_others():
    def share(config):
        return 0.5 if config.learning_rate == 7e-3 and config.max_shift == 8 else 0.25

    best, *others = search.ranking("recipe", runs_of("recipe", share))
    assert best.settings["learning_rate"] == 7e-3 and best.settings["max_shift"] == 8
    assert best.num_runs == len(GRIDS)
    assert best.validation_share == pytest.approx(np.mean([best.shares[grid] for grid in GRIDS]))
    assert best.validation_share == pytest.approx(0.5, abs=0.01)
    assert {round(trial.validation_share, 2) for trial in others[1:]} == {0.25}


def test_of_equals_the_one_that_moves_images_furthest_goes_first():
    shifts = [
        trial.settings["max_shift"] for trial in search.ranking("recipe", runs_of("recipe", lambda _: 1.0))
    ]
    assert shifts == sorted(shifts, reverse=True) and len(set(shifts)) > 1


def test_a_candidate_without_a_run_on_each_grid_is_left_out():
    runs = runs_of("recipe", lambda _: 1.0)
    foreign = dataclasses.replace(runs[0], config=preset("randconv", grid="wide", reading="paper"))
    assert len(search.ranking("recipe", [*runs[1:], foreign])) == len(runs) / len(GRIDS) - 1


def test_a_method_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="^method is 'randconv'; it must be one of recipe, recipe-pse$"):
        search.candidates("randconv")


def test_every_candidate_is_written_down(tmp_path):
    trials = search.ranking("recipe-pse", runs_of("recipe-pse", lambda config: config.max_shift / 16))
    search.write(tmp_path / "search.csv", trials)
    with (tmp_path / "search.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(trials) == len(search.candidates("recipe-pse")) / len(GRIDS)
    for row, trial in zip(rows, trials, strict=True):
        assert row["method"] == "recipe-pse" and float(row["max_shift"]) == trial.settings["max_shift"]
        assert float(row["contrastive_weight"]) == trial.settings["contrastive_weight"]
        assert float(row["validation_share"]) == pytest.approx(trial.validation_share, abs=1e-4)
        assert float(row["narrow"]) == pytest.approx(trial.shares["narrow"], abs=1e-4)
