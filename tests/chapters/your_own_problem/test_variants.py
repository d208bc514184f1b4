import numpy as np
import pytest

from pisces.chapters.your_own_problem import lakes, variants
from pisces.imitation import PSE

LAKE = (
    "FHFFFFFFFF",
    "SFFFFFFFFH",
    "HHHFHHHHHH",
    "HHHGHHHHHH",
    *("FFFHFFFFHF",) * 6,
)
RIGHT = 2


def test_from_above_the_agent_is_a_pixel_on_the_map():
    [env] = variants.seen_from_above([LAKE])
    observation, _ = env.reset()
    assert env.observation_space.contains(observation)
    for seen, column in ((observation, 0), (env.step(RIGHT)[0], 1)):
        differs = (seen != lakes.picture(LAKE)).any(axis=2)
        assert np.argwhere(differs).tolist() == [[1, column]]
        np.testing.assert_array_equal(seen[1, column], np.float32(variants.AGENT_COLOR))


def test_pooled_convolutions_know_what_is_in_a_picture_and_not_where():
    picture = np.zeros((1, 12, 12, 3), np.float32)
    picture[0, 4, 4] = 1.0
    network = variants.pooled_convolutions(seed=0)
    here, there = (network(np.roll(picture, step, axis=(1, 2)))[0].numpy() for step in ((0, 0), (2, 3)))
    np.testing.assert_allclose(here, there, atol=1e-6)
    other = network(0.5 * picture)[0].numpy()
    assert np.abs(here - other).max() > 1e-3


def test_a_seed_decides_the_weights_of_pooled_convolutions():
    picture = np.random.default_rng(0).random((1, 10, 10, 3), np.float32)
    first, same, other = (variants.pooled_convolutions(seed)(picture)[0].numpy() for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_the_lakes_to_play_are_others_and_their_bridges_new_if_asked_for():
    training, unseen = variants.split(20, 30, is_bridge_new=False, seed=0)
    assert (len(training), len(unseen)) == (20, 30) and not set(training) & set(unseen)
    training, unseen = variants.split(20, 30, is_bridge_new=True, seed=0)
    assert (len(training), len(unseen)) == (20, 30)
    columns = [{variants.bridge_column(lake) for lake in drawn} for drawn in (training, unseen)]
    assert columns == [{2, 4, 6, 8}, {1, 3, 5, 7}]
    assert variants.bridge_column(LAKE) == 3


@pytest.mark.parametrize("num_lakes", [1, 100])
def test_enough_lakes_are_drawn_for_new_bridges(num_lakes):
    for seed in range(5):
        assert all(
            len(drawn) == num_lakes
            for drawn in variants.split(num_lakes, num_lakes, is_bridge_new=True, seed=seed)
        )


def test_each_variant_has_a_student_of_each_kind_for_each_seed_and_a_row_in_the_table():
    pse = PSE(
        discount=0.9,
        contrastive_weight=1.0,
        embedding_size=None,
        inverse_temperature=1.0,
        affinity_scale=None,
    )
    sizes = {"num_training": 3, "num_unseen": 4, "num_updates": 2}
    settings = {"num_actions": 4, "learning_rate": 1e-3, "batch_size": 8}
    shares = variants.solved_by_students([0], pse=pse, **sizes, **settings)
    assert shares.keys() == variants.VARIANTS.keys()
    for of_kind in shares.values():
        assert {kind: share.shape for kind, share in of_kind.items()} == {"imitation": (1,), "pse": (1,)}
        assert all(share[0] * 4 in range(5) for share in of_kind.values())


def test_the_table_shows_means_in_percent():
    half = {"imitation": np.array([0.25, 0.75]), "pse": np.array([1.0, 1.0])}
    shown = variants.table({"above": half})
    [row] = shown.itertuples()
    assert list(row) == ["map from above", "dense layer", "50%", "100%"]
    assert variants.gains({"above": half}) == {"above": 0.5}
