"""A state and its moved copy are at distance 0, and what is moved is the picture."""

import itertools

import numpy as np
import pytest

from pisces.chapters.what_would_you_do_today.symmetry import distances, moved_copies, moved_pictures
from pisces.task import Task, demonstration

PLACES = [Task(20, 10), Task(30, 14), Task(45, 20)]


@pytest.mark.parametrize(("task_x", "task_y"), [*itertools.product(PLACES, repeat=2)])
def test_the_agent_is_as_far_from_the_obstacle_in_a_copy(task_x, task_y):
    copies = moved_copies(task_x, task_y)
    assert len(copies) >= len(demonstration(task_x).action) - 25
    jump_x, jump_y = (task.obstacle_position - 14 for task in (task_x, task_y))
    np.testing.assert_array_equal(copies[:, 0] - jump_x, copies[:, 1] - jump_y)


@pytest.mark.parametrize("discount", [0.0, 0.99])
def test_a_state_and_its_moved_copy_are_at_distance_0(discount):
    for task_x, task_y in itertools.combinations(PLACES, 2):
        distance, copies = distances(task_x, task_y, discount=discount), moved_copies(task_x, task_y)
        assert not distance[tuple(copies.T)].any()


def test_other_states_are_not():
    distance, copies = (
        distances(Task(30, 10), Task(36, 14), discount=0.99),
        moved_copies(Task(30, 10), Task(36, 14)),
    )
    before_jump = copies[copies[:, 0] < 30 - 14]
    assert (distance[before_jump[:, 0], before_jump[:, 1] + 1] > 0.5).all()


@pytest.mark.parametrize(("task_x", "task_y"), [(Task(34, 13), Task(43, 17)), (Task(38, 17), Task(30, 10))])
def test_with_its_frame_still_a_moved_picture_is_the_one_that_the_game_shows(task_x, task_y):
    pictures = moved_pictures(task_x, task_y, step=16)
    assert list(pictures) == ["as the game shows it", "frame moved", "frame still"]
    shown, moved, still = pictures.values()
    step_y = 16 + task_y.obstacle_position - task_x.obstacle_position
    np.testing.assert_array_equal(shown, demonstration(task_y).observation[step_y, ..., 1])
    np.testing.assert_array_equal(still, shown)
    assert (moved != shown).sum() > 100


def test_a_step_without_a_copy_is_refused():
    with pytest.raises(ValueError, match="^step is 3; it must be one of 10 to 55$"):
        moved_pictures(Task(40, 10), Task(30, 10), step=3)
