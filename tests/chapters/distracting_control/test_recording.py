"""An episode is recorded without a background, and any can be put behind it afterwards."""

import numpy as np
import pytest

from pisces.chapters.distracting_control import recording
from pisces.control.backgrounds import Procedural, Still, video_index
from pisces.control.expert import packaged
from pisces.control.simulation import Seeds, Simulation
from pisces.control.world import WorldSettings

GREEN = Still((0, 200, 0))


@pytest.fixture(scope="module")
def expert():
    return recording.read(recording.packaged())


def film(expert, backgrounds, *, seed=0, size=48):
    return recording.film(expert.bodies, expert.task, backgrounds, seed=seed, size=size)


def test_the_packaged_recording_is_one_of_the_expert(expert):
    assert expert.task == "cartpole-swingup" and expert.bodies.shape == (126, 192, 192, 3)
    act = packaged(expert.task).act
    for state, action in zip(expert.state, expert.action, strict=False):
        np.testing.assert_allclose(act({"state": state}), action, atol=1e-5)
    assert len(expert.reward) == 125 and 800 < expert.reward.sum() < 1000


def test_a_background_is_seen_where_no_body_is(expert):
    shown = film(expert, GREEN, size=192)
    is_body = expert.bodies.any(axis=-1)
    assert (shown[~is_body] == GREEN.color).all()
    np.testing.assert_array_equal(shown[is_body], expert.bodies[is_body])
    # The edge of a small body is between its colour and the background's.
    assert film(expert, GREEN).shape == (126, 48, 48, 3)


def test_the_seed_chooses_what_is_behind_the_bodies_and_leaves_them_alone(expert):
    videos = Procedural.of("training")
    assert video_index(0, 2) != video_index(1, 2)
    one, other = (film(expert, videos, seed=seed, size=192) for seed in (0, 1))
    is_body = expert.bodies.any(axis=-1)
    np.testing.assert_array_equal(one[is_body], other[is_body])
    assert (one[~is_body] != other[~is_body]).mean() > 0.9
    assert (one[0] != one[1])[~(is_body[0] | is_body[1])].mean() > 0.5


def test_a_film_is_what_an_agent_would_have_seen(rendering, expert):
    settings = WorldSettings(
        task=expert.task, size=48, supersampling=4, backgrounds=Procedural.of("training")
    )
    with Simulation(settings, seed=0) as simulation:
        seen = [simulation.reset(Seeds(0, 3)).frame] + [
            simulation.step(action).frame for action in expert.action[:5]
        ]
    difference = np.abs(np.stack(seen).astype(int) - film(expert, Procedural.of("training"), seed=3)[:6])
    # Another graphics library may draw an edge elsewhere.
    assert (difference > 3).mean() < 0.01


@pytest.mark.parametrize("size", [0, 50, 384])
def test_a_size_must_divide_that_of_the_recording(expert, size):
    with pytest.raises(ValueError, match=f"^size is {size}; it must be a divisor of 192$"):
        film(expert, GREEN, size=size)


def test_a_recording_is_kept_as_it_is(rendering, tmp_path):
    made = recording.record("cartpole-swingup", seed=3, size=16)
    assert made.bodies.shape == (126, 16, 16, 3) and made.bodies.any()
    file = tmp_path / "new" / "one.npz"
    recording.write(file, made)
    kept = recording.read(file)
    assert kept.task == made.task
    for name in ("bodies", "state", "action", "reward"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(made, name))


def test_a_file_without_a_recording_is_refused(tmp_path):
    file = tmp_path / "other.npz"
    with pytest.raises(ValueError, match="^file is .*other.npz', which holds no recording"):
        recording.read(file)
    np.savez(file, task="cartpole-swingup")
    for content in (file.read_bytes(), file.read_bytes()[:60], b""):
        file.write_bytes(content)
        with pytest.raises(ValueError, match="which holds no recording"):
            recording.read(file)
