"""How does DrQ vary what it sees? It pads a picture at its edges and takes a random window of the old size.

The windows are NumPy slices: a gather for each image in TensorFlow takes many times as long.

Source: Kostrikov et al. (2021), Image augmentation is all you need, Sec. 3.
"""

import numpy as np

from pisces.checks import checked, is_count, is_count_or_0


def random_crops(
    images: np.ndarray, *, num_crops: int, padding: int, generator: np.random.Generator
) -> np.ndarray:
    """Moves images at random; what comes in at an edge repeats that edge.

    Args:
        images: uint8 `[B, H, W, C]`.
        num_crops: Views of each image, K, each moved by a draw of its own; at least 1.
        padding: Pixels by which a view is moved, at most, up or down and left or right; at least 0.
        generator: Draws two integers for each view, and none where `padding` is 0.

    Returns:
        uint8 `[B, K, H, W, C]`.

    Raises:
        ValueError: If a setting is outside its range.
    """
    checked("num_crops", num_crops, is_count, "an integer of at least 1")
    checked("padding", padding, is_count_or_0, "an integer of at least 0")
    if padding == 0:
        return np.repeat(images[:, None], num_crops, axis=1)
    height, width = images.shape[1:3]
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="edge")
    corners = generator.integers(2 * padding + 1, size=(len(images), num_crops, 2))
    views = np.empty((len(images), num_crops, *images.shape[1:]), images.dtype)
    for image, of_image, view in zip(padded, corners.tolist(), views, strict=True):
        for crop, (top, left) in enumerate(of_image):
            view[crop] = image[top : top + height, left : left + width]
    return views
