"""Worlds are made by a renderer: what is rendered in the process of the tests might meet TensorFlow there."""

import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from pisces.control.backgrounds import Playback, Procedural, Still, Videos
from pisces.control.renderer import Renderer
from pisces.control.tasks import TASKS
from pisces.control.textures import procedural_video
from pisces.control.world import WorldSettings

SIZE = 48
RED, GREEN = (255, 0, 0), (0, 255, 0)


def play(renderer, *, num_decisions=4, task_seed=1, background_seed=0):
    generator = np.random.default_rng(0)
    moments = [renderer.reset(task_seed, background_seed)]
    for _ in range(num_decisions):
        moments.append(renderer.step(generator.uniform(-1, 1, renderer.action_size)))
    return moments


def frames_of(moments):
    return np.stack([moment.frame for moment in moments])


def states_of(moments):
    return np.stack([moment.state for moment in moments])


@pytest.fixture
def folder(tmp_path):
    """Three videos: a red one and a green one that stand still, and one that moves."""
    videos = [Still(RED).video(0, SIZE), Still(GREEN).video(0, SIZE), procedural_video(3, SIZE)]
    for name, video in zip("abc", videos, strict=True):
        (tmp_path / name).mkdir()
        for place, frame in enumerate(video):
            Image.fromarray(frame).save(tmp_path / name / f"{place:03}.png")
    return tmp_path


@pytest.mark.parametrize("task", TASKS)
def test_the_background_is_everywhere_but_where_the_bodies_are(rendering, folder, task):
    backgrounds = Videos(folder)
    with Renderer(WorldSettings(task=task, size=SIZE, backgrounds=backgrounds)) as renderer:
        # Seeds by which the red, the green and the moving video are played.
        red, green, moving = (play(renderer, background_seed=seed) for seed in seeds_of_videos(backgrounds))
    is_body = (frames_of(red) == frames_of(green)).all(-1)
    assert (frames_of(red)[~is_body] == RED).all() and (frames_of(green)[~is_body] == GREEN).all()
    assert 0.002 < is_body.mean() < 0.3
    np.testing.assert_array_equal(frames_of(moving)[is_body], frames_of(red)[is_body])
    # The video goes on by a frame at each step of control, forwards or backwards from wherever it began.
    video = procedural_video(3, SIZE)
    shown = [
        [index for index, one in enumerate(video) if (one == frame)[~body].all()]
        for frame, body in zip(frames_of(moving), is_body, strict=True)
    ]
    assert all(len(indices) == 1 for indices in shown)
    moved = np.abs(np.diff([index for (index,) in shown]))
    assert (moved <= TASKS[task].action_repeat).all()
    assert np.count_nonzero(moved == TASKS[task].action_repeat) >= 3  # but where it turns round
    np.testing.assert_array_equal(states_of(moving), states_of(red))


def seeds_of_videos(backgrounds):
    first_pixels = [backgrounds.video(index, 1)[0] for index in range(2)]
    found, playback = {}, Playback(backgrounds, 1)
    for seed in range(100):
        playback.begin(seed)
        frame = playback.frame(0)
        index = next((i for i, pixel in enumerate(first_pixels) if (pixel == frame).all()), 2)
        found.setdefault(index, seed)
    return [found[index] for index in range(3)]


def test_with_supersampling_edges_are_soft_and_all_else_is_the_same(rendering):
    settings = WorldSettings(task="cartpole-swingup", size=SIZE)
    with Renderer(settings) as one, Renderer(dataclasses.replace(settings, supersampling=4)) as other:
        hard, soft = play(one), play(other)
    np.testing.assert_array_equal(states_of(hard), states_of(soft))
    colors = [len(np.unique(frames_of(played).reshape(-1, 3), axis=0)) for played in (hard, soft)]
    assert colors[1] > 2 * colors[0]
    differs = (frames_of(hard) != frames_of(soft)).any(-1)
    assert 0 < differs.mean() < 0.1


def test_a_world_is_a_function_of_its_seeds(rendering):
    settings = WorldSettings(task="cartpole-swingup", size=SIZE, backgrounds=Procedural((3, 4)))
    with Renderer(settings) as one, Renderer(settings) as another:
        first, again = play(one), play(another)
        other_task, other_background = play(one, task_seed=2), play(one, background_seed=1)
    np.testing.assert_array_equal(frames_of(first), frames_of(again))
    np.testing.assert_array_equal(states_of(first), states_of(again))
    assert (states_of(other_task) != states_of(first)).any()
    np.testing.assert_array_equal(states_of(other_background), states_of(first))
    assert (frames_of(other_background) != frames_of(first)).mean() > 0.8


@pytest.mark.parametrize("task", TASKS)
def test_an_episode_leaves_nothing_to_the_next(unseen, task):
    renderer = unseen(task).renderer
    states = [states_of(play(renderer, task_seed=seed)) for seed in (5, 6, 5)]
    np.testing.assert_array_equal(states[0], states[2])
    assert (states[0] != states[1]).any()


def test_an_action_lasts_as_long_as_the_steps_of_control_that_it_is_repeated_for(unseen):
    # Steps of 0.01 and of 0.025 seconds, 8 and 2 times.
    assert unseen("cartpole-swingup").renderer.decision_seconds == pytest.approx(0.08)
    assert unseen("walker-walk").renderer.decision_seconds == pytest.approx(0.05)


def test_a_state_has_a_name_for_each_number(unseen):
    renderer = unseen("walker-walk").renderer
    assert renderer.reset(0, 0).state.shape == (len(renderer.state_names),)
    assert renderer.state_names[13:16] == ("orientations[13]", "height", "velocity[0]")


ORACLE = """
import json
import numpy as np
from dm_control import suite

environment = suite.load("cartpole", "swingup", task_kwargs={"random": 1})
environment.reset()
generator, rows = np.random.default_rng(0), []
for _ in range(3):
    action, reward = generator.uniform(-1, 1, 1), 0.0
    for _ in range(8):
        time_step = environment.step(action)
        reward += time_step.reward
    rows.append([reward, *time_step.observation["position"], *time_step.observation["velocity"]])
print(json.dumps(rows))
"""


def test_an_action_is_repeated_and_its_rewards_are_summed(unseen):
    environment = os.environ | {"MUJOCO_GL": "disable"}
    output = subprocess.run(
        [sys.executable, "-c", ORACLE], env=environment, capture_output=True, text=True, check=True
    ).stdout
    moments = play(unseen("cartpole-swingup").renderer, num_decisions=3)
    rows = [[moment.reward, *moment.state] for moment in moments[1:]]
    np.testing.assert_allclose(rows, json.loads(output), rtol=1e-6)
    assert moments[0].reward == 0.0 and moments[0].frame is None


@pytest.mark.parametrize("task", ["cartpole", "", None, 3])
def test_a_task_that_is_not_there_is_an_error(task):
    with pytest.raises(ValueError, match="task is .*; it must be one of ball-in-cup-catch, cartpole-swingup"):
        WorldSettings(task=task, size=84)


@pytest.mark.parametrize("size", [0, -1, 48.5, "84"])
def test_a_size_that_is_none_is_an_error(size):
    with pytest.raises(ValueError, match="size is .*; it must be None or an integer of at least 1"):
        WorldSettings(task="reacher-easy", size=size)


@pytest.mark.parametrize("supersampling", [0, 1.5, None])
def test_a_supersampling_that_is_none_is_an_error(supersampling):
    with pytest.raises(ValueError, match="supersampling is .*; it must be an integer of at least 1"):
        WorldSettings(task="reacher-easy", size=48, supersampling=supersampling)
