import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from pisces import learn
from pisces.imitation import PSE, Demonstration, encoder, load


def joined(demonstrations):
    parts = [(one.observation, one.action) for one in demonstrations]
    return map(np.concatenate, zip(*parts, strict=True))


@pytest.mark.parametrize("has_pse", [True, False])
def test_training_imitates_what_was_shown(make_imitator, demonstrations, has_pse):
    imitator = make_imitator() if has_pse else make_imitator(pse=None)
    losses = np.concatenate([imitator.train(number) for number in (1, 99)])
    assert losses.shape == (100, 2)
    assert losses[-10:, 0].mean() < 0.3 * losses[:10, 0].mean()
    assert (losses[:, 1] > 0).all() == has_pse
    observation, action = joined(demonstrations)
    np.testing.assert_array_equal(imitator.act(observation), action)
    np.testing.assert_array_equal(imitator.probability(observation).argmax(axis=1), action)
    np.testing.assert_allclose(imitator.probability(observation).sum(axis=1), 1, rtol=1e-5)


def test_the_same_seed_trains_the_same_policy_and_another_one_another(make_imitator, demonstrations):
    def trained(**settings):
        imitator = make_imitator(**settings)
        imitator.train(3)
        return imitator.probability(demonstrations[0].observation)

    np.testing.assert_array_equal(trained(), trained())
    assert not np.array_equal(trained(), trained(seed=1))


def test_embeddings_come_near_where_the_metric_says_so(make_imitator, demonstrations, pse):
    x, y = demonstrations[:2]
    is_near = pse.distance(x, y) == 0
    assert is_near.any() and not is_near.all()
    # So wide that a ReLU that is dead from the start does no harm, whatever the seed.
    imitator = make_imitator(pse=dataclasses.replace(pse, embedding_size=32))
    imitator.train(300)
    cosine = learn.cosine_similarity(imitator.embedding(x.observation), imitator.embedding(y.observation))
    assert cosine.numpy()[is_near].mean() > cosine.numpy()[~is_near].mean() + 0.2


def test_the_loss_has_the_settings_of_the_embedding(pse):
    stream = np.random.default_rng(0)
    arrays = [stream.normal(size=(4, 3)), stream.normal(size=(5, 3)), stream.uniform(size=(4, 5))]
    tensors = [tf.constant(array, tf.float32) for array in arrays]
    expected = learn.contrastive_loss(*tensors, inverse_temperature=2.0, affinity_scale=0.5)
    assert float(pse.loss(*tensors)) == float(expected)


def test_a_metric_and_a_loss_of_ones_own_replace_those_of_the_paper(make_imitator, pse):
    asked = []

    class Own(PSE):
        def distance(self, demonstration_x, demonstration_y):
            asked.append((len(demonstration_x), len(demonstration_y)))
            return np.full(asked[-1], 3.0)

        def loss(self, embedding_x, embedding_y, distance):
            return tf.reduce_mean(distance)

    imitator = make_imitator(pse=Own(**dataclasses.asdict(pse)))
    assert asked == [(4, 6), (4, 5), (6, 5)]
    np.testing.assert_allclose(imitator.train(2)[:, 1], 3.0)


def test_without_projection_the_features_are_the_embedding(make_imitator, pse, demonstrations):
    imitator = make_imitator(
        pse=dataclasses.replace(pse, embedding_size=None), encoder=keras.layers.Flatten()
    )
    observation = demonstrations[0].observation
    np.testing.assert_allclose(imitator.embedding(observation), observation.reshape(4, -1))


def test_with_a_shift_moved_pictures_ask_for_the_same_action(make_imitator):
    pictures = np.zeros((2, 6, 6, 1), np.float32)
    pictures[:, 2, 2, 0] = 1, -1
    shown = [Demonstration(pictures, [0, 1])] * 2
    moved = np.concatenate(
        [np.roll(pictures, (down, right), (1, 2)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    )
    settings = {"demonstrations": shown, "num_actions": 2, "pse": None}
    hits = {}
    for shift in (None, learn.RandomShift(max_shift=1)):
        layer = encoder(filters=(), feature_size=16, seed=0)
        imitator = make_imitator(encoder=layer, shift=shift, **settings)
        imitator.train(150)
        hits[shift] = (imitator.act(moved) == np.tile([0, 1], 9)).mean()
    still, with_shift = hits.values()
    assert with_shift == 1 and still < 1


def test_a_shift_is_for_pictures(make_imitator):
    flat = [Demonstration(np.ones((3, 4)), [0, 1, 2])] * 2
    with pytest.raises(
        ValueError, match=r"^shift is given for observations of shape \[4\]; it must be None for"
    ):
        make_imitator(demonstrations=flat, shift=learn.RandomShift(max_shift=1))


def test_a_saved_policy_acts_alike_in_a_fresh_process(make_imitator, demonstrations, tmp_path):
    imitator = make_imitator()
    imitator.train(30)
    imitator.save(tmp_path / "policy")
    observation, _ = joined(demonstrations)
    np.save(tmp_path / "observation.npy", observation)
    code = f"""
import numpy as np
from pisces.imitation import load
act = load({str(tmp_path / "policy")!r})
np.save({str(tmp_path / "action.npy")!r}, act(np.load({str(tmp_path / "observation.npy")!r})))
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(tmp_path / "action.npy"), imitator.act(observation))


def test_a_loaded_policy_takes_what_the_imitator_takes(make_imitator, demonstrations, tmp_path):
    imitator = make_imitator()
    imitator.save(tmp_path)
    act, observation = load(tmp_path), demonstrations[0].observation
    expected = imitator.act(observation)
    for given in (observation.astype(np.float64), observation.tolist(), tf.constant(observation)):
        np.testing.assert_array_equal(act(given), expected)
        np.testing.assert_array_equal(imitator.act(given), expected)
    assert act(observation[:0]).shape == imitator.act(observation[:0]).shape == (0,)


@pytest.mark.parametrize("wrong", [np.zeros((2, 5)), np.zeros((3, 2, 1)), 0.0, "frame", [[1.0], [1.0, 2.0]]])
def test_what_is_no_observation_is_refused(make_imitator, tmp_path, wrong):
    imitator = make_imitator(pse=None)
    imitator.save(tmp_path)
    for ask in (imitator.act, imitator.probability, imitator.embedding, load(tmp_path)):
        with pytest.raises(ValueError, match=r"^observation .* must be numbers of shape \[B, 3, 2, 1\]$"):
            ask(wrong)


def test_a_folder_without_policy_is_an_error(tmp_path):
    with pytest.raises(OSError, match="does not exist"):
        load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_actions": 1}, "^num_actions is 1; it must be an integer of at least 2"),
        ({"num_actions": 2.5}, "^num_actions is 2.5; it must be an integer"),
        ({"num_actions": 2}, r"^action has 2; it must lie in \[0, 2\)"),
        ({"batch_size": 0}, "^batch_size is 0; it must be an integer of at least 1"),
        ({"batch_size": True}, "^batch_size is True; it must be an integer"),
        ({"learning_rate": 0.0}, "^learning_rate is 0.0; it must be a finite number above 0"),
        ({"learning_rate": np.full((2, 9), 0.1)}, r"^learning_rate is array\(.*; it must be a finite number"),
        ({"seed": -1}, "^seed is -1; it must be an integer of at least 0"),
        ({"demonstrations": []}, "^demonstrations has 0 entries"),
        ({"demonstrations": [Demonstration([[0.0]], [0])]}, "^demonstrations has 1 entries"),
    ],
)
def test_a_setting_outside_its_range_is_refused(make_imitator, settings, message):
    with pytest.raises(ValueError, match=message):
        make_imitator(**settings)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("discount", 1.0),
        ("inverse_temperature", 0.0),
        ("affinity_scale", 0.0),
        ("contrastive_weight", -1.0),
        ("embedding_size", 0),
        ("inverse_temperature", np.ones((2, 9))),
        ("affinity_scale", "0.1"),
        ("embedding_size", 2.0),
    ],
)
def test_a_setting_of_the_embedding_outside_its_range_is_refused(pse, field, value):
    with pytest.raises(ValueError, match=f"^{field} ") as refusal:
        dataclasses.replace(pse, **{field: value})
    assert "\n" not in str(refusal.value)


def test_numbers_of_numpy_are_as_good_as_those_of_python(make_imitator, pse, demonstrations):
    counts = {"num_actions": 3, "batch_size": 16, "seed": 0}
    numpys = {name: np.int64(number) for name, number in counts.items()}
    theirs = make_imitator(**numpys, pse=dataclasses.replace(pse, embedding_size=np.int64(4)))
    np.testing.assert_array_equal(theirs.train(np.int64(12)), make_imitator(**counts).train(12))


@pytest.mark.parametrize("num_updates", [-1, 1.0, True, None])
def test_a_number_of_updates_that_is_none_is_refused(make_imitator, num_updates):
    with pytest.raises(ValueError, match="^num_updates is .*; it must be an integer of at least 0"):
        make_imitator(pse=None).train(num_updates)


def test_an_imitator_does_not_begin_with_what_another_has_learned(make_imitator):
    network = encoder(filters=(), feature_size=8, seed=0)
    make_imitator(encoder=network).train(50)
    with pytest.raises(
        ValueError, match="^encoder is one that another Imitator trains; it must be a new one"
    ):
        make_imitator(encoder=network, pse=None)


def test_imitators_to_compare_begin_with_the_same_weights(make_imitator, demonstrations):
    made = [make_imitator(), make_imitator(pse=None)]
    observation = demonstrations[0].observation
    np.testing.assert_array_equal(*[one.probability(observation) for one in made])
    first, plain = (one.train(1)[0, 0] for one in made)
    assert first == plain


def test_many_imitators_in_a_row_draw_no_warning_of_tensorflow(make_imitator, retracing_warnings):
    for seed in range(7):
        make_imitator(seed=seed).train(1)
    assert retracing_warnings() == []
