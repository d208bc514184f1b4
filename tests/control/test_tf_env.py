import os
import signal

import numpy as np
import pytest
from tf_agents.environments import tf_py_environment, utils

from pisces.control.backgrounds import Procedural
from pisces.control.renderer import RendererError
from pisces.control.simulation import Seeds
from pisces.control.tasks import TASKS
from pisces.control.tf_env import ControlPyEnvironment
from pisces.control.world import WorldSettings


@pytest.fixture(scope="module")
def environment(rendering):
    settings = WorldSettings(task="cartpole-swingup", size=24, backgrounds=Procedural.of("training"))
    environment = ControlPyEnvironment(settings, seed=0)
    yield environment
    environment.close()


def test_the_environment_passes_tf_agents_validation(environment):
    assert environment.observation_spec()["pixels"].shape == (24, 24, 9)
    assert environment.observation_spec()["state"].shape == (5,)
    utils.validate_py_environment(environment, episodes=2)


def test_the_environment_without_pictures_passes_too(physics):
    environment = ControlPyEnvironment(WorldSettings(task="walker-walk", size=None), seed=0)
    assert list(environment.observation_spec()) == ["state"]
    utils.validate_py_environment(environment, episodes=1)
    environment.close()


def test_the_environment_runs_inside_tensorflow(rendering):
    settings = WorldSettings(task="cartpole-swingup", size=24)
    in_tensorflow = tf_py_environment.TFPyEnvironment(ControlPyEnvironment(settings, seed=0))
    in_tensorflow.reset()
    time_step = in_tensorflow.step(np.array([[0.5]], np.float32))
    assert time_step.observation["pixels"].shape == (1, 24, 24, 9)
    assert time_step.observation["pixels"].dtype == "uint8"
    in_tensorflow.close()


def test_the_discount_is_one_at_the_time_limit_and_the_next_step_begins_anew(environment):
    environment.reset()
    for _ in range(TASKS["cartpole-swingup"].num_decisions):
        time_step = environment.step(np.zeros(1, np.float32))
    assert time_step.is_last() and time_step.discount == 1.0
    time_step = environment.step(np.zeros(1, np.float32))
    assert time_step.is_first() and time_step.reward == 0.0


def test_a_certain_episode_can_be_begun(environment):
    first = environment.restart(Seeds(4, 5))
    environment.step(np.ones(1, np.float32))
    again = environment.restart(Seeds(4, 5))
    assert again.is_first() and environment.current_time_step() is again
    np.testing.assert_array_equal(first.observation["pixels"], again.observation["pixels"])
    assert environment.step(np.ones(1, np.float32)).is_mid()


def test_episodes_are_a_function_of_the_seed(environment):
    def first_states(seed):
        environment.seed(seed)
        return [environment.reset().observation["state"].tolist() for _ in range(2)]

    assert first_states(3) == first_states(3) != first_states(4)


def test_a_killed_renderer_is_one_error(physics):
    environment = ControlPyEnvironment(WorldSettings(task="reacher-easy", size=None), seed=0)
    environment.reset()
    os.kill(environment.simulation.renderer.process_id, signal.SIGKILL)
    with pytest.raises(RendererError, match="was killed by signal 9"):
        environment.step(np.zeros(2, np.float32))
