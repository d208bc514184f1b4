import numpy as np
import pytest

from pisces.metric import bisimulation
from pisces.task import EPISODE_LENGTH, JUMP, RIGHT, Task, demonstration, replay
from pisces.task.tabular import tabulate

TASKS = [Task(20, 0), Task(25, 10), Task(45, 20), Task(30, 10, "red"), Task(30, 10, "green")]


@pytest.mark.parametrize("task", TASKS)
def test_walking_the_tables_is_playing_the_game(task):
    tables = tabulate(task)
    end = len(tables.reward) - 1
    rng = np.random.default_rng(0)
    # Few jumps, at different moments: some games of all but the green task end early, some on the floor.
    action = np.where(rng.random((40, EPISODE_LENGTH)) < 0.04, JUMP, RIGHT)
    played = replay([task] * len(action), action)
    for game, length in enumerate(played.length):
        path = tables.path(action[game, :length])
        assert np.array_equal(tables.reward[path, action[game, :length]], played.reward[game, :length])
        assert tables.next_state[path[-1], action[game, length - 1]] == end
        for column in ("left", "bottom", "direction", "has_collided"):
            recorded = getattr(played.state, column)[game, :length]
            assert np.array_equal(getattr(tables.state, column)[path], recorded)


@pytest.mark.parametrize("task", TASKS)
def test_every_state_is_reached_from_the_first_and_none_is_listed_twice(task):
    tables = tabulate(task)
    reached, frontier = {0}, {0}
    while frontier:
        frontier = set(tables.next_state[list(frontier)].ravel().tolist()) - reached
        reached |= frontier
    assert reached == set(range(len(tables.reward)))
    rows = set(zip(*(column.tolist() for column in vars(tables.state).values()), strict=True))
    assert len(rows) == len(tables.reward) - 1


def test_the_end_is_one_state_that_stays_and_pays_nothing():
    tables = tabulate(Task(30, 10))
    end = len(tables.reward) - 1
    assert tables.next_state[end].tolist() == [end, end]
    assert tables.reward[end].tolist() == [0.0, 0.0]
    assert not tables.state.is_over.any()


def test_in_the_air_both_actions_do_the_same():
    tables = tabulate(Task(30, 10))
    flying = ~tables.state.is_grounded
    assert flying.any()
    assert (tables.next_state[:-1][flying][:, 0] == tables.next_state[:-1][flying][:, 1]).all()


def test_without_a_jump_the_game_of_obstacle_20_is_over_after_16_steps():
    # The right edge of the agent, at left + 5, passes 20 when left becomes 16.
    tables = tabulate(Task(20, 0))
    path = tables.path([RIGHT] * 16)
    assert tables.state.left[path].tolist() == list(range(16))
    assert tables.reward[path, RIGHT].tolist() == [1.0] * 15 + [-1.0]
    with pytest.raises(ValueError, match="step 16"):
        tables.path([RIGHT] * 17)


def test_an_unknown_action_is_an_error():
    with pytest.raises(ValueError, match="action is 2 at step 1"):
        tabulate(Task(20, 0)).path([RIGHT, 2])


def distance_between_experts(task_x, task_y):
    x, y = tabulate(task_x), tabulate(task_y)
    distance = bisimulation(x.next_state, x.reward, y.next_state, y.reward, discount=0.9)
    return distance[np.ix_(x.path(demonstration(task_x).action), y.path(demonstration(task_y).action))]


def test_at_another_floor_height_the_expert_goes_through_bisimilar_states():
    assert np.diagonal(distance_between_experts(Task(25, 10), Task(25, 20))).max() == 0.0


def test_before_another_obstacle_no_state_is_bisimilar_to_one_of_the_expert():
    # The expert jumps 14 pixels before the obstacle: in state 11 of task x and 31 of task y.
    distance = distance_between_experts(Task(25, 10), Task(45, 10))
    assert distance[:, :32].min() > 0.0
    assert np.diagonal(distance)[32:].max() == 0.0
