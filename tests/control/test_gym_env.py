import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from pisces.control.backgrounds import Procedural
from pisces.control.gym_env import ControlEnv
from pisces.control.tasks import TASKS


@pytest.fixture(scope="module")
def env(rendering):
    backgrounds = Procedural.of("training")
    env = ControlEnv(task="cartpole-swingup", size=24, backgrounds=backgrounds, render_mode="rgb_array")
    yield env
    env.close()


def test_the_environment_passes_gymnasiums_checker(env):
    check_env(env, skip_render_check=True)  # which makes another environment of each render mode


def test_the_environment_is_registered(rendering):
    with gymnasium.make("pisces/DistractingControl-v0", task="walker-walk", size=24) as env:
        env.reset(seed=0)
        observation, *_ = env.step(env.action_space.sample())
    assert observation["pixels"].shape == (24, 24, 9)


def test_an_episode_is_truncated_at_its_time_limit(env):
    env.reset(seed=0)
    length = TASKS["cartpole-swingup"].num_decisions
    ends = [env.step(np.zeros(1, np.float32))[2:4] for _ in range(length)]
    assert ends == [(False, False)] * (length - 1) + [(False, True)]
    with pytest.raises(gymnasium.error.ResetNeeded, match="no episode is running"):
        env.step(np.zeros(1, np.float32))


def test_the_seeds_of_an_episode_are_told_and_can_be_chosen(env):
    observation, seeds = env.reset(seed=3)
    again, same = env.reset(options=seeds)
    assert seeds == same and set(seeds) == {"task_seed", "background_seed"}
    np.testing.assert_array_equal(observation["pixels"], again["pixels"])
    other, _ = env.reset(options=seeds | {"background_seed": seeds["background_seed"] + 1})
    np.testing.assert_array_equal(observation["state"], other["state"])
    assert (observation["pixels"] != other["pixels"]).any()


def test_the_newest_frame_is_rendered(env):
    assert env.metadata["render_fps"] == pytest.approx(12.5)
    env.reset(seed=0)
    observation, *_ = env.step(np.ones(1, np.float32))
    np.testing.assert_array_equal(env.render(), observation["pixels"][..., 6:])


def test_an_option_that_is_not_there_is_an_error(env):
    with pytest.raises(ValueError, match="options has 'seed'; it must have no others than"):
        env.reset(options={"seed": 0})
    for name in ("task_seed", "background_seed"):
        with pytest.raises(ValueError, match=f"^{name} is -1; it must be an integer from 0 to "):
            env.reset(options={name: -1})


def test_before_an_episode_there_is_nothing_to_render(rendering):
    with ControlEnv(task="reacher-easy", size=16, render_mode="rgb_array") as new:
        with pytest.raises(gymnasium.error.ResetNeeded, match="there was no episode yet; call reset first"):
            new.render()


def test_a_render_mode_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="render_mode is 'human'; it must be None or 'rgb_array'"):
        ControlEnv(render_mode="human")


def test_an_environment_without_pictures_is_an_error():
    with pytest.raises(ValueError, match="size is None; it must be an integer of at least 1"):
        ControlEnv(size=None)
