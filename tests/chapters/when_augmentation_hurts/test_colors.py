"""What becomes of colour, with numbers worked out by hand."""

import numpy as np
import pytest
from tiny import run_config

from pisces.chapters.when_augmentation_hurts import colors
from pisces.jumping.result import RunResult
from pisces.learn import RandConv
from pisces.task import Task, task_index

COLORED = run_config(colors=("red", "green"))
PLACE = Task(30, 12)


def result(config, seed, *, solved=(), jump_step=None, num_reports=2):
    """A run that solves the tasks of some indices at the last report, and none before."""
    num_tasks, training = len(config.tasks), config.training_tasks(seed)
    solved_at = np.zeros((num_reports, num_tasks), bool)
    solved_at[-1, list(solved)] = True
    steps = np.full(num_tasks, -1)
    for index, step in (jump_step or {}).items():
        steps[index] = step
    return RunResult(
        config=config,
        seed=seed,
        solved_at=solved_at,
        jump_step=steps,
        is_test=np.array([task not in training for task in config.tasks]),
        update=np.arange(1, num_reports + 1),
        imitation_loss=np.zeros(num_reports),
        embedding_loss=np.zeros(num_reports),
        seconds=1.0,
        provenance={},
    )


def test_runs_are_sorted_by_method_and_color():
    red, green = 6, 286 + 7
    runs = [
        result(COLORED, 0, solved=[red, green], jump_step={red: 9}),
        result(COLORED, 1, solved=[green]),
        result(run_config(method="other"), 0, solved=[3]),
    ]
    found = colors.by_color(runs)
    assert list(found) == [("tiny", "red"), ("tiny", "green"), ("other", "grey")]
    assert np.flatnonzero(found["tiny", "red"].solved_fraction).tolist() == [6]
    assert found["tiny", "red"].solved_fraction[6] == 0.5 and found["tiny", "green"].solved_fraction[7] == 1
    assert found["tiny", "red"].jump_step[:, 6].tolist() == [9, -1]
    assert [runs.num_runs for runs in found.values()] == [2, 2, 1]
    assert found["other", "grey"].solved_fraction[3] == 1
    np.testing.assert_allclose(found["tiny", "red"].solved_share, [[0, 1 / 268], [0, 0]])


def test_runs_of_several_settings_are_refused():
    runs = [result(COLORED, 0), result(run_config(colors=("red", "green"), learning_rate=0.5), 0)]
    with pytest.raises(ValueError, match="^runs of tiny-wide have several settings"):
        colors.by_color(runs)


def test_runs_with_other_training_tasks_are_refused():
    config = run_config(grid="random")
    assert colors.by_color([result(config, 0)])["tiny", "grey"].num_runs == 1
    with pytest.raises(ValueError, match="^runs of tiny have several sets of training tasks; they must have"):
        colors.by_color([result(config, 0), result(config, 1)])


def test_outcomes_tell_a_wrong_moment_from_no_jump_and_from_a_jump_before_green():
    unseen = task_index(PLACE)
    runs = [
        result(COLORED, 0, solved=[unseen, 286 + unseen], jump_step={unseen: 16}),
        result(COLORED, 1, jump_step={unseen: 3, 286 + unseen: 3}),
        result(COLORED, 2),
    ]
    found = colors.by_color(runs)
    names = np.array(colors.OUTCOMES)
    assert names[found["tiny", "red"].outcome[:, unseen]].tolist() == ["solved", "wrong moment", "no jump"]
    assert names[found["tiny", "green"].outcome[:2, unseen]].tolist() == ["solved", "jump before green"]
    red, green = (found["tiny", color].outcome_shares() for color in ("red", "green"))
    assert red["solved"] == red["wrong moment"] == pytest.approx(1 / (3 * 268))
    assert red["jump before green"] == green["no jump"] == green["wrong moment"] == 0
    assert sum(red.values()) == pytest.approx(1) == sum(green.values())
    assert found["tiny", "red"].outcome_shares(is_test=False)["no jump"] == 1


def test_a_convolution_leaves_an_obstacle_in_its_channel():
    rand_conv = RandConv(kernel_size=2, skip_probability=0.0)
    values = colors.obstacle_values(rand_conv, PLACE, num_views=5, seed=0)
    assert not values["red"][:, 1].any() and not values["green"][:, 0].any()
    np.testing.assert_array_equal(values["red"][:, 0], values["green"][:, 1])
    assert len(np.unique(values["red"][:, 0])) == 5


def test_without_a_convolution_the_values_are_those_of_the_picture():
    rand_conv = RandConv(kernel_size=2, skip_probability=1.0)
    values = colors.obstacle_values(rand_conv, PLACE, num_views=2, seed=0)
    assert values["red"].tolist() == [[0.5, 0]] * 2 and values["green"].tolist() == [[0, 0.5]] * 2
    assert colors.rule_accuracy(values) == {"line": 1, "size": 1}


def test_a_line_cuts_off_one_arm_of_a_cross():
    arm = np.array([-2.0, -1.0, 1.0, 2.0])
    values = {"red": np.stack([arm, 0 * arm], axis=1), "green": np.stack([0 * arm, arm], axis=1)}
    assert colors.rule_accuracy(values) == {"line": 0.75, "size": 1}


def test_colors_that_mix_at_random_cannot_be_told_apart_by_size():
    points = np.random.default_rng(0).normal(size=(2, 4000, 2))
    accuracy = colors.rule_accuracy(dict(zip(("red", "green"), points, strict=True)))
    assert abs(accuracy["size"] - 0.5) < 0.03 and accuracy["line"] < 0.55


def test_runs_of_either_precision_are_of_one_setting():
    mixed = run_config(colors=("red", "green"), precision="mixed_bfloat16")
    found = colors.by_color([result(mixed, 0, solved=[6]), result(COLORED, 1), result(mixed, 1, solved=[6])])
    assert found["tiny", "red"].num_runs == 2
    assert found["tiny", "red"].solved_fraction[6] == 1
