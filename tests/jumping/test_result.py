"""A result has the shapes that it promises, and says with what it was made."""

import dataclasses

import numpy as np
import pytest

from pisces.jumping.presets import preset
from pisces.jumping.result import RunResult
from pisces.task import GRIDS, all_tasks, training_tasks, validation_tasks

RESULT = RunResult(
    config=preset("pse", grid="wide", reading="paper"),
    seed=0,
    solved_at=np.arange(286) < [[10], [30]],
    jump_step=np.zeros(286, int),
    is_test=np.arange(286) >= 10,
    update=np.array([10, 20]),
    imitation_loss=np.array([0.5, 0.25]),
    embedding_loss=np.zeros(2),
    seconds=1.5,
    provenance={},
)


def test_the_share_of_test_tasks_leaves_the_training_tasks_out():
    assert RESULT.test_share == pytest.approx(20 / 276)
    np.testing.assert_allclose(RESULT.solved_share, [0, 20 / 276])
    np.testing.assert_array_equal(RESULT.solved, RESULT.solved_at[1])


def test_shares_of_colors_count_their_own_tasks():
    both = preset("pse", grid="wide", reading="paper", table="G.4")
    solved = np.concatenate((np.arange(286) < 30, np.arange(286) < 110))  # red, green
    result = dataclasses.replace(
        RESULT,
        config=both,
        solved_at=np.stack((~solved, solved)),
        jump_step=np.zeros(572, int),
        is_test=np.tile(RESULT.is_test, 2),
    )
    assert result.share_of("red") == pytest.approx(20 / 276)
    assert result.share_of("green") == pytest.approx(100 / 276)
    assert result.test_share == pytest.approx(120 / 552)


@pytest.mark.parametrize("grid", GRIDS)
def test_what_settings_are_chosen_by_and_what_is_reported_part_the_unseen_tasks(grid):
    config = preset("recipe", grid=grid, reading="paper")
    seed, tasks = 3, all_tasks()
    training, validation = training_tasks(grid, seed=seed), validation_tasks(grid, seed=seed)
    is_validation = np.array([task in validation for task in tasks])
    result = dataclasses.replace(
        RESULT,
        config=config,
        seed=seed,
        solved_at=np.stack((~is_validation, is_validation)),
        is_test=np.array([task not in training for task in tasks]),
    )
    assert (result.share_of("validation"), result.share_of("reported")) == (1.0, 0.0)
    assert result.test_share == pytest.approx(is_validation.sum() / result.is_test.sum())


def test_a_history_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"^solved_at has shape \(2, 285\); it must have \(2, 286\)$"):
        dataclasses.replace(RESULT, solved_at=np.zeros((2, 285), bool))


@pytest.mark.parametrize("field", ["jump_step", "is_test"])
def test_a_board_of_another_size_is_refused(field):
    message = rf"^{field} has shape \(285,\); it must have \(286,\)$"
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(RESULT, **{field: np.zeros(285, bool)})


@pytest.mark.parametrize("field", ["imitation_loss", "embedding_loss"])
def test_a_curve_without_a_value_for_each_update_is_refused(field):
    with pytest.raises(ValueError, match=rf"^{field} has shape \(3,\); it must have \(2,\)$"):
        dataclasses.replace(RESULT, **{field: np.zeros(3)})
