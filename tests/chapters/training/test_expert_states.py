"""The expert's states of several tasks."""

import numpy as np
import pytest

from pisces import metric
from pisces.chapters.training.expert_states import ExpertStates, approach_states, episode_states
from pisces.task import JUMP, RIGHT, Task, demonstrations

TASKS = (Task(24, 12), Task(27, 18), Task(31, 10))


@pytest.fixture(scope="module")
def states() -> ExpertStates:
    return approach_states(TASKS)


def test_states_count_down_to_the_obstacle_and_know_where_the_jump_is_decided():
    states, expert = episode_states(TASKS), demonstrations(TASKS)
    for index, task in enumerate(TASKS):
        own = states.task_index == index
        np.testing.assert_array_equal(states.observation[own], expert.observation[index])
        np.testing.assert_array_equal(states.agent_position[own], range(56))
        np.testing.assert_array_equal(states.obstacle_distance[own], task.obstacle_position - np.arange(56))
        before = own & ~states.is_after_jump
        assert states.obstacle_distance[before].min() == 14
        assert expert.action[index, before.sum() - 1] == JUMP


def test_the_states_of_a_task_count_down_to_the_jump_14_pixels_before_the_obstacle(states):
    for index, task in enumerate(TASKS):
        distance = states.obstacle_distance[states.task_index == index]
        np.testing.assert_array_equal(distance, np.arange(task.obstacle_position, 13, -1))


def test_the_observations_are_the_expert_s(states):
    expert = demonstrations(TASKS)
    for index, task in enumerate(TASKS):
        own = states.observation[states.task_index == index]
        np.testing.assert_array_equal(own, expert.observation[index, : task.obstacle_position - 13])
        assert expert.action[index, len(own) - 1] == JUMP


def test_two_states_are_equally_far_from_their_obstacles_if_and_only_if_psm_is_0(states):
    expert = demonstrations(TASKS)
    cost = metric.action_cost(expert.action[0], expert.action[1])
    distance = metric.policy_similarity(cost, discount=0.99)
    of_x, of_y = (states.obstacle_distance[states.task_index == index] for index in (0, 1))
    is_equally_far = of_x[:, None] == of_y
    np.testing.assert_array_equal(distance[: len(of_x), : len(of_y)] == 0, is_equally_far)
    assert (expert.action[0, len(of_x) :] == RIGHT).all()


def test_one_task_alone_and_a_green_one_are_refused():
    with pytest.raises(ValueError, match="tasks holds 1"):
        approach_states(TASKS[:1])
    with pytest.raises(ValueError, match="green"):
        approach_states([Task(24, 12, "red"), Task(27, 18, "green")])
