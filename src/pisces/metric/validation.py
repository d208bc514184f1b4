"""What counts as a valid array of rewards, costs, probabilities or actions, and what a caller is told if not.

Each function takes an argument's name and value, and returns the array in the form that the formulas expect
or raises a one-line `ValueError` with name, offence and what is allowed.
"""

import numbers

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pisces.checks import in_one_line

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Rows of probabilities often come from a float32 softmax.
PROBABILITY_TOLERANCE = 1e-5


def finite(name: str, value: ArrayLike, *, num_axes: int) -> FloatArray:
    """`value` as float64 `[...]` with at least `num_axes` axes, none of them empty, and finite entries."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {in_one_line(value)}; it must be an array of numbers") from None
    _check_axes(name, array, num_axes)
    is_finite = np.isfinite(array)
    if not is_finite.all():
        raise ValueError(f"{name} has {array[~is_finite][0]}; it must be finite")
    return array


def nonnegative(name: str, value: ArrayLike, *, num_axes: int) -> FloatArray:
    """`value` as float64 with at least `num_axes` axes and finite entries >= 0."""
    array = finite(name, value, num_axes=num_axes)
    if array.min() < 0.0:
        raise ValueError(f"{name} has {array.min()}; it must be at least 0")
    return array


def distributions(name: str, value: ArrayLike) -> FloatArray:
    """`value` as float64 `[..., n, A]` whose last axis holds probabilities, rescaled to sum to 1 exactly."""
    array = nonnegative(name, value, num_axes=2)
    total = array.sum(axis=-1, keepdims=True)
    off = np.abs(total - 1.0)
    if off.max() > PROBABILITY_TOLERANCE:
        raise ValueError(f"{name} has a row with sum {total.flat[off.argmax()]}; it must hold probabilities")
    return array / total


def integers(name: str, value: ArrayLike, *, num_axes: int) -> IntArray:
    """`value` as int64 with at least `num_axes` axes, none of them empty."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name} is {in_one_line(value)}; it must be an array of integers") from None
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} has dtype {array.dtype}; it must hold integers")
    _check_axes(name, array, num_axes)
    return array.astype(np.int64)


def indices(name: str, value: ArrayLike, *, num_axes: int, stop: int) -> IntArray:
    """`value` as int64 with at least `num_axes` axes and entries in [0, stop)."""
    array = integers(name, value, num_axes=num_axes)
    outside = (array < 0) | (array >= stop)
    if outside.any():
        raise ValueError(f"{name} has {array[outside][0]}; it must lie in [0, {stop})")
    return array


def check_shape(name: str, array: NDArray, shape: tuple[int, ...]) -> None:
    """Raises unless `array` has exactly this shape."""
    if array.shape != shape:
        raise ValueError(f"{name} has shape {list(array.shape)}; it must have {list(shape)}")


def check_discount(discount: float) -> None:
    """Raises unless `discount` lies in [0, 1)."""
    if not isinstance(discount, numbers.Real) or not 0.0 <= discount < 1.0:
        raise ValueError(f"discount is {in_one_line(discount)}; it must be a number in [0, 1)")


def check_positive(name: str, value: float) -> None:
    """Raises unless `value` is a finite number > 0."""
    if not isinstance(value, numbers.Real) or not 0.0 < value < np.inf:
        raise ValueError(f"{name} is {in_one_line(value)}; it must be a finite number above 0")


def _check_axes(name: str, array: NDArray, num_axes: int) -> None:
    if array.ndim < num_axes:
        raise ValueError(f"{name} has shape {list(array.shape)}; it must have at least {num_axes} axes")
    if array.size == 0:
        raise ValueError(f"{name} has shape {list(array.shape)}; it must not be empty")
