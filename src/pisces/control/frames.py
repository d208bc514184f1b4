"""What does a policy see? Bodies before a background, and the frames of three decisions together."""

from collections.abc import Sequence

import numpy as np

NUM_STACKED = 3
"""Frames in an observation (Agarwal et al., 2021, App. I)."""


def composite(bodies: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Puts a background wherever no body is.

    Args:
        bodies: uint8 `[k S, k S, 3]`, black exactly where no body is; k is 1 or more.
        background: uint8 `[S, S, 3]`.

    Returns:
        uint8 `[S, S, 3]`: the mean of k x k pixels of `bodies`, the background in place of those of which all
        three colours are 0.
    """
    is_body, size = bodies.any(axis=-1, keepdims=True), len(background)
    factor = len(bodies) // size
    if factor == 1:
        return np.where(is_body, bodies, background)
    blocks = (size, factor, size, factor, -1)
    total = bodies.reshape(blocks).sum(axis=(1, 3), dtype=np.float32)
    num_free = factor**2 - is_body.reshape(blocks).sum(axis=(1, 3), dtype=np.float32)
    return np.rint((total + num_free * background) / factor**2).astype(np.uint8)


def stacked_times(time: np.ndarray | int) -> np.ndarray:
    """Which frames of an episode make an observation: those of three decisions, the first one for any before.

    Args:
        time: int `[...]`, the number of decisions before the observation, at least 0.

    Returns:
        int `[..., 3]`, the oldest first.
    """
    return np.maximum(np.asarray(time)[..., None] + np.arange(1 - NUM_STACKED, 1), 0)


def stack_frames(frames: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Stacks frames on the last axis: the input of a policy.

    Args:
        frames: Those of an episode so far, each uint8 `[S, S, 3]`, the newest last; at least one. Only the
            last three count. Where there are fewer, the first one stands for those before it.

    Returns:
        uint8 `[S, S, 9]`, the oldest frame first.
    """
    return np.concatenate([frames[time] for time in stacked_times(len(frames) - 1)], axis=-1)


def gather_stacks(frames: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Stacks of frames that are kept one by one.

    Args:
        frames: uint8 `[N, S, S, 3]`.
        index: int `[B, 3]`, which frames each observation is made of, the oldest first.

    Returns:
        uint8 `[B, S, S, 9]`.
    """
    num_colors = frames.shape[-1]
    stacks = np.empty((len(index), *frames.shape[1:3], NUM_STACKED * num_colors), frames.dtype)
    for place in range(NUM_STACKED):
        chosen = frames[index[:, place]]
        for color in range(num_colors):  # one after the other takes half the time of all together
            stacks[..., place * num_colors + color] = chosen[..., color]
    return stacks
