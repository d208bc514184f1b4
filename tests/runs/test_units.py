"""A score is written down as its unit says, and so is what is no finite number."""

import math

import pytest

from pisces.runs.units import GAP, SHARE, UNITS


@pytest.mark.parametrize(
    ("unit", "score", "sign", "text"),
    [
        (SHARE, 0.9064, "", "90.6"),
        (SHARE, 0.0312, "+", "+3.1"),
        (SHARE, -0.0312, "+", "−3.1"),
        (SHARE, -0.0001, "", "0.0"),
        (GAP, 28.1572, "", "28.16"),
        (GAP, 1.0, "", "1.00"),
        (GAP, 0.00191, "", "0.0019"),
        (GAP, -0.25, "+", "−0.25"),
        (GAP, 0.0, "", "0.00"),
        (GAP, math.inf, "", "∞"),
        (GAP, math.nan, "", "–"),
    ],
)
def test_a_score_has_the_factor_and_the_digits_of_its_unit(unit, score, sign, text):
    assert unit.text(score, sign=sign) == text


def test_units_are_found_by_their_names():
    assert all(UNITS[unit.name] is unit for unit in (SHARE, GAP))
