"""How is a policy trained? Gradient descent on the exact cost in all training environments, and on more.

Whatever the number of distractors, the state has 20 numbers: what a policy does in an environment follows
from its first layer times the observation map, a small matrix, and so do the cost and what is added to it.
"""

import functools
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf
import tf_keras as keras

from pisces.learn.loss import contrastive_loss
from pisces.lqr.config import LQRConfig
from pisces.lqr.cost import differentiable_cost
from pisces.lqr.observation import Problem, generator, semi_orthogonal
from pisces.lqr.pairs import Pairs
from pisces.lqr.system import FloatArray

Loss = Callable[[], tf.Tensor]


class InstabilityError(ValueError):
    """Training left the policies that bring the state to rest: its learning rate is too large."""


def initial_layers(config: LQRConfig, seed: int) -> list[FloatArray]:
    """The layers that training begins with, the one that reads observations first.

    Args:
        config: Policy, sizes and scale.
        seed: That of the run.

    Returns:
        float64 matrices: one `[m, num_observed]`; or `[hidden_size, num_observed]` and `[m, hidden_size]`; or
        for an ensemble one `[m, num_observed]` for each training environment.
    """
    rng = generator(seed, "policy")
    num_observed, num_actions = config.num_states + config.num_distractors, config.num_states

    def layer(num_rows: int, num_columns: int) -> FloatArray:
        wide, narrow = max(num_rows, num_columns), min(num_rows, num_columns)
        matrix = semi_orthogonal((wide, narrow), entries="gaussian", rng=rng)
        return config.initial_scale * (matrix if num_rows == wide else matrix.T)

    if config.policy == "two-layer":
        assert config.hidden_size is not None
        return [layer(config.hidden_size, num_observed), layer(num_actions, config.hidden_size)]
    return [
        layer(num_actions, num_observed)
        for _ in range(config.num_training if config.policy == "ensemble" else 1)
    ]


def policy_matrix(config: LQRConfig, layers: list[FloatArray]) -> FloatArray:
    """The policy that layers make up: float64 `[m, num_observed]`, with actions `policy @ observation`."""
    if config.policy == "two-layer":
        return layers[1] @ layers[0]
    return np.mean(layers, axis=0)


def train(
    config: LQRConfig, problem: Problem, pairs: Pairs | None, layers: list[FloatArray]
) -> Iterator[tuple[int, list[FloatArray]]]:
    """Trains a policy.

    Args:
        config: The method and its settings.
        problem: Whose training environments to train in.
        pairs: What to aggregate; None without an aggregation.
        layers: What to begin with; see `initial_layers`.

    Yields:
        After each `report_interval` steps, and at the end: steps taken, and the layers.

    Raises:
        InstabilityError: If training leaves the stable policies, because the learning rate is too large.
    """
    if config.optimizer == "sgd" and config.l1_weight == 0:
        yield from _train_in_span(config, problem, pairs, layers)
    else:
        yield from _train(config, problem, problem.training, pairs, layers)


def _train_in_span(
    config: LQRConfig, problem: Problem, pairs: Pairs | None, layers: list[FloatArray]
) -> Iterator[tuple[int, list[FloatArray]]]:
    """`train` where every change of a first layer lies in the span of the training observations.

    It does with plain gradient descent, unless a penalty looks at single entries. In an orthonormal basis of
    that span the same descent has as few columns as the environments have states in all.
    """
    basis, _ = np.linalg.qr(np.concatenate(problem.training, axis=1))
    num_first = 1 if config.policy == "two-layer" else len(layers)
    first, others = layers[:num_first], layers[num_first:]
    small = [layer @ basis for layer in first]
    for step, trained in _train(config, problem, basis.T @ problem.training, pairs, small + others):
        lifted = [
            whole + (after - before) @ basis.T
            for whole, before, after in zip(first, small, trained[:num_first], strict=True)
        ]
        yield step, lifted + trained[num_first:]


def _train(
    config: LQRConfig, problem: Problem, maps: FloatArray, pairs: Pairs | None, layers: list[FloatArray]
) -> Iterator[tuple[int, list[FloatArray]]]:
    """`train` with given observation maps `[num_training, num_observed, n]`."""
    variables = [tf.Variable(tf.constant(layer)) for layer in layers]
    players = [
        (loss, own, _optimizer(config)) for loss, own in _players(config, problem, maps, pairs, variables)
    ]

    for _, own, optimizer in players:  # by themselves: a function that makes variables is traced twice
        optimizer._create_all_weights(own)

    def step() -> tf.Tensor:
        losses = []
        for loss, own, optimizer in players:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(own)
                losses.append(loss())
            optimizer.apply_gradients(zip(tape.gradient(losses[-1], own), own, strict=True))
        return tf.add_n(losses)

    def take(num_steps: tf.Tensor) -> tf.Tensor:
        loss = tf.zeros((), tf.float64)
        for _ in tf.range(num_steps):
            loss = step()
        return loss

    # TensorFlow would take the graphs of several runs for one that it makes again and again, and warn.
    take = tf.function(take).get_concrete_function(tf.TensorSpec([], tf.int32))
    num_taken = 0
    while num_taken < config.num_steps:
        num_next = min(config.report_interval, config.num_steps - num_taken)
        loss = take(tf.constant(num_next))
        num_taken += num_next
        if not np.isfinite(loss):
            raise InstabilityError(
                f"learning_rate is {config.learning_rate}; it must be smaller: the policy became unstable "
                f"before step {num_taken}"
            )
        yield num_taken, [variable.numpy() for variable in variables]


def _players(
    config: LQRConfig,
    problem: Problem,
    maps: FloatArray,
    pairs: Pairs | None,
    variables: list[tf.Variable],
) -> Iterator[tuple[Loss, list[tf.Variable]]]:
    """Who moves in turn in a step of training: a loss, and the variables that are moved to lower it."""
    cost = differentiable_cost(problem.system)
    # One product with all maps side by side is faster than one for each.
    side_by_side = tf.constant(np.concatenate(maps, axis=1))
    num_training = len(maps)

    def seen(layer: tf.Tensor) -> tf.Tensor:
        """A first layer times each map: float64 `[num_training, rows, n]`."""
        return tf.stack(tf.split(layer @ side_by_side, num_training, axis=1))

    if config.policy == "ensemble":
        for index, own in enumerate(variables):
            yield functools.partial(_own_cost, cost, tf.constant(maps[index]), variables), [own]
        return

    def loss() -> tf.Tensor:
        features = seen(variables[0])
        gain = variables[1] @ features if config.policy == "two-layer" else features
        total = tf.reduce_sum(cost(gain))
        if config.l1_weight > 0:
            policy = variables[1] @ variables[0] if config.policy == "two-layer" else variables[0]
            total += config.l1_weight * tf.reduce_sum(tf.abs(policy))
        if config.aggregation is not None:
            assert pairs is not None
            total += config.aggregation_weight * aggregation_loss(config, pairs, features)
        return total

    yield loss, variables


def _own_cost(
    cost: Callable[[tf.Tensor], tf.Tensor], observation_map: tf.Tensor, members: list[tf.Variable]
) -> tf.Tensor:
    """Cost of the mean of an ensemble in one environment."""
    return cost(tf.add_n(members) / len(members) @ observation_map)


def aggregation_loss(config: LQRConfig, pairs: Pairs, features: tf.Tensor) -> tf.Tensor:
    """How far features are apart that should be together.

    Args:
        config: Which loss, and its settings.
        pairs: Observations of the first two training environments, and their distances.
        features: float64 `[num_training, hidden_size, n]`, the first layer times each observation map.

    Returns:
        float64 scalar: the mean over pairs of the squared Euclidean distance between features, or the
        contrastive loss of all observations that were visited.

    Source: Agarwal et al. (2021), App. H; eq. 4 for the contrastive loss.
    """
    embedding_x = tf.constant(pairs.state_x) @ tf.linalg.matrix_transpose(features[0])
    embedding_y = tf.constant(pairs.state_y) @ tf.linalg.matrix_transpose(features[1])
    if config.aggregation == "cme":
        assert config.inverse_temperature is not None
        return contrastive_loss(
            embedding_x,
            embedding_y,
            tf.constant(pairs.distance),
            inverse_temperature=config.inverse_temperature,
            affinity_scale=config.affinity_scale,
        )
    difference = tf.gather(embedding_x, pairs.index_x) - tf.gather(embedding_y, pairs.index_y)
    return tf.reduce_mean(tf.reduce_sum(difference**2, axis=-1))


def _optimizer(config: LQRConfig) -> keras.optimizers.legacy.Optimizer:
    kinds = {"adam": keras.optimizers.legacy.Adam, "sgd": keras.optimizers.legacy.SGD}
    return kinds[config.optimizer](config.learning_rate)
