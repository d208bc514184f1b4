"""Solved means getting across; the paper's open-loop test says the same of a policy without chance."""

import numpy as np
import pytest

from pisces.task import (
    AGENT_HEIGHT,
    AGENT_WIDTH,
    JUMP,
    JUMP_DISTANCE,
    NUM_TASKS,
    RIGHT,
    Task,
    all_tasks,
    demonstrations,
)
from pisces.task.judge import TASKS_PER_PASS, agrees_with_expert, evaluate, play

BOTH_TESTS = [evaluate, agrees_with_expert]


def never_jump(observation):
    return np.full(len(observation), RIGHT)


def always_jump(observation):
    return np.full(len(observation), JUMP)


def positions_seen(observation):
    """Floor height, left edge of the agent and left edge of the obstacle, read off the current grey frame."""
    frame = observation[..., 1]
    floor = 1 + np.argmax((frame[:, 1:, 1:-1] == 1).all(axis=2), axis=1)
    row = frame[np.arange(len(frame)), floor + AGENT_HEIGHT - 1]
    column = np.arange(row.shape[1])
    obstacle = np.argmax(row == 0.5, axis=1)
    is_agent = (row == 1) & (column > 0) & (column < obstacle[:, None])
    return floor, np.where(is_agent, column, 0).max(axis=1) + 1 - AGENT_WIDTH, obstacle


def see_and_jump(observation):
    _, agent, obstacle = positions_seen(observation)
    return np.where(obstacle - agent == JUMP_DISTANCE, JUMP, RIGHT)


def err_in_some_tasks(observation):
    """Jumps one pixel early, in time or one pixel late, as it suits the task."""
    floor, agent, obstacle = positions_seen(observation)
    return np.where(obstacle - agent == JUMP_DISTANCE + (floor + 2 * obstacle) % 3 - 1, JUMP, RIGHT)


def linear_policy(seed):
    weights = np.random.default_rng(seed).normal(size=(60, 60, 2))
    return lambda observation: (np.tensordot(observation, weights, axes=3) > 20).astype(int)


def jump_as_demonstrated(tasks):
    """A policy that knows by heart what the expert sees when it jumps in these tasks."""
    expert = demonstrations(tasks)
    known = {observation.tobytes() for observation in expert.observation[expert.action == JUMP]}
    return lambda observation: np.array([JUMP if one.tobytes() in known else RIGHT for one in observation])


@pytest.mark.parametrize("judge", BOTH_TESTS)
def test_a_policy_that_sees_the_distance_solves_all_tasks(judge):
    solved = judge(see_and_jump, all_tasks())
    assert solved.dtype == bool
    assert solved.shape == (NUM_TASKS,)
    assert solved.all()


@pytest.mark.parametrize("judge", BOTH_TESTS)
@pytest.mark.parametrize("act", [never_jump, always_jump])
def test_a_policy_without_eyes_solves_nothing(judge, act):
    assert not judge(act, all_tasks()).any()


@pytest.mark.parametrize("judge", BOTH_TESTS)
def test_a_policy_solves_the_tasks_that_it_knows_by_heart_in_their_place(judge):
    tasks = all_tasks()[: TASKS_PER_PASS + 9]
    known = [tasks[3], tasks[TASKS_PER_PASS + 2]]
    solved = judge(jump_as_demonstrated(known), tasks)
    assert [task for task, is_solved in zip(tasks, solved, strict=True) if is_solved] == known


@pytest.mark.parametrize(
    "act", [err_in_some_tasks, *map(linear_policy, range(1, 5))], ids=["errs", *map(str, range(1, 5))]
)
def test_both_tests_agree_for_deterministic_policies_on_every_task(act):
    np.testing.assert_array_equal(evaluate(act, all_tasks()), agrees_with_expert(act, all_tasks()))


def test_an_error_of_one_pixel_fails_a_task():
    # The error is 0 where (floor height + 2 * obstacle position) mod 3 is 1.
    solved = evaluate(err_in_some_tasks, all_tasks())
    expected = [(task.floor_height + 2 * task.obstacle_position) % 3 == 1 for task in all_tasks()]
    np.testing.assert_array_equal(solved, expected)


def test_the_policy_is_asked_on_the_floor_only():
    num_asked = []

    def act(observation):
        num_asked.append(len(observation))
        return see_and_jump(observation)

    played = play(act, [Task(30, 10), Task(45, 20)])
    is_decision = played.state.is_grounded[:, :-1] & (played.action != -1)
    assert sum(num_asked) == is_decision.sum()
    # 16 steps, the jump, and 8 steps after landing at x = 48; 31 steps and a jump that the end cuts off.
    assert list(is_decision.sum(axis=1)) == [25, 32]
    np.testing.assert_array_equal(np.argwhere(played.action == JUMP), [[0, 16], [1, 31]])


def test_what_a_policy_would_do_in_the_air_is_noted_as_nothing():
    played = play(always_jump, [Task(20, 10)])
    assert played.action[0, 0] == JUMP
    assert set(played.action[0, 1 : played.length[0]]) == {RIGHT}


@pytest.mark.parametrize("judge", BOTH_TESTS)
def test_a_red_task_is_solved_by_jumping_as_the_expert_does(judge):
    tasks = all_tasks("red")[::40]
    assert judge(jump_as_demonstrated(tasks), tasks).all()
    assert not judge(never_jump, tasks).any()


@pytest.mark.parametrize("judge", BOTH_TESTS)
def test_a_green_task_is_solved_by_walking_into_the_obstacle(judge):
    assert judge(never_jump, all_tasks("green")[::20]).all()


def test_a_green_obstacle_that_is_touched_in_the_air_is_not_solved():
    # The first jump lands at x = 32, where the agent touches an obstacle at 36; others are met in the air.
    tasks = [Task(position, 10, "green") for position in range(20, 46)]
    solved = evaluate(always_jump, tasks)
    assert [task.obstacle_position for task, is_solved in zip(tasks, solved, strict=True) if is_solved] == [
        36
    ]


def test_both_tests_part_where_an_early_jump_lands_before_a_green_obstacle():
    def jump_at_once(observation):
        is_first = ~observation[..., :3].any(axis=(1, 2, 3))
        return np.where(is_first, JUMP, RIGHT)

    tasks = [Task(position, 10, "green") for position in range(20, 46)]
    expected = [task.obstacle_position >= 36 for task in tasks]
    np.testing.assert_array_equal(evaluate(jump_at_once, tasks), expected)
    assert not agrees_with_expert(jump_at_once, tasks).any()


@pytest.mark.parametrize("judge", BOTH_TESTS)
@pytest.mark.parametrize("color", [None, "red", "green"])
def test_what_a_policy_does_behind_the_obstacle_is_its_own_affair(judge, color):
    task = Task(20, 12, color)
    right_until_decided = never_jump if color == "green" else jump_as_demonstrated([task])
    late = {one.tobytes() for one in demonstrations([task]).observation[0, -1:]}

    def act(observation):
        is_late = [one.tobytes() in late for one in observation]
        return np.where(is_late, JUMP, right_until_decided(observation))

    assert judge(act, [task]).all()


@pytest.mark.parametrize("judge", BOTH_TESTS)
@pytest.mark.parametrize("tasks", [(), (Task(30, 10), Task(30, 10, "red"))], ids=["none", "mixed"])
def test_tasks_that_cannot_be_played_side_by_side_are_refused(judge, tasks):
    with pytest.raises(
        ValueError, match=r"^tasks has .*; it must have one or more, all grey or all coloured$"
    ):
        judge(never_jump, tasks)


def test_an_action_that_is_none_is_refused():
    with pytest.raises(
        ValueError, match=r"^action is .*2.*; it must be the integer 0 \(right\) or 1 \(jump\)$"
    ):
        evaluate(lambda observation: np.full(len(observation), 2), [Task(30, 10)])


@pytest.mark.parametrize("judge", BOTH_TESTS)
@pytest.mark.parametrize(
    ("act", "returned"),
    [
        (lambda observation: np.full(len(observation), 0.9), r"float64 \[\d+\]"),
        (lambda observation: JUMP, r"int64 \[\]"),
        (lambda observation: np.full((len(observation), 1), JUMP), r"int64 \[\d+, 1\]"),
        (lambda observation: np.full(len(observation), True), r"bool \[\d+\]"),
    ],
)
def test_what_is_no_action_for_each_observation_is_refused(judge, act, returned):
    with pytest.raises(ValueError, match=rf"^act returns {returned}; it must return integers \[\d+\]$"):
        judge(act, [Task(30, 10)])


class Drawing:
    """Jumps or not by chance, from a stream that can begin anew."""

    def begin(self):
        self.stream = np.random.default_rng(3)

    def __call__(self, observation):
        return self.stream.integers(2, size=len(observation))


@pytest.mark.parametrize("judge", BOTH_TESTS)
def test_a_policy_that_draws_is_judged_alike_however_often(judge):
    act = Drawing()
    tasks = all_tasks()
    np.testing.assert_array_equal(judge(act, tasks), judge(act, tasks))
