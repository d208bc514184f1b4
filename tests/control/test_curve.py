import numpy as np
import pytest

from pisces.control.batch import Losses
from pisces.control.curve import Curve

NAN = float("nan")


def noted(curve):
    curve.note_update(Losses(1.0, NAN, NAN, NAN, 2.0))
    curve.note_update(Losses(3.0, 5.0, NAN, NAN, NAN))
    curve.note_episode(7.0)
    curve.note_report(num_updates=2, num_decisions=9, held_out_return=np.array([1.0, 2.0]))
    curve.note_update(Losses(4.0, NAN, NAN, NAN, NAN))
    return curve


def test_a_report_has_the_means_of_the_losses_since_the_last_one():
    curve = noted(Curve(2))
    curve.note_report(num_updates=3, num_decisions=10, held_out_return=np.array([3.0, 4.0]))
    arrays = curve.arrays()
    assert curve.num_reports == 2
    np.testing.assert_array_equal(arrays["loss"], [[2, 5, NAN, NAN, 2], [4, NAN, NAN, NAN, NAN]])
    np.testing.assert_array_equal(arrays["num_updates"], [2, 3])
    np.testing.assert_array_equal(arrays["num_decisions"], [9, 10])
    np.testing.assert_array_equal(arrays["held_out_return"], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(arrays["training_return"], [7])


@pytest.mark.parametrize("begin", [lambda curve: curve, noted])
def test_a_curve_that_is_restored_goes_on_as_the_other_does(begin):
    curve, other = begin(Curve(2)), Curve(2)
    curve.seconds = 4.0
    other.restore(curve.state())
    for one in (curve, other):
        one.note_report(num_updates=4, num_decisions=11, held_out_return=np.zeros(2))
    assert other.seconds == 4.0
    for name, array in curve.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name])
