"""The table of kinds says of runs what is true of them."""

import dataclasses

import numpy as np
import pytest
import tiny

from pisces.runs.kinds import JUMPING, KINDS, LQR, kind_of
from pisces.runs.making import make

CONFIGS = {JUMPING: tiny.run_config(), LQR: tiny.lqr_config()}


@pytest.fixture(scope="module", params=KINDS.values(), ids=KINDS)
def made(request):
    """A kind, and a result of it."""
    return request.param, make(CONFIGS[request.param], 3)


def test_a_configuration_has_one_kind():
    assert all(kind_of(config) is kind for kind, config in CONFIGS.items())
    assert all(KINDS[kind.name] is kind for kind in CONFIGS)


def test_the_table_names_every_field_of_a_result_and_the_type_of_every_array(made):
    kind, result = made
    fields = {field.name for field in dataclasses.fields(result)}
    common = {"config", "seed", "seconds", "provenance"}
    assert isinstance(result, kind.result)
    assert set(kind.arrays) | set(kind.numbers) | common == fields
    for name, (dtype, num_axes) in kind.arrays.items():
        array = getattr(result, name)
        assert (array.dtype.kind, array.ndim) == (np.dtype(dtype).kind, num_axes)
    assert all(isinstance(getattr(result, name), float) for name in kind.numbers)


def test_a_result_has_a_score_that_its_unit_can_write(made):
    kind, result = made
    assert np.isfinite(kind.score(result))
    assert float(kind.unit.text(kind.score(result))) == pytest.approx(
        kind.unit.factor * kind.score(result), abs=0.1
    )


def test_a_configuration_can_be_shortened_and_named(made):
    kind, result = made
    shorter = dataclasses.replace(result.config, **{kind.length: 2})
    assert getattr(shorter, kind.length) == 2
    assert result.config.method in kind.label(result.config)
