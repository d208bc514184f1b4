import gymnasium
import numpy as np
import pytest
from tf_agents.environments import tf_py_environment, utils

from pisces.task import Task, TaskBatch, stack_frames
from pisces.task.tf_env import JumpingPyEnvironment

GREY = [Task(20, 10), Task(14, 0), Task(33, 40)]
COLORED = [Task(20, 10, "green"), Task(14, 0, "red"), Task(33, 40, "green")]


@pytest.mark.parametrize(("tasks", "shape"), [(GREY, (60, 60, 2)), (COLORED, (60, 60, 6))])
def test_the_environment_passes_tf_agents_validation(tasks, shape):
    environment = JumpingPyEnvironment(tasks)
    assert environment.batched and environment.batch_size == 3
    assert environment.observation_spec().shape == shape
    assert environment.observation_spec().dtype == np.float32
    utils.validate_py_environment(environment, episodes=10)


def test_the_environment_runs_inside_tensorflow():
    environment = tf_py_environment.TFPyEnvironment(JumpingPyEnvironment(GREY))
    environment.reset()
    time_step = environment.step(np.array([0, 0, 1]))
    assert time_step.observation.shape == (3, 60, 60, 2)
    assert time_step.reward.numpy().tolist() == [1.0, 1.0, 1.0]


def test_the_discount_is_zero_on_the_last_step_of_a_game_that_ended_by_itself():
    # Walking into an obstacle at 14 takes 10 steps.
    environment = JumpingPyEnvironment(GREY)
    environment.reset()
    for _ in range(10):
        time_step = environment.step(np.zeros(3, int))
    assert time_step.is_last().tolist() == [False, True, False]
    assert time_step.discount.tolist() == [1.0, 0.0, 1.0]
    assert time_step.reward.tolist() == [1.0, -1.0, 1.0]


def test_the_discount_stays_one_on_the_last_step_of_a_truncated_game():
    environment = JumpingPyEnvironment(GREY, step_limit=10)
    environment.reset()
    for _ in range(10):
        time_step = environment.step(np.zeros(3, int))
    assert time_step.is_last().all()
    assert time_step.discount.tolist() == [1.0, 0.0, 1.0]


def test_a_game_begins_again_on_the_step_after_its_last_one():
    environment = JumpingPyEnvironment(GREY)
    first = environment.reset()
    for _ in range(11):
        time_step = environment.step(np.zeros(3, int))
    assert time_step.is_first().tolist() == [False, True, False]
    assert time_step.reward.tolist() == [1.0, 0.0, 1.0] and time_step.discount.tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_array_equal(time_step.observation[1], first.observation[1])
    assert (first.observation[..., 0] == 0.0).all()


def test_an_observation_is_never_a_live_buffer():
    environment = JumpingPyEnvironment(GREY)
    observation = environment.reset().observation
    kept = observation.copy()
    second = environment.step(np.zeros(3, int)).observation
    np.testing.assert_array_equal(observation, kept)
    second[:] = 7.0
    assert environment.step(np.zeros(3, int)).observation.max() == 1.0


def test_an_illegal_action_is_an_error():
    environment = JumpingPyEnvironment(GREY)
    environment.reset()
    with pytest.raises(ValueError, match="action is"):
        environment.step(np.array([0, 0, 2]))


def test_tasks_and_step_limit_are_checked():
    with pytest.raises(ValueError, match="tasks has no task"):
        JumpingPyEnvironment([])
    with pytest.raises(ValueError, match="step_limit is 0"):
        JumpingPyEnvironment(GREY, step_limit=0)


@pytest.mark.parametrize("tasks", [GREY, COLORED])
def test_the_three_adapters_give_identical_rollouts(tasks):
    batch = TaskBatch.of(tasks)
    settings = [
        {"obstacle_position": task.obstacle_position, "floor_height": task.floor_height} for task in tasks
    ]
    options = {name: [one[name] for one in settings] for name in settings[0]}
    colors = [task.color for task in tasks]
    environment = JumpingPyEnvironment(batch, step_limit=40)
    envs = gymnasium.make_vec(
        "pisces/JumpingTask-v0", 3, vectorization_mode="vector_entry_point", color=colors, step_limit=40
    )
    singles = [
        gymnasium.make("pisces/JumpingTask-v0", **one, color=color, step_limit=40)
        for one, color in zip(settings, colors, strict=True)
    ]
    time_step, frames = environment.reset(), envs.reset(options=options)[0]
    single_frames = [env.reset()[0] for env in singles]
    previous, is_over = np.zeros_like(frames), np.zeros(3, bool)
    generator = np.random.default_rng(0)
    num_ends = 0
    for _ in range(150):
        np.testing.assert_array_equal(frames, single_frames)
        np.testing.assert_array_equal(time_step.observation, stack_frames(previous, frames))
        action = (generator.random(3) < 0.05).astype(int)
        previous, was_over = frames, is_over
        time_step = environment.step(action)
        frames, reward, is_terminal, is_truncated, info = envs.step(action)
        previous[was_over] = 0.0
        for game, env in enumerate(singles):
            if was_over[game]:
                single_frames[game] = env.reset()[0]
                assert time_step.is_first()[game] and reward[game] == 0.0
                continue
            single_frames[game], *rest, single_info = env.step(int(action[game]))
            assert rest == [reward[game], is_terminal[game], is_truncated[game]]
            assert single_info == {name: values[game] for name, values in info.items()}
        is_over = is_terminal | is_truncated
        num_ends += is_over.sum()
        np.testing.assert_array_equal(time_step.reward, reward)
        np.testing.assert_array_equal(time_step.is_last(), is_over)
        np.testing.assert_array_equal(time_step.discount, np.where(is_terminal, 0.0, 1.0))
    assert num_ends >= 9
