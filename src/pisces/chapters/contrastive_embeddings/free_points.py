"""What does an embedding loss ask for? Gradient descent on free points, without a network in between.

Each state of two demonstrations is a point of its own, so that what is seen is the loss alone: which points
it pulls together, which it pushes apart, and what it gives up.
"""

import typing
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray


class Descent(typing.NamedTuple):
    """The points after each of K updates, their start included.

    Attributes:
        embedding_x: float64 `[K + 1, n, D]`.
        embedding_y: float64 `[K + 1, m, D]`.
        loss: float64 `[K + 1]`.
    """

    embedding_x: NDArray
    embedding_y: NDArray
    loss: NDArray

    @property
    def cosine(self) -> NDArray:
        """Cosines between the points of x and y at the end, float64 `[n, m]`."""
        return _unit(self.embedding_x[-1]) @ _unit(self.embedding_y[-1]).T

    @property
    def euclidean(self) -> NDArray:
        """Euclidean distances between the points of x and y at the end, float64 `[n, m]`."""
        return np.linalg.norm(self.embedding_x[-1][:, None] - self.embedding_y[-1][None], axis=-1)


def descend(
    loss: Callable[..., tf.Tensor],
    distance: ArrayLike,
    *,
    size: int,
    num_updates: int,
    seed: int,
    learning_rate: float = 0.1,
    **settings: float | None,
) -> Descent:
    """Moves the points of two demonstrations down the gradient of an embedding loss.

    They start at length 1 in uniformly distributed directions.

    Args:
        loss: `(embedding_x [n, D], embedding_y [m, D], distance [n, m]) -> scalar`; see `pisces.learn.loss`.
        distance: float `[n, m]`, >= 0.
        size: Number D >= 1 of coordinates of a point.
        num_updates: K >= 0.
        seed: Non-negative integer; draws the start.
        learning_rate: Step per unit of gradient and per point of y, > 0: the losses are means over the m
            points of y, which would let the points of a long demonstration move more slowly.
        **settings: Keywords of the loss.

    Returns:
        The path of every point, in float64.

    Raises:
        ValueError: If `distance` has another shape or a setting is outside its range.
    """
    for name, value, least in (("size", size, 1), ("num_updates", num_updates, 0)):
        if value < least:
            raise ValueError(f"{name} is {value}; it must be at least {least}")
    if learning_rate <= 0:
        raise ValueError(f"learning_rate is {learning_rate}; it must be above 0")
    distance = np.asarray(distance, np.float64)
    if distance.ndim != 2 or not distance.size:
        raise ValueError(f"distance has shape {distance.shape}; it must be [n, m]")
    num_x, num_y = distance.shape

    @tf.function
    def value_and_slopes(embedding_x, embedding_y):
        with tf.GradientTape() as tape:
            tape.watch((embedding_x, embedding_y))
            value = loss(embedding_x, embedding_y, distance, **settings)
        return value, *tape.gradient(value, (embedding_x, embedding_y))

    start = _unit(np.random.default_rng(seed).normal(size=(num_x + num_y, size)))
    points = [start[:num_x], start[num_x:]]
    path_x, path_y, values = [], [], []
    for _ in range(num_updates + 1):
        path_x.append(points[0])
        path_y.append(points[1])
        value, *slopes = map(np.asarray, value_and_slopes(*map(tf.constant, points)))
        values.append(value)
        points = [part - learning_rate * num_y * slope for part, slope in zip(points, slopes, strict=True)]
    return Descent(np.stack(path_x), np.stack(path_y), np.array(values))


def _unit(points: NDArray) -> NDArray:
    return points / np.linalg.norm(points, axis=-1, keepdims=True)
