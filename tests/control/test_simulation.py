import numpy as np
import pytest

from pisces.control.simulation import Seeds, Simulation
from pisces.control.world import WorldSettings


def test_an_observation_is_the_stacked_frames_beside_the_state(simulation):
    moments = [simulation.reset()]
    for _ in range(3):
        moments.append(simulation.step(np.array([0.5, -1.0])))
        observation = simulation.observation(moments[-1])
    assert {name: part.shape for name, part in observation.items()} == simulation.observation_shapes
    assert simulation.observation_shapes == {"pixels": (24, 24, 9), "state": (6,)}
    frames = [moment.frame for moment in moments]
    np.testing.assert_array_equal(observation["pixels"], np.concatenate(frames[1:], axis=-1))
    np.testing.assert_array_equal(observation["state"], moments[-1].state)


def test_an_episode_begins_with_its_first_frame_three_times(simulation):
    simulation.reset()
    simulation.step(np.zeros(2))
    moment = simulation.reset()
    np.testing.assert_array_equal(
        simulation.observation(moment)["pixels"], np.concatenate([moment.frame] * 3, axis=-1)
    )


def test_episodes_are_a_function_of_the_seed_of_the_simulation(simulation):
    def seeds(seed):
        simulation.seed(seed)
        episodes = []
        for _ in range(3):
            simulation.reset()
            episodes.append(simulation.seeds)
        return episodes

    first = seeds(4)
    assert first == seeds(4) != seeds(5)
    assert len(set(first)) == 3


def test_seeds_that_are_given_do_not_change_the_sequence_of_others(simulation):
    simulation.seed(4)
    simulation.reset(Seeds(1, 2))
    simulation.reset()
    given_first = simulation.seeds
    simulation.seed(4)
    simulation.reset()
    assert simulation.seeds == given_first


def test_an_observation_is_never_a_live_buffer(simulation):
    observation = simulation.observation(simulation.reset(Seeds(0, 0)))
    kept = observation["pixels"].copy()
    second = simulation.observation(simulation.step(np.ones(2)))["pixels"]
    np.testing.assert_array_equal(observation["pixels"], kept)
    expected = second[..., 3:].copy()
    second[:] = 0
    third = simulation.observation(simulation.step(np.ones(2)))["pixels"]
    np.testing.assert_array_equal(third[..., :6], expected)


def test_nothing_is_rendered_without_a_size(unseen):
    simulation = unseen("reacher-easy")
    assert list(simulation.observation(simulation.reset())) == ["state"]
    assert simulation.observation_shapes == {"state": (6,)}


@pytest.mark.parametrize("action", [[0.0, 1.5], [np.nan, 0.0], [True, False], ["a", "b"]])
def test_an_action_that_is_not_allowed_is_an_error(simulation, action):
    simulation.reset()
    with pytest.raises(ValueError, match=r"action is \[.*\]; it must be numbers from -1 to 1"):
        simulation.step(np.array(action))


def test_an_action_of_another_shape_is_an_error(simulation):
    simulation.reset()
    with pytest.raises(ValueError, match=r"action has shape \(3,\); it must be \(2,\)"):
        simulation.step(np.zeros(3))


def test_an_action_without_an_episode_is_an_error(physics):
    with Simulation(WorldSettings(task="reacher-easy", size=None), seed=0) as simulation:
        with pytest.raises(ValueError, match="no episode is running; it must be begun by reset"):
            simulation.step(np.zeros(2))


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_that_is_none_is_an_error(seed):
    with pytest.raises(ValueError, match="seed is .*; it must be an integer of at least 0"):
        Simulation(WorldSettings(task="reacher-easy", size=None), seed=seed)


@pytest.mark.parametrize(("task", "background"), [(-1, 0), (0, 2**32), (0.5, 0)])
def test_seeds_of_an_episode_outside_their_range_are_an_error(task, background):
    with pytest.raises(ValueError, match=r"is .*; it must be an integer from 0 to 2\*\*32 - 1"):
        Seeds(task, background)
