"""What if foreign pictures lie over what is seen? A remedy for backgrounds without a metric or an expert.

Critics and actor learn from both, plain and overlaid views. The targets of the critics come from plain ones,
and what the actor does is judged before plain ones.

Source: Almuzairee et al. (2024), A recipe for unbounded data augmentation in visual reinforcement learning
(SADA), after Hansen et al. (2021), Stabilizing deep Q-learning with ConvNets and vision transformers under
data augmentation (SVEA), whose actor sees plain views only; with procedural pictures in place of photographs.
Theirs lie still. Those that move are of this project.
"""

import functools

import numpy as np

from pisces.control.backgrounds import frame_index
from pisces.control.frames import NUM_STACKED
from pisces.control.textures import procedural_video

SEEDS = tuple(range(300, 330))
"""Of the procedural videos whose frames are laid over; none of `pisces.control.backgrounds.SEEDS`."""

_SCALE = 256


@functools.cache
def foreign_pictures(size: int, *, steps: int = 0) -> np.ndarray:
    """What is laid over stacks of frames, the oldest first.

    Args:
        size: Width and height in pixels, S.
        steps: Of control, between two frames of a stack: so far a video moves from one to the next. 0 lays
            the same frame over all of them.

    Returns:
        uint8 `[P, S, S, 9]`: a stack for each of the 1800 frames of the videos of `SEEDS`; of videos that
        move one for each direction, 3600.
    """
    videos = [procedural_video(seed, size) for seed in SEEDS]
    directions = (1, -1) if steps else (1,)
    return np.concatenate([_stacks(video, step * steps) for step in directions for video in videos])


def _stacks(video: np.ndarray, steps: int) -> np.ndarray:
    """A stack for each frame of a video that it may begin with: uint8 `[F, S, S, 9]`."""
    length = len(video)
    times = [
        [
            frame_index(place * abs(steps), start=start, direction=1 if steps >= 0 else -1, num_frames=length)
            for place in range(NUM_STACKED)
        ]
        for start in range(length)
    ]
    return np.concatenate([video[list(frames)] for frames in zip(*times, strict=True)], axis=-1)


def overlay(
    images: np.ndarray, pictures: np.ndarray, *, weight: float, generator: np.random.Generator
) -> np.ndarray:
    """Lays a stack of pictures over each stack of frames.

    Args:
        images: uint8 `[B, S, S, 9]`.
        pictures: uint8 `[P, S, S, 9]`, of which each image gets one at random.
        weight: Of the picture, in (0, 1), to the nearest 256th; the image has the rest.
        generator: Draws one integer for each image.

    Returns:
        uint8 `[B, S, S, 9]`.
    """
    chosen = pictures[generator.integers(len(pictures), size=len(images))]
    of_picture = round(_SCALE * weight)
    mixed = images.astype(np.uint16) * np.uint16(_SCALE - of_picture)
    mixed += chosen.astype(np.uint16) * np.uint16(of_picture)
    return (mixed // _SCALE).astype(np.uint8)


def overlaid_views(
    views: np.ndarray, *, weight: float, generator: np.random.Generator, steps: int = 0
) -> np.ndarray:
    """Views with foreign pictures over them, beside the plain ones.

    Args:
        views: uint8 `[B, M, S, S, 9]`.
        weight: Of the pictures, in (0, 1).
        generator: Draws one integer for each view.
        steps: As of `foreign_pictures`.

    Returns:
        uint8 `[B, 2 M, S, S, 9]`, the plain ones first.
    """
    images = views.reshape(-1, *views.shape[2:])
    pictures = foreign_pictures(views.shape[2], steps=steps)
    overlaid = overlay(images, pictures, weight=weight, generator=generator)
    return np.concatenate([views, overlaid.reshape(views.shape)], axis=1)
