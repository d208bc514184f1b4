"""From a configuration to a figure, through every room."""

import dataclasses

import numpy as np
import pytest

from pisces.chapters.training.figures import learning_curves, solved_boards
from pisces.jumping.config import RandConvConfig
from pisces.jumping.presets import preset
from pisces.jumping.training import Training
from pisces.runs import store
from pisces.runs.making import make
from pisces.task import solved_board

CONFIG = dataclasses.replace(
    preset("randconv-pse", grid="wide", reading="reference"),
    num_updates=2,
    batch_size=16,
    rand_conv=RandConvConfig(num_action_passes=1),
)


def trained(seed, folder):
    make(CONFIG, seed, folder=folder)
    training = Training(CONFIG, seed=seed)
    training.resume(folder / "checkpoint")
    return [variable.numpy() for variable in training.network.trainable_weights]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def weights(folder):
    return {name: trained(seed, folder / name) for name, seed in (("first", 0), ("same", 0), ("other", 1))}


def test_a_run_becomes_figures(weights, folder):
    result = store.read_run(folder / "first")
    (image,) = solved_boards({CONFIG.method: result}).axes[0].images
    np.testing.assert_array_equal(image.get_array(), solved_board(result.solved).T)
    curves = learning_curves({CONFIG.method: result}).axes
    values = (result.imitation_loss, result.embedding_loss, result.solved_share)
    for panel, value in zip(curves, values, strict=True):
        np.testing.assert_array_equal(panel.lines[0].get_xydata(), [[2, value[0]]])


def test_the_same_seed_gives_the_same_run(weights, folder):
    for one, same in zip(weights["first"], weights["same"], strict=True):
        np.testing.assert_array_equal(one, same)
    first, same = store.read_run(folder / "first"), store.read_run(folder / "same")
    np.testing.assert_array_equal(first.solved, same.solved)
    np.testing.assert_array_equal(first.imitation_loss, same.imitation_loss)
    np.testing.assert_array_equal(first.embedding_loss, same.embedding_loss)


def test_another_seed_gives_another_run(weights, folder):
    assert not np.array_equal(weights["first"][0], weights["other"][0])
    first, other = store.read_run(folder / "first"), store.read_run(folder / "other")
    assert first.imitation_loss != other.imitation_loss
