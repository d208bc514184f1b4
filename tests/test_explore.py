"""What the Explore page is given: the runs of Table 1 and of the recipe, and nothing typed by hand."""

import dataclasses
import json

import explore
import numpy as np
import pytest
import tiny

from pisces import task
from pisces.experiments.catalogue import cells
from pisces.jumping.result import RunResult
from pisces.runs import archive
from pisces.runs.kinds import JUMPING
from pisces.task import EPISODE_LENGTH, JUMP, NUM_TASKS, task_index, training_tasks

CONFIGS = {(cell.config.grid, cell.row): cell.config for name in ("table1", "recipe") for cell in cells(name)}


def run(grid, method, *, seed=0, solved=()):
    """A run that jumps at once but in the tasks that it solves."""
    config = CONFIGS[grid, method]
    is_solved = np.isin(np.arange(NUM_TASKS), solved)
    right = np.array([one.obstacle_position - task.JUMP_DISTANCE for one in config.tasks])
    training = {task_index(one) for one in training_tasks(grid, seed=seed)}
    return RunResult(
        config=config,
        seed=seed,
        solved_at=np.stack([~is_solved, is_solved]),
        jump_step=np.where(is_solved, right, 0),
        is_test=~np.isin(np.arange(NUM_TASKS), list(training)),
        update=np.array([4000, 8000]),
        imitation_loss=np.zeros(2),
        embedding_loss=np.zeros(2),
        seconds=60.0,
        provenance={},
    )


def test_a_cell_counts_the_seeds_that_solve_each_task_at_the_end():
    runs = {"b": run("wide", "pse", seed=10, solved=[0, 7]), "a": run("wide", "pse", seed=2, solved=[7, 285])}
    (cell,) = explore.data(runs)["cells"]
    assert (cell["grid"], cell["method"]) == ("wide", "pse")
    assert {index: count for index, count in enumerate(cell["solved"]) if count} == {0: 1, 7: 2, 285: 1}
    assert [(one["seed"], one["key"]) for one in cell["runs"]] == [(2, "a"), (10, "b")]


def test_a_run_has_a_character_for_each_task_that_says_when_it_jumped():
    (one,) = explore.data({"key": run("wide", "pse", solved=[0])})["cells"][0]["runs"]
    # Obstacle 20 asks for a jump after 6 steps.
    assert one["jump_step"] == "6" + "0" * (NUM_TASKS - 1)


def test_a_run_says_what_it_was_trained_on():
    runs = {str(seed): run("random", "randconv", seed=seed) for seed in (3, 4)}
    (cell,) = explore.data(runs)["cells"]
    for one in cell["runs"]:
        expected = sorted({task_index(each) for each in training_tasks("random", seed=one["seed"])})
        assert one["training"] == expected


def test_cells_without_runs_and_runs_of_other_experiments_are_left_out():
    other = dataclasses.replace(run("wide", "pse"), config=tiny.run_config(grid="wide"))
    runs = {"1": run("random", "randconv-pse"), "2": other, "3": run("wide", "dropout-l2")}
    runs["4"] = run("wide", "recipe")
    exported = explore.data(runs)
    assert [(cell["grid"], cell["method"]) for cell in exported["cells"]] == [
        ("wide", "dropout-l2"),
        ("random", "randconv-pse"),
        ("wide", "recipe"),
    ]
    assert list(exported["methods"].values()) == ["Dropout + l2", "RandConv + PSEs", "Recipe"]
    with pytest.raises(
        ValueError, match=r"^runs has 1 results; it must have one of Table 1 or of the recipe$"
    ):
        explore.data({"2": other})


def test_the_metric_begins_with_the_values_of_the_paper():
    exported = explore.data({"key": run("wide", "pse")})
    assert (exported["discount"], exported["affinity_scale"]) == (0.99, 0.01)


def test_the_script_sets_one_variable_and_is_plain_text():
    runs = {"key": run("wide", "randconv-pi-bisimulation-l2")}
    script = explore.script(runs)
    assert script.isascii()
    assert script.startswith("window.piscesData = ") and script.endswith(";\n")
    assert json.loads(script.removeprefix("window.piscesData = ").removesuffix(";\n")) == explore.data(runs)


@pytest.fixture(scope="module")
def stored():
    return archive.read(archive.packaged(JUMPING), kind=JUMPING)


def test_the_runs_of_the_book_make_a_small_script(stored):
    assert len(explore.script(stored)) < 1_000_000


def test_the_jumps_of_the_runs_of_the_book_replay_to_what_they_solved(stored):
    shown = [one["key"] for cell in explore.data(stored)["cells"] for one in cell["runs"]]
    assert shown
    for key in shown:
        result = stored[key]
        action = np.zeros((NUM_TASKS, EPISODE_LENGTH), int)
        jumps = result.jump_step >= 0
        action[jumps, result.jump_step[jumps]] = JUMP
        np.testing.assert_array_equal(task.replay(result.config.tasks, action).is_success, result.solved)
