"""What does a policy cost, and how does that change with its gain? Exactly, inside TensorFlow."""

from collections.abc import Callable

import tensorflow as tf

from pisces.lqr.system import System

_SETTLED, _LOST = 1e-9, 1e100


def differentiable_cost(system: System) -> Callable[[tf.Tensor], tf.Tensor]:
    """Cost of acting for ever, as `pisces.lqr.system.expected_cost`, for many gains at once.

    Its gradient is exact too: `2 ((R + B'PB) gain + B'PA) X`, where P holds the cost to go and X adds up the
    covariances of the states visited, each the solution of a Lyapunov equation.

    Args:
        system: The system.

    Returns:
        A function of gains, float64 `[..., m, n]`, to costs `[...]`. An unstable gain costs infinity, and
        so does one with an entry that is no number; their gradients are nan.

    Source: Fazel et al. (2018), lemma 1.
    """
    transition, control, state_cost, action_cost = (
        tf.constant(matrix, tf.float64)
        for matrix in (system.transition, system.control, system.state_cost, system.action_cost)
    )

    identity = tf.eye(len(system.transition), dtype=tf.float64)

    def cost(gain: tf.Tensor):
        closed_loop = transition + control @ gain
        step_cost = state_cost + tf.linalg.matmul(gain, action_cost @ gain, transpose_a=True)
        value, is_stable = discrete_lyapunov(tf.linalg.matrix_transpose(closed_loop), step_cost)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            visited, _ = discrete_lyapunov(closed_loop, identity)
            weighted = tf.linalg.matmul(control, value, transpose_a=True)
            slope = 2 * (action_cost @ gain + weighted @ closed_loop) @ visited
            scale = tf.where(is_stable, upstream, float("nan"))
            return tf.einsum("...,...ij->...ij", scale, slope)

        return tf.where(is_stable, tf.linalg.trace(value), float("inf")), gradient

    return tf.custom_gradient(cost)


def discrete_lyapunov(transition: tf.Tensor, constant: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Solves `X = transition X transition' + constant` by doubling the number of terms of its series.

    Args:
        transition: float64 `[..., n, n]`.
        constant: float64 `[..., n, n]`; leading axes broadcast.

    Returns:
        X, float64 `[..., n, n]`, and bool `[...]`, whether the series converges; X means nothing where it
        does not.

    Source: Smith (1968), SIAM Journal on Applied Mathematics 16.
    """

    def is_under_way(power: tf.Tensor, total: tf.Tensor) -> tf.Tensor:
        size = _size(power)
        return tf.reduce_any((size > _SETTLED) & (size < _LOST))

    def double(power: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return power @ power, total + power @ tf.linalg.matmul(total, power, transpose_b=True)

    total = tf.zeros_like(transition) + constant
    # 2^60 terms: a matrix that has not settled by then is orthogonal up to rounding.
    power, total = tf.while_loop(is_under_way, double, (transition, total), maximum_iterations=60)
    return total, _size(power) <= _SETTLED


def _size(matrix: tf.Tensor) -> tf.Tensor:
    return tf.reduce_max(tf.abs(matrix), axis=(-2, -1))
