"""What counts as a setting, and what is said of one that does not."""

import dataclasses
import json

import numpy as np
import pytest

from pisces.checks import (
    as_dictionary,
    checked,
    in_one_line,
    is_count,
    is_count_or_0,
    is_integer,
    is_none_or,
    is_positive,
    is_weight,
    require,
)
from pisces.jumping.presets import preset
from pisces.lqr.config import preset as lqr_preset


@dataclasses.dataclass(frozen=True)
class Setting:
    size: object = 1

    def __post_init__(self):
        require(self, "size", is_count, "an integer of at least 1")


@pytest.mark.parametrize("number", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_an_integer_of_any_package_is_one(number):
    assert is_integer(number) and is_count(number) and is_count_or_0(number)


@pytest.mark.parametrize("value", [True, False, np.True_, 3.0, np.float64(3), "3", None, np.array([3])])
def test_what_only_looks_like_an_integer_is_none(value):
    assert not is_integer(value) and not is_count(value) and not is_count_or_0(value)


def test_counts_begin_at_1_and_seeds_at_0():
    assert [is_count(number) for number in (-1, 0, 1)] == [False, False, True]
    assert [is_count_or_0(number) for number in (-1, 0, 1)] == [False, True, True]


@pytest.mark.parametrize("value", [True, "1", None, np.array([1.0]), float("nan"), float("inf"), -1.0])
def test_what_is_no_finite_number_is_neither_positive_nor_a_weight(value):
    assert not is_positive(value) and not is_weight(value)


def test_weights_may_be_0_and_positive_numbers_not():
    assert is_weight(0.0) and is_weight(np.float32(2.0)) and is_positive(np.float32(2.0))
    assert not is_positive(0.0)


@pytest.mark.parametrize(
    ("value", "kept"), [(np.int64(8), 8), (np.float32(0.5), 0.5), (np.float64(0.5), 0.5), ("a", "a")]
)
def test_numbers_are_kept_as_those_of_python(value, kept):
    found = checked("size", value, lambda _: True, "anything")
    assert found == kept and type(found) is type(kept)


def test_a_configuration_keeps_what_can_be_written():
    given = Setting(np.int64(8))
    assert type(given.size) is int and given == Setting(8)


def test_a_run_with_numbers_of_numpy_is_the_run_with_those_of_python():
    for config, lengths in (
        (preset("pse", grid="wide", reading="paper"), {"num_updates": 8, "batch_size": 16}),
        (lqr_preset("linear", num_distractors=30), {"num_steps": 8, "report_interval": 4}),
    ):
        ours = dataclasses.replace(config, **lengths, learning_rate=0.5)
        numpys = {name: np.int64(value) for name, value in lengths.items()}
        theirs = dataclasses.replace(config, **numpys, learning_rate=np.float32(0.5))
        assert json.dumps(theirs.to_dict()) == json.dumps(ours.to_dict())


@pytest.mark.parametrize(
    "is_allowed", [is_count, is_positive, lambda value: 0 <= value < 1, "ab".__contains__]
)
@pytest.mark.parametrize(
    "value", [np.full((5, 5), np.nan), np.array([0.5]), [[1, 2], [3, 4]], {"a": 1}, None]
)
def test_a_value_of_a_wrong_type_is_refused_in_one_short_line(is_allowed, value):
    with pytest.raises(ValueError, match="^size is .*; it must be allowed$") as refusal:
        checked("size", value, is_none_or(is_allowed) if value is not None else is_allowed, "allowed")
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 160


def test_a_value_is_shown_in_one_short_line_whatever_it_is():
    class Long:
        def __repr__(self):
            return "a line\n  and another\n" * 1000

    for value in (np.zeros((100, 100)), Long(), "x" * 1000, [Long()] * 100, {"a": Long()}):
        assert "\n" not in in_one_line(value) and len(in_one_line(value)) <= 100
    assert in_one_line(np.eye(2)) == "array([[1., 0.], [0., 1.]])"
    assert in_one_line(0.5) == "0.5" and in_one_line("a b") == "'a b'"


def test_settings_from_before_there_was_a_choice_are_written_as_they_were():
    @dataclasses.dataclass(frozen=True)
    class Whole:
        part: Setting
        margin: int = dataclasses.field(default=0, metadata={"since": "0.1"})

    assert as_dictionary(Whole(Setting(2))) == {"part": {"size": 2}}
    assert as_dictionary(Whole(Setting(2), margin=3)) == {"part": {"size": 2}, "margin": 3}
