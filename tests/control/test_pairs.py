import numpy as np
import oracles
import pytest
from walk import make_walk

from pisces.control.backgrounds import Still, video_index
from pisces.control.episode import Episode
from pisces.control.frames import stack_frames
from pisces.control.pairs import EpisodePair, Pairs, record_pairs
from pisces.control.simulation import Seeds


def expert(observation):
    return np.array([-observation["state"][0], 0.5])


@pytest.fixture
def recorded():
    return record_pairs(make_walk(), expert, num_pairs=3, discount=0.9, seed=0)


def episode(length, *, seed=0):
    generator = np.random.default_rng(seed)
    return Episode(
        Seeds(0, seed),
        generator.uniform(-1, 1, (length, 2)).astype(np.float32),
        np.zeros(length),
        np.zeros((length + 1, 1), np.float32),
        generator.integers(256, size=(length + 1, 4, 4, 3), dtype=np.uint8),
        False,
    )


def times(pixels, seen):
    """When each of some states was seen in an episode; empty if they are not of it."""
    return [
        time
        for state in pixels
        for time in range(len(seen.action))
        if np.array_equal(state, stack_frames(seen.frames[: time + 1]))
    ]


def test_the_distance_is_the_metric_of_mean_actions_by_hand():
    x, y = episode(2), episode(2, seed=1)
    x.action[:], y.action[:] = [[0, 0], [1, 1]], [[0.5, 0], [1, 0]]
    # l1: 0.5 and 1 for the first state of x, 1.5 and 1 for its second; the corner adds half of its 1.
    expected = [[0.5 + 0.5 * 1.0, 1.0 + 0.5 * 1.0], [1.5 + 0.5 * 1.0, 1.0]]
    np.testing.assert_allclose(EpisodePair.of(x, y, discount=0.5).distance, expected)


def test_states_at_the_same_time_are_at_distance_0_and_look_different(recorded):
    for pair in recorded.pairs:
        assert pair.distance.shape == (9, 9) and pair.distance.dtype == np.float32
        assert (np.diag(pair.distance) == 0).all() and pair.distance.sum() > 0
        np.testing.assert_array_equal(pair.frames_x[:, :8], pair.frames_y[:, :8])
        assert (pair.frames_x[:, 8:] != pair.frames_y[:, 8:]).any((1, 2, 3)).all()


def test_the_two_episodes_of_a_pair_show_different_videos():
    simulation, seeds = make_walk(), []
    begin = simulation.reset

    def reset(given):
        seeds.append(given)
        return begin(given)

    simulation.reset = reset
    record_pairs(simulation, expert, num_pairs=20, discount=0.9, seed=0)
    for one, other in zip(seeds[::2], seeds[1::2], strict=True):
        assert one.task == other.task
        assert video_index(one.background, 2) != video_index(other.background, 2)
    assert len({one.task for one in seeds}) == 20


def test_the_second_episode_of_a_pair_may_be_before_backgrounds_of_another_world():
    simulation, other, seeds = make_walk(), make_walk(), {}
    for name, world in (("first", simulation), ("second", other)):
        begin = world.reset

        def reset(given, name=name, begin=begin):
            seeds.setdefault(name, []).append(given)
            return begin(given)

        world.reset = reset
    pairs = record_pairs(simulation, expert, num_pairs=9, discount=0.9, seed=0, other=other).pairs
    assert [one.task for one in seeds["first"]] == [one.task for one in seeds["second"]]
    videos = {
        (video_index(a.background, 2), video_index(b.background, 2))
        for a, b in zip(*seeds.values(), strict=True)
    }
    assert len(videos) == 4
    assert all((np.diag(pair.distance) == 0).all() for pair in pairs)


def test_the_seed_decides_the_pairs(recorded):
    for seed, is_same in ((0, True), (1, False)):
        other = record_pairs(make_walk(), expert, num_pairs=3, discount=0.9, seed=seed)
        found = [
            np.array_equal(one.frames_x, two.frames_x)
            for one, two in zip(recorded.pairs, other.pairs, strict=True)
        ]
        assert found == [is_same] * 3


def test_what_is_drawn_are_stacks_of_frames_and_their_distances():
    x, y = episode(8), episode(8, seed=1)
    pair = EpisodePair.of(x, y, discount=0.9)
    batch = Pairs([pair]).sample(np.random.default_rng(0), num_anchors=3, num_candidates=5)
    assert batch.pixels_x.shape == (5, 4, 4, 9) and batch.pixels_y.shape == (3, 4, 4, 9)
    assert batch.distance.shape == (5, 3) and batch.distance.dtype == np.float32
    is_swapped = not times(batch.pixels_x, x)
    first, second, distance = (y, x, pair.distance.T) if is_swapped else (x, y, pair.distance)
    time_x, time_y = times(batch.pixels_x, first), times(batch.pixels_y, second)
    assert len(set(time_x)) == 5 and len(time_y) == 3 and set(time_y) <= set(time_x)
    np.testing.assert_array_equal(batch.distance, distance[np.ix_(time_x, time_y)])
    cost = [[np.abs(a - b).sum() for b in y.action] for a in x.action]
    np.testing.assert_allclose(pair.distance, oracles.policy_similarity(cost, discount=0.9), rtol=1e-5)


def test_both_episodes_have_the_anchors_at_times(recorded):
    generator = np.random.default_rng(0)
    backgrounds = {
        recorded.sample(generator, num_anchors=2, num_candidates=None).pixels_y[0, 8:].tobytes()
        for _ in range(60)
    }
    assert len(backgrounds) == 6  # three pairs, and either of two


def test_shorter_episodes_give_all_of_their_states(recorded):
    batch = recorded.sample(np.random.default_rng(0), num_anchors=128, num_candidates=None)
    assert len(batch.pixels_x) == len(batch.pixels_y) == 9
    batch = recorded.sample(np.random.default_rng(0), num_anchors=2, num_candidates=None)
    assert batch.distance.shape == (9, 2)
    np.testing.assert_array_equal(batch.distance.min(axis=0), 0)


def test_pairs_say_their_memory(recorded):
    assert recorded.num_bytes == 3 * (2 * 9 * 16 * 16 * 3 + 9 * 9 * 4)


def test_what_makes_no_pair_is_refused(recorded):
    for change, message in (
        ({"num_anchors": 0}, "num_anchors is 0; it must be an integer of at least 1"),
        (
            {"num_candidates": 1},
            "num_candidates is 1; it must be None or an integer of at least num_anchors, 2",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            recorded.sample(np.random.default_rng(0), **({"num_anchors": 2, "num_candidates": 2} | change))
    with pytest.raises(ValueError, match="pairs is empty; it must hold at least one"):
        Pairs([])
    with pytest.raises(ValueError, match="y has 4 decisions; it must have those of x, 3"):
        EpisodePair.of(episode(3), episode(4), discount=0.9)
    with pytest.raises(ValueError, match="backgrounds has 1 video; it must have at least 2 for pairs"):
        record_pairs(make_walk(backgrounds=Still()), expert, num_pairs=1, discount=0.9, seed=0)
