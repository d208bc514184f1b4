"""What does a policy see? Bodies before a background, and the frames of three decisions together."""

from collections.abc import Sequence

import numpy as np

NUM_STACKED = 3
"""Frames in an observation (Agarwal et al., 2021, App. I)."""


def composite(bodies: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Puts a background wherever no body is.

    Args:
        bodies: uint8 `[S, S, 3]`, black exactly where no body is.
        background: uint8 `[S, S, 3]`.

    Returns:
        uint8 `[S, S, 3]`: the background where all three colours of `bodies` are 0, and `bodies` elsewhere.
    """
    return np.where(bodies.any(axis=-1, keepdims=True), bodies, background)


def stack_frames(frames: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Stacks frames on the last axis: the input of a policy.

    Args:
        frames: Those of an episode so far, each uint8 `[S, S, 3]`, the newest last; at least one. Only the
            last three count. Where there are fewer, the first one stands for those before it.

    Returns:
        uint8 `[S, S, 9]`, the oldest frame first.
    """
    newest = list(frames[-NUM_STACKED:])
    return np.concatenate(newest[:1] * (NUM_STACKED - len(newest)) + newest, axis=-1)
