import numpy as np
import pytest

from pisces.control.frames import stack_frames
from pisces.control.replay import Replay

SIZE = 2


def filled(replay, *, lengths, seed=0):
    """Adds episodes, the last of which goes on; returns each transition with the numbers of its frames."""
    generator, transitions, added = np.random.default_rng(seed), [], 0
    for place, length in enumerate(lengths):
        frames = generator.integers(256, size=(length + 1, SIZE, SIZE, 3), dtype=np.uint8)
        first = added
        replay.begin(frames[0])
        for time in range(length):
            is_last = time == length - 1 and place < len(lengths) - 1
            action, reward = generator.uniform(-1, 1, 1).astype(np.float32), float(len(transitions))
            discount = float(not is_last or place % 2)
            replay.add(action, reward=reward, discount=discount, frame=frames[time + 1], is_last=is_last)
            transitions.append(
                {
                    "frames": range(first + max(time - 2, 0), first + time + 2),
                    "pixels": stack_frames(frames[: time + 1]),
                    "action": action,
                    "reward": reward,
                    "discount": discount,
                    "next_pixels": stack_frames(frames[: time + 2]),
                }
            )
        added += length + 1
    return transitions, added


@pytest.mark.parametrize("capacity", [3, 4, 5, 7, 12, 50])
@pytest.mark.parametrize("lengths", [(1,), (4,), (1, 1, 1, 2), (3, 5, 2, 4), (2, 9), (6, 1, 6)])
def test_what_is_sampled_is_every_transition_whose_frames_are_all_there(capacity, lengths):
    replay = Replay(capacity, size=SIZE, action_size=1)
    transitions, added = filled(replay, lengths=lengths)
    kept = [one for one in transitions if one["frames"][0] >= added - capacity]
    assert replay.num_transitions == len(kept)
    if not kept:
        return
    drawn = replay.sample(300, np.random.default_rng(1))
    assert set(drawn.reward.tolist()) == {one["reward"] for one in kept}
    for place in range(300):
        expected = transitions[int(drawn.reward[place])]
        for name in ("pixels", "next_pixels", "action", "discount"):
            np.testing.assert_array_equal(getattr(drawn, name)[place], expected[name])


def test_transitions_are_drawn_uniformly_and_the_generator_decides():
    replay = Replay(50, size=SIZE, action_size=1)
    filled(replay, lengths=(3, 5, 2))
    draws = [replay.sample(2000, np.random.default_rng(seed)).reward for seed in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).any()
    counts = np.bincount(draws[0].astype(int))
    assert len(counts) == 10 and counts.min() > 120


def test_a_hundred_thousand_frames_of_the_paper_fit_in_memory():
    assert Replay(100, size=84, action_size=6).num_bytes * 1000 < 2.2e9


def test_a_sample_is_no_view_of_the_buffer():
    replay = Replay(10, size=SIZE, action_size=1)
    filled(replay, lengths=(4,))
    before = replay.sample(5, np.random.default_rng(0))
    for array in before:
        array[...] = 0
    assert (replay.sample(5, np.random.default_rng(0)).pixels != 0).any()


@pytest.mark.parametrize("capacity", [6, 30])
def test_a_buffer_that_is_restored_goes_on_as_the_other_does(capacity):
    replay, other = (Replay(capacity, size=SIZE, action_size=1) for _ in range(2))
    filled(replay, lengths=(3, 5, 2))
    other.restore({name: array.copy() for name, array in replay.state().items()})
    for one in (replay, other):
        one.add(np.zeros(1), reward=100.0, discount=1.0, frame=np.ones((SIZE, SIZE, 3)), is_last=True)
        filled(one, lengths=(2,), seed=1)
    assert replay.num_transitions == other.num_transitions
    for one, same in zip(*(one.sample(40, np.random.default_rng(0)) for one in (replay, other)), strict=True):
        np.testing.assert_array_equal(one, same)


def test_a_state_of_another_size_is_refused():
    replay = Replay(10, size=3, action_size=1)
    other = Replay(10, size=SIZE, action_size=1)
    filled(other, lengths=(4,))
    with pytest.raises(
        ValueError, match=r"^state has frame of shape \(5, 2, 2, 3\); it must be \(5, 3, 3, 3\)"
    ):
        replay.restore(other.state())


def test_an_empty_buffer_and_a_decision_outside_of_an_episode_are_errors():
    replay = Replay(10, size=SIZE, action_size=1)
    with pytest.raises(ValueError, match="replay holds no transition"):
        replay.sample(1, np.random.default_rng(0))
    frame = np.zeros((SIZE, SIZE, 3))
    decision = {"reward": 0.0, "discount": 1.0, "frame": frame, "is_last": True}
    with pytest.raises(ValueError, match="no episode is running; it must be begun by begin"):
        replay.add(np.zeros(1), **decision)
    replay.begin(frame)
    replay.add(np.zeros(1), **decision)
    with pytest.raises(ValueError, match="no episode is running"):
        replay.add(np.zeros(1), **decision)
    with pytest.raises(ValueError, match="capacity is 2; it must be an integer of at least 3"):
        Replay(2, size=SIZE, action_size=1)
