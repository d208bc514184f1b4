"""The code makes the runs that it made before: an outcome that moves needs a new name in the keys."""

import json
from pathlib import Path

import numpy as np
import pytest

from pisces.control.config import REACHES
from pisces.jumping.config import EMBEDDING_LOSSES, KERNELS, PAIRS, SCHEDULES
from pisces.jumping.metrics import METRICS
from pisces.lqr.config import AGGREGATIONS, OPTIMIZERS, POLICIES
from pisces.runs import probes
from pisces.runs.origin import provenance
from pisces.task import GRIDS

COMMITTED = json.loads(Path(__file__).with_name("probes.json").read_text())
NAMES = [*probes.TRAINED, *probes.CONTROL, *probes.WHOLE]

# What rounding does to sums of a few updates; where a task is solved by a hair, it turns a whole one.
TOLERANCE = 2e-3
SHARE_THAT_MAY_TURN = 0.1


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_gives_its_committed_numbers(name):
    committed, measured = np.array(COMMITTED["numbers"][name]), np.array(probes.measure(name))
    assert measured.shape == committed.shape
    here = provenance()
    if all(here[part] == COMMITTED["made_with"][part] for part in probes.MADE_WITH):
        np.testing.assert_array_equal(measured, committed)  # nan is itself
        return
    is_far = ~np.isclose(measured, committed, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    assert is_far.mean() <= (SHARE_THAT_MAY_TURN if name == "whole run" else 0)


def test_every_value_of_every_choice_has_a_probe():
    jumping = [*probes.TRAINED.values(), probes.WHOLE["whole run"]]
    embeddings = [config.embedding for config in jumping if config.embedding]
    assert {config.grid for config in jumping} == set(GRIDS)
    assert {one.metric for one in embeddings} == set(METRICS)
    assert {one.loss for one in embeddings} == set(EMBEDDING_LOSSES)
    assert {one.pairs for one in embeddings} == set(PAIRS)
    assert {config.rand_conv.kernels for config in jumping if config.rand_conv} == set(KERNELS)
    assert {config.schedule for config in jumping} == set(SCHEDULES)
    assert any(config.max_shift for config in jumping) and any(config.shift_margin for config in jumping)
    linear = [config for name, config in probes.WHOLE.items() if name != "whole run"]
    assert {config.policy for config in linear} == set(POLICIES)
    assert {config.optimizer for config in linear} == set(OPTIMIZERS)
    assert {config.aggregation for config in linear} == {None, *AGGREGATIONS}
    control = probes.CONTROL.values()
    assert {config.pse.reach for config in control if config.pse} == set(REACHES)
    assert {config.overlay_weight is None for config in control} == {True, False}


def test_no_number_is_kept_that_nothing_measures():
    assert set(COMMITTED["numbers"]) == set(NAMES)
