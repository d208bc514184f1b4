import dataclasses

import numpy as np
import pytest
import tf_keras as keras
import tiny

from pisces import metric
from pisces.jumping import benchmark
from pisces.jumping.presets import preset
from pisces.task import demonstrations, training_tasks


@pytest.fixture(scope="module")
def measured():
    return benchmark.measure(num_updates=1, num_rounds=1)


def test_the_quotients_are_those_of_the_measured_numbers(measured):
    assert all(value > 0 for value in measured.values())
    ratio = measured["reference_milliseconds_per_update"] / measured["milliseconds_per_update"]
    assert measured["ratio"] == pytest.approx(ratio)
    assert measured["share_of_peak"] == pytest.approx(measured["gigaflops"] / measured["peak_gigaflops"])


def test_an_update_is_told_as_images_too(measured):
    assert measured["images_per_update"] == 18 + 128 + 2 * 56
    assert measured["updates_per_second"] == pytest.approx(1e3 / measured["milliseconds_per_update"])
    images = measured["updates_per_second"] * measured["images_per_update"]
    assert measured["images_per_second"] == pytest.approx(images)
    assert measured["gigaflops"] == pytest.approx(images * measured["megaflop_per_image"] / 1e3)


@pytest.mark.parametrize(
    ("native", "expected"), [("float32", ("float32",)), ("mixed_bfloat16", ("float32", "mixed_bfloat16"))]
)
def test_bfloat16_is_measured_where_the_processor_has_it_or_it_is_asked_for(monkeypatch, native, expected):
    monkeypatch.setattr("pisces.precision.native_precision", lambda: native)
    assert benchmark.precisions() == expected
    assert benchmark.precisions("mixed_bfloat16") == ("mixed_bfloat16",)


def test_the_operations_are_those_of_the_layers_counted_by_hand(measured):
    # Output pixels times weights of a kernel, for the three convolutions and the dense layer.
    forward = [225 * 4096, 64 * 32768, 64 * 36864, 4096 * 256]
    num_images = 18 + 128 + 2 * 56
    operations = 2 * (3 * sum(forward) - forward[0]) * num_images
    billions = measured["gigaflops"] * measured["milliseconds_per_update"] / 1e3
    assert billions == pytest.approx(operations / 1e9)


def test_the_plain_update_computes_the_same_metric():
    expert = demonstrations(training_tasks("wide"))
    cost = metric.action_cost(expert.action[0], expert.action[7])
    expected = metric.policy_similarity(cost, discount=0.99)
    np.testing.assert_allclose(benchmark.looped_similarity(expert, 0, 7, discount=0.99), expected)


def test_the_plain_update_learns():
    keras.utils.set_random_seed(0)
    config = dataclasses.replace(
        preset("randconv-pse", grid="wide", reading="reference"), batch_size=8, learning_rate=1e-3
    )
    plain = benchmark.PlainTraining(config)
    losses = [float(plain.update()) for _ in range(100)]
    assert np.mean(losses[-20:]) < np.mean(losses[:20]) - 0.5


def test_updates_of_several_settings_are_measured_in_turns():
    small = tiny.run_config(), tiny.run_config(embedding=tiny.embedding_config(), num_updates=9)
    length = {"num_updates": 1, "num_rounds": 2}
    found = benchmark.milliseconds_per_update(small, **length, precision="float32")
    assert len(found) == 2 and min(found) > 0
    with pytest.raises(ValueError, match="precision is 'half'"):
        benchmark.milliseconds_per_update(small, **length, precision="half")
