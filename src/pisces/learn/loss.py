"""What is minimised? Imitation of the expert, and an embedding loss that carries a metric into the features.

Each embedding loss takes embeddings of two demonstrations and the distances between their states,
`(embedding_x [n, D], embedding_y [m, D], distance [n, m]) -> scalar`; its settings are keywords, to be fixed
with `functools.partial`. The agent only adds up what these functions return.
"""

import tensorflow as tf


def imitation_loss(logits: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
    """Cross-entropy of the expert's action.

    Args:
        logits: float32 `[B, A]`, unnormalised log-probabilities.
        action: int `[B]`, in `0..A-1`.

    Returns:
        float32 `[B]`, nats.
    """
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=action, logits=logits)


def weight_penalty(variables) -> tf.Tensor:
    """Mean over variables of `sum(w^2) / 2`: the l2 term of Agarwal et al. (2021), table G.3."""
    return tf.reduce_mean(tf.stack([tf.nn.l2_loss(variable) for variable in variables]))


def cosine_similarity(embedding_x: tf.Tensor, embedding_y: tf.Tensor) -> tf.Tensor:
    """Cosine of every pair of rows, float32 `[n, D]`, `[m, D]` -> `[n, m]` in [-1, 1]; 0 for a zero row."""
    unit_x = tf.math.l2_normalize(embedding_x, axis=-1)
    unit_y = tf.math.l2_normalize(embedding_y, axis=-1)
    return tf.linalg.matmul(unit_x, unit_y, transpose_b=True)


def contrastive_loss(
    embedding_x: tf.Tensor,
    embedding_y: tf.Tensor,
    distance: tf.Tensor,
    *,
    inverse_temperature: float,
    affinity_scale: float | None,
) -> tf.Tensor:
    r"""Contrastive metric embedding loss with the states of `y` as anchors.

    The positive of an anchor is its nearest state of `x` (the first one, if several are equally near), all
    other states of `x` are its negatives. With the coupling weights the positive counts by its affinity
    `Gamma = exp(-distance / affinity_scale)`, a negative by `1 - Gamma`. Everything is added up in
    logarithms, so that affinities of exactly 0 or 1 are safe.

    Args:
        embedding_x: float32 `[n, D]`.
        embedding_y: float32 `[m, D]`.
        distance: float32 `[n, m]`, >= 0.
        inverse_temperature: lambda > 0; the reference settings list its inverse, the temperature.
        affinity_scale: beta > 0; None leaves the coupling weights out (all are 1), as the released code does.

    Returns:
        float32 scalar, nats, the mean over anchors.

    Raises:
        ValueError: If `inverse_temperature` or `affinity_scale` is not above 0.

    Source: Agarwal et al. (2021), eq. 4.
    """
    if not inverse_temperature > 0:
        raise ValueError(f"inverse_temperature is {inverse_temperature}; it must be above 0")
    if affinity_scale is not None and not affinity_scale > 0:
        raise ValueError(f"affinity_scale is {affinity_scale}; it must be None or above 0")
    logit = inverse_temperature * cosine_similarity(embedding_x, embedding_y)
    positive_index = tf.argmin(distance, axis=0, output_type=tf.int32)
    is_positive = tf.equal(tf.range(tf.shape(distance)[0])[:, None], positive_index)
    if affinity_scale is None:
        log_affinity, log_repulsion = tf.zeros_like(logit), tf.zeros_like(logit)
    else:
        log_affinity, log_repulsion = _log_coupling(distance / affinity_scale)
    weighted_logit = logit + tf.where(is_positive, log_affinity, log_repulsion)
    positive = tf.reduce_sum(tf.where(is_positive, weighted_logit, 0.0), axis=0)
    return tf.reduce_mean(tf.reduce_logsumexp(weighted_logit, axis=0) - positive)


def symmetric_contrastive_loss(
    embedding_x: tf.Tensor,
    embedding_y: tf.Tensor,
    distance: tf.Tensor,
    *,
    inverse_temperature: float,
    affinity_scale: float | None,
) -> tf.Tensor:
    """`contrastive_loss` with anchors in `y`, plus the same with anchors in `x`, as in the released code.

    Arguments and unit are those of `contrastive_loss`.
    """
    settings = {"inverse_temperature": inverse_temperature, "affinity_scale": affinity_scale}
    anchors_in_y = contrastive_loss(embedding_x, embedding_y, distance, **settings)
    anchors_in_x = contrastive_loss(embedding_y, embedding_x, tf.transpose(distance), **settings)
    return anchors_in_y + anchors_in_x


def metric_embedding_loss(embedding_x: tf.Tensor, embedding_y: tf.Tensor, distance: tf.Tensor) -> tf.Tensor:
    """Mean squared gap between Euclidean distance of embeddings and `distance`.

    Args:
        embedding_x: float32 `[n, D]`.
        embedding_y: float32 `[m, D]`.
        distance: float32 `[n, m]`, >= 0.

    Returns:
        float32 scalar, squared units of `distance`.

    Source: Agarwal et al. (2021), App. E.
    """
    difference = embedding_x[:, None, :] - embedding_y[None, :, :]
    # The root has no finite slope at 0; the floor keeps the gradient of coinciding embeddings at 0.
    squared = tf.maximum(tf.reduce_sum(difference**2, axis=-1), 1e-12)
    return tf.reduce_mean((tf.sqrt(squared) - distance) ** 2)


def _log_coupling(scaled_distance: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """`log Gamma` and `log(1 - Gamma)` for `Gamma = exp(-scaled_distance)`; the latter is -inf at 0."""
    return -scaled_distance, tf.math.log(-tf.math.expm1(-scaled_distance))
