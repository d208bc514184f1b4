"""What if foreign pictures lie over what is seen? A remedy for backgrounds without a metric or an expert.

Critics and actor learn from both, plain and overlaid views. The targets of the critics come from plain ones,
and what the actor does is judged before plain ones.

Source: Almuzairee et al. (2024), A recipe for unbounded data augmentation in visual reinforcement learning
(SADA), after Hansen et al. (2021), Stabilizing deep Q-learning with ConvNets and vision transformers under
data augmentation (SVEA), whose actor sees plain views only; with procedural pictures in place of photographs.
"""

import functools

import numpy as np

from pisces.control.frames import NUM_STACKED
from pisces.control.textures import procedural_video

SEEDS = tuple(range(300, 330))
"""Of the procedural videos whose frames are laid over; none of `pisces.control.backgrounds.SEEDS`."""

_SCALE = 256


@functools.cache
def foreign_pictures(size: int) -> np.ndarray:
    """The frames of the videos of `SEEDS`: uint8 `[1800, size, size, 3]`."""
    return np.concatenate([procedural_video(seed, size) for seed in SEEDS])


def overlay(
    images: np.ndarray, pictures: np.ndarray, *, weight: float, generator: np.random.Generator
) -> np.ndarray:
    """Lays a picture over each image, the same over all of its stacked frames.

    Args:
        images: uint8 `[B, S, S, 9]`.
        pictures: uint8 `[P, S, S, 3]`, of which each image gets one at random.
        weight: Of the picture, in (0, 1), to the nearest 256th; the image has the rest.
        generator: Draws one integer for each image.

    Returns:
        uint8 `[B, S, S, 9]`.
    """
    chosen = pictures[generator.integers(len(pictures), size=len(images))]
    of_picture = round(_SCALE * weight)
    mixed = images.astype(np.uint16) * np.uint16(_SCALE - of_picture)
    mixed += np.tile(chosen.astype(np.uint16) * np.uint16(of_picture), NUM_STACKED)
    return (mixed // _SCALE).astype(np.uint8)


def overlaid_views(views: np.ndarray, *, weight: float, generator: np.random.Generator) -> np.ndarray:
    """Views with foreign pictures over them, beside the plain ones.

    Args:
        views: uint8 `[B, M, S, S, 9]`.
        weight: Of the pictures, in (0, 1).
        generator: Draws one integer for each view.

    Returns:
        uint8 `[B, 2 M, S, S, 9]`, the plain ones first.
    """
    images = views.reshape(-1, *views.shape[2:])
    overlaid = overlay(images, foreign_pictures(views.shape[2]), weight=weight, generator=generator)
    return np.concatenate([views, overlaid.reshape(views.shape)], axis=1)
