"""The table of kinds says of runs what is true of them."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import tiny

from pisces.precision import PRECISIONS
from pisces.runs import archive
from pisces.runs.kinds import (
    CONTROL,
    JUMPING,
    KINDS,
    LQR,
    counted,
    counted_by,
    kind_of,
    precision_of,
    variants,
)
from pisces.runs.making import make

CONFIGS = {JUMPING: tiny.run_config(), LQR: tiny.lqr_config(), CONTROL: tiny.control_config(num_updates=2)}


@pytest.fixture(scope="module", params=KINDS.values(), ids=KINDS)
def made(request):
    """A kind, and a result of it."""
    if request.param is CONTROL:
        request.getfixturevalue("rendering")
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


SINGLE, MIXED = variants(tiny.run_config()).values()


def runs_of(config, seeds):
    return [SimpleNamespace(config=config, seed=seed) for seed in seeds]


def chosen(*runs):
    return {run.seed: run.config.precision for run in counted(runs, (SINGLE, MIXED))}


def test_a_configuration_has_a_variant_for_each_precision_and_is_one_of_them():
    assert (SINGLE.precision, MIXED.precision) == ("float32", "mixed_bfloat16")
    assert dataclasses.replace(SINGLE, precision=MIXED.precision) == MIXED
    assert list(variants(MIXED)) == list(variants(SINGLE)) == [SINGLE.precision, MIXED.precision]
    assert [precision_of(config) for config in (SINGLE, MIXED)] == ["float32", "mixed_bfloat16"]
    system = tiny.lqr_config()
    assert variants(system) == {"float64": system} and precision_of(system) == "float64"


def test_runs_of_either_precision_count_in_the_order_of_the_seeds():
    found = chosen(*runs_of(SINGLE, [3, 0]), *runs_of(MIXED, [1]), *runs_of(tiny.lqr_config(), [7]))
    assert list(found.items()) == [(0, "float32"), (1, "mixed_bfloat16"), (3, "float32")]


def test_of_a_seed_in_both_precisions_that_counts_which_more_runs_have_and_bfloat16_of_equally_many():
    equal = [*runs_of(MIXED, [0, 1]), *runs_of(SINGLE, [1, 2])]
    expected = {0: "mixed_bfloat16", 1: "mixed_bfloat16", 2: "float32"}
    assert chosen(*equal) == chosen(*reversed(equal)) == expected
    assert chosen(*equal, *runs_of(SINGLE, [3]))[1] == "float32"


def test_runs_are_grouped_by_what_they_have_in_common_and_counted_there():
    other = tiny.run_config(method="other")
    runs = [SimpleNamespace(config=one, seed=seed) for one, seed in ((SINGLE, 2), (other, 2), (MIXED, 1))]
    found = counted_by(runs, lambda run: run.config.method)
    assert {method: [run.seed for run in group] for method, group in found.items()} == {
        SINGLE.method: [1, 2],
        "other": [2],
    }
    longer = SimpleNamespace(config=dataclasses.replace(SINGLE, num_updates=99), seed=0)
    with pytest.raises(ValueError, match="^runs of tiny-wide have several settings; they must have the same"):
        counted_by([*runs, longer], lambda run: run.config.method)


def test_a_seed_twice_in_one_precision_is_refused():
    with pytest.raises(ValueError, match="^runs have seed 2 of tiny twice; each must be there once$"):
        chosen(*runs_of(MIXED, [2]), *runs_of(SINGLE, [2]), *runs_of(MIXED, [2]))


def test_committed_runs_have_each_precision():
    runs = archive.known()
    assert {precision_of(run.config) for run in runs.values()} == {*PRECISIONS, "float64"}
