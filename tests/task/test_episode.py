import numpy as np
import pytest

from pisces.task import (
    EPISODE_LENGTH,
    JUMP,
    RIGHT,
    Task,
    TaskBatch,
    all_tasks,
    expert_action,
    initial_state,
    render,
    replay,
    rollout,
    stack_frames,
    transition,
)


def walk(observation, batch, state):
    return np.full(len(batch), RIGHT)


def jump_at(moments):
    """Action sequences that jump once each, at the given steps."""
    return np.where(np.arange(EPISODE_LENGTH) == np.asarray(moments)[:, None], JUMP, RIGHT)


def test_in_each_of_the_286_tasks_one_moment_to_jump_works_and_it_is_14_before_the_obstacle():
    tasks = [task for task in all_tasks() for _ in range(EPISODE_LENGTH)]
    moment = np.tile(np.arange(EPISODE_LENGTH), len(all_tasks()))
    obstacle_position = np.array([task.obstacle_position for task in tasks])
    played = replay(tasks, jump_at(moment))
    np.testing.assert_array_equal(played.is_success, moment == obstacle_position - 14)


def test_the_one_moment_holds_for_every_valid_obstacle_on_the_lowest_and_the_highest_floor():
    tasks = [Task(x, h, "red") for x in range(14, 48) for h in (0, 40) for _ in range(EPISODE_LENGTH)]
    moment = np.tile(np.arange(EPISODE_LENGTH), 34 * 2)
    played = replay(tasks, jump_at(moment))
    np.testing.assert_array_equal(
        played.is_success, moment == np.array([task.obstacle_position for task in tasks]) - 14
    )


def test_a_rollout_records_an_episode_that_ends_early_as_worked_by_hand():
    # Walking into an obstacle at 20 takes 16 steps.
    played = rollout([Task(20, 10), Task(20, 10, None)], walk)
    assert played.length.tolist() == [16, 16] and not played.is_success.any()
    assert played.action[0].tolist() == [RIGHT] * 16 + [-1] * 40
    assert played.reward[0].tolist() == [1.0] * 15 + [-1.0] + [0.0] * 40
    assert played.state.left[0].tolist() == [*range(17)] + [16] * 40
    assert played.state.is_over[0].tolist() == [False] * 16 + [True] * 41
    assert played.frames is None


def test_act_is_handed_only_the_games_still_running_with_their_stacked_frames():
    tasks = [Task(20, 10), Task(14, 10), Task(30, 10)]
    seen = []

    def act(observation, batch, state):
        seen.append((observation.copy(), batch.obstacle_position.tolist(), state.left.tolist()))
        return walk(observation, batch, state)

    played = rollout(tasks, act, record_frames=True)
    assert [positions for _, positions, _ in seen] == ([[20, 14, 30]] * 10 + [[20, 30]] * 6 + [[30]] * 10)
    assert all(left == [step] * len(left) for step, (_, _, left) in enumerate(seen))
    for step, (observation, _, _) in enumerate(seen):
        previous = np.zeros((3, 60, 60)) if step == 0 else played.frames[:, step - 1]
        running = played.length > step
        np.testing.assert_array_equal(observation, stack_frames(previous, played.frames[:, step])[running])


@pytest.mark.parametrize("color", [None, "red"])
def test_frames_show_the_states_and_rest_on_the_last_one(color):
    tasks = [Task(20, 10, color), Task(30, 15, color)]
    played = rollout(tasks, walk, record_frames=True)
    assert played.frames.shape[:2] == (2, EPISODE_LENGTH + 1)
    batch = TaskBatch.of(tasks)
    state = initial_state(batch)
    for step in range(16):
        np.testing.assert_array_equal(played.frames[:, step], render(batch, state))
        state, _ = transition(batch, state, walk(None, batch, state))
    np.testing.assert_array_equal(played.frames[0, 16:], np.stack([render(batch, state)[0]] * 41))


def test_replaying_the_actions_of_a_rollout_gives_the_same_episode():
    tasks = [Task(20, 10, "green"), Task(33, 0, "red"), Task(47, 40, "red")]
    generator = np.random.default_rng(0)
    played = rollout(tasks, lambda _, batch, state: generator.integers(0, 2, len(batch)), record_frames=True)
    again = replay(tasks, np.maximum(played.action, RIGHT), record_frames=True)
    for name in ("action", "reward", "length", "is_success", "frames"):
        np.testing.assert_array_equal(getattr(again, name), getattr(played, name))
    for one, other in zip(vars(again.state).values(), vars(played.state).values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_rollout_takes_a_batch_as_well_as_tasks():
    tasks = [Task(20, 10), Task(30, 10)]
    batch = TaskBatch.of(tasks)
    one, other = (rollout(given, lambda _, *games: expert_action(*games)) for given in (tasks, batch))
    np.testing.assert_array_equal(one.action, other.action)


def test_replay_wants_one_action_for_each_step_of_each_task():
    with pytest.raises(ValueError, match=r"action has shape \(1, 55\); it must be \(1, 56\)"):
        replay([Task(20, 10)], np.zeros((1, 55), int))


def test_an_illegal_action_of_a_policy_is_an_error():
    with pytest.raises(ValueError, match="action is"):
        rollout([Task(20, 10)], lambda observation, batch, state: np.array([2]))
