import numpy as np
import pytest

from pisces.control.episode import replay, rollout
from pisces.control.simulation import Seeds
from pisces.control.tasks import TASKS


def test_the_same_actions_before_two_backgrounds_have_the_same_states_and_other_pictures(simulation):
    generator = np.random.default_rng(0)
    played = rollout(simulation, lambda _: generator.uniform(-1, 1, 2), seeds=Seeds(3, 0))
    one, other = (replay(simulation, played.action, seeds=Seeds(3, background)) for background in (0, 1))
    for replayed in (one, other):
        np.testing.assert_array_equal(replayed.action, played.action)
        np.testing.assert_array_equal(replayed.state, played.state)
        np.testing.assert_array_equal(replayed.reward, played.reward)
    np.testing.assert_array_equal(one.frames, played.frames)
    is_background = (one.frames != other.frames).any(-1)
    assert 0.7 < is_background.mean() < 1


def test_a_rollout_goes_to_the_end_and_has_a_frame_before_and_after_each_decision(simulation):
    seen = []

    def act(observation):
        seen.append(observation["pixels"])
        return np.zeros(2)

    episode = rollout(simulation, act)
    length = TASKS["reacher-easy"].num_decisions
    assert len(seen) == len(episode.action) == len(episode.reward) == length
    assert episode.frames.shape == (length + 1, 24, 24, 3) and episode.frames.dtype == np.uint8
    assert episode.state.shape == (length + 1, 6)
    assert episode.seeds == simulation.seeds and not episode.is_terminal
    with pytest.raises(ValueError, match=f"time is {length + 1}; it must be an integer from 0 to {length}"):
        episode.pixels(length + 1)
    for time in (0, 1, 2, 100):
        np.testing.assert_array_equal(episode.pixels(time), seen[time])


def test_a_replay_ends_with_the_actions(simulation):
    episode = replay(simulation, np.zeros((3, 2)), seeds=Seeds(0, 0))
    assert len(episode.action) == 3 and len(episode.state) == 4


def test_a_policy_that_sees_the_state_needs_no_pictures(unseen):
    simulation = unseen("cartpole-swingup")
    episode = rollout(simulation, lambda observation: np.sign(observation["state"][:1]))
    assert episode.frames is None
    assert set(np.unique(episode.action)) <= {-1.0, 0.0, 1.0}
    with pytest.raises(ValueError, match="frames is None; it must be there"):
        episode.pixels(0)


@pytest.mark.parametrize("shape", [(0, 2), (2,)])
def test_actions_of_another_shape_are_an_error(simulation, shape):
    with pytest.raises(ValueError, match=r"action has shape .*; it must be \(T, 2\)"):
        replay(simulation, np.zeros(shape), seeds=Seeds(0, 0))
