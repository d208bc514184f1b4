"""What counts as a valid array of rewards, costs, probabilities or actions, and what a caller is told if not.

Each function takes an argument's name and value, and returns the array in the form that the formulas expect
or raises a one-line `ValueError` with name, offence and what is allowed.
"""

import numbers
import reprlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Rows of probabilities often come from a float32 softmax.
PROBABILITY_TOLERANCE = 1e-5


def finite(name: str, value: ArrayLike, *, num_axes: int) -> FloatArray:
    """`value` as float64 `[...]` with at least `num_axes` axes, none of them empty, and finite entries."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of numbers, got {reprlib.repr(value)}") from None
    _check_axes(name, array, num_axes)
    is_finite = np.isfinite(array)
    if not is_finite.all():
        raise ValueError(f"{name} must be finite, got {array[~is_finite][0]}")
    return array


def nonnegative(name: str, value: ArrayLike, *, num_axes: int) -> FloatArray:
    """`value` as float64 with at least `num_axes` axes and finite entries >= 0."""
    array = finite(name, value, num_axes=num_axes)
    if array.min() < 0.0:
        raise ValueError(f"{name} must be >= 0, got {array.min()}")
    return array


def distributions(name: str, value: ArrayLike) -> FloatArray:
    """`value` as float64 `[..., n, A]` whose last axis holds probabilities, rescaled to sum to 1 exactly."""
    array = nonnegative(name, value, num_axes=2)
    total = array.sum(axis=-1, keepdims=True)
    off = np.abs(total - 1.0)
    if off.max() > PROBABILITY_TOLERANCE:
        raise ValueError(f"{name} must hold probabilities, got a sum of {total.flat[off.argmax()]}")
    return array / total


def integers(name: str, value: ArrayLike, *, num_axes: int) -> IntArray:
    """`value` as int64 with at least `num_axes` axes, none of them empty."""
    array = np.asarray(value)
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be integer, got dtype {array.dtype}")
    _check_axes(name, array, num_axes)
    return array.astype(np.int64)


def indices(name: str, value: ArrayLike, *, num_axes: int, stop: int) -> IntArray:
    """`value` as int64 with at least `num_axes` axes and entries in [0, stop)."""
    array = integers(name, value, num_axes=num_axes)
    outside = (array < 0) | (array >= stop)
    if outside.any():
        raise ValueError(f"{name} must lie in [0, {stop}), got {array[outside][0]}")
    return array


def check_shape(name: str, array: NDArray, shape: tuple[int, ...]) -> None:
    """Raises unless `array` has exactly this shape."""
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {list(shape)}, got {list(array.shape)}")


def check_discount(discount: float) -> None:
    """Raises unless `discount` lies in [0, 1)."""
    if not isinstance(discount, numbers.Real) or not 0.0 <= discount < 1.0:
        raise ValueError(f"discount must lie in [0, 1), got {discount!r}")


def check_positive(name: str, value: float) -> None:
    """Raises unless `value` is a finite number > 0."""
    if not isinstance(value, numbers.Real) or not 0.0 < value < np.inf:
        raise ValueError(f"{name} must be a finite number > 0, got {value!r}")


def _check_axes(name: str, array: NDArray, num_axes: int) -> None:
    if array.ndim < num_axes:
        raise ValueError(f"{name} must have at least {num_axes} axes, got shape {list(array.shape)}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {list(array.shape)}")
