import numpy as np
import pytest

from pisces.task import (
    EPISODE_LENGTH,
    JUMP,
    JUMP_DISTANCE,
    RIGHT,
    State,
    Task,
    TaskBatch,
    all_tasks,
    demonstration,
    demonstrations,
    expert_action,
    initial_state,
    render,
    replay,
    transition,
)


def play_expert(tasks):
    """Actions, rewards and successes of the expert, each `[tasks, 56]`, without drawing anything."""
    batch = TaskBatch.of(tasks)
    state, steps = initial_state(batch), []
    for _ in range(EPISODE_LENGTH):
        action = expert_action(batch, state)
        state, outcome = transition(batch, state, action)
        steps.append((action, outcome.reward, outcome.is_success))
    assert state.is_over.all()
    return (np.stack(column, axis=1) for column in zip(*steps, strict=True))


@pytest.mark.parametrize(("color", "expected"), [(None, 156.0), ("red", 156.0), ("green", 254.0)])
def test_the_expert_returns_the_optimum_in_56_steps_in_all_286_tasks(color, expected):
    _, reward, is_success = play_expert(all_tasks(color))
    assert is_success[:, 55].all() and not is_success[:, :55].any()
    assert set(reward.sum(axis=1).tolist()) == {expected}


def test_the_expert_gets_across_every_task_that_the_game_allows():
    tasks = [Task(x, h) for x in range(14, 48) for h in (0, 17, 40)]
    _, _, is_success = play_expert(tasks)
    assert is_success[:, 55].all()


@pytest.mark.parametrize("color", [None, "red", "green"])
def test_no_random_play_returns_more_than_the_expert(color):
    tasks = all_tasks(color)
    _, reward, _ = play_expert(tasks)
    generator = np.random.default_rng(0)
    for jump_probability in (0.0, 0.02, 0.1, 0.5):
        action = (generator.random((len(tasks), EPISODE_LENGTH)) < jump_probability).astype(int)
        assert (replay(tasks, action).reward.sum(axis=1) <= reward.sum(axis=1)).all()


def test_the_expert_jumps_once_14_pixels_before_the_obstacle_unless_it_is_green():
    tasks = [Task(20, 10, "red"), Task(20, 10, "green")]
    assert JUMP_DISTANCE == 14
    (red, green), _, _ = play_expert(tasks)
    assert np.flatnonzero(red == JUMP).tolist() == [6]
    assert (green == RIGHT).all()


def test_in_the_air_the_expert_says_right():
    batch = TaskBatch.of([Task(46, 10)])
    in_the_air = State(**vars(initial_state(batch)) | {"left": np.array([32]), "direction": np.array([-1])})
    assert expert_action(batch, in_the_air).tolist() == [RIGHT]
    on_the_floor = State(**vars(in_the_air) | {"direction": np.array([0])})
    assert expert_action(batch, on_the_floor).tolist() == [JUMP]


def test_a_demonstration_holds_one_decision_for_each_step():
    shown = demonstration(Task(20, 10))
    assert shown.task == Task(20, 10)
    assert shown.observation.shape == (56, 60, 60, 2) and shown.observation.dtype == np.float32
    assert shown.action.shape == (56,) and shown.action.dtype == np.int64
    assert shown.reward.tolist() == [1.0] * 55 + [101.0] and shown.reward.dtype == np.float64
    first = render(TaskBatch.of([Task(20, 10)]), initial_state(TaskBatch.of([Task(20, 10)])))[0]
    np.testing.assert_array_equal(shown.observation[0, ..., 0], 0.0)
    np.testing.assert_array_equal(shown.observation[0, ..., 1], first)
    np.testing.assert_array_equal(shown.observation[1:, ..., 0], shown.observation[:-1, ..., 1])


def test_demonstrations_of_several_tasks_are_those_of_each_side_by_side():
    tasks = (Task(20, 10, "red"), Task(20, 10, "green"), Task(45, 20, "red"))
    shown = demonstrations(tasks)
    assert shown.task == tasks and shown.observation.shape == (3, 56, 60, 60, 6)
    for index, task in enumerate(tasks):
        for name in ("observation", "action", "reward"):
            np.testing.assert_array_equal(getattr(shown, name)[index], getattr(demonstration(task), name))
