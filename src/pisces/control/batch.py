"""What does an update take, and what does it tell? Arrays or tensors, by name."""

import typing


class Experience(typing.NamedTuple):
    """Transitions as an update sees them.

    Attributes:
        pixels: uint8 `[B, M, S, S, 9]`, M views of what was seen before the decision.
        action: float32 `[B, A]`.
        reward: float32 `[B]`.
        discount: float32 `[B]`, 0 after a terminal state, 1 otherwise.
        next_pixels: uint8 `[B, K, S, S, 9]`, K views of what was seen after it.
    """

    pixels: typing.Any
    action: typing.Any
    reward: typing.Any
    discount: typing.Any
    next_pixels: typing.Any


class PairBatch(typing.NamedTuple):
    """States of two episodes and the distances between them.

    Attributes:
        pixels_x: uint8 `[n, S, S, 9]`, the candidates.
        pixels_y: uint8 `[m, S, S, 9]`, the anchors.
        distance: float32 `[n, m]`.
    """

    pixels_x: typing.Any
    pixels_y: typing.Any
    distance: typing.Any


class Losses(typing.NamedTuple):
    """The terms of an update, float32 scalars.

    Attributes:
        critic: Squared errors of both critics, added.
        actor: Weighted log-density less the value; NaN in an update that is not the actor's.
        temperature: Of the weight of the entropy; NaN likewise.
        embedding: Before its weight; NaN where no pair was given.
        entropy: Estimate for the policy, in nats; NaN in an update that is not the actor's.
    """

    critic: typing.Any
    actor: typing.Any
    temperature: typing.Any
    embedding: typing.Any
    entropy: typing.Any
