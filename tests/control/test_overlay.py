"""Foreign pictures over what is seen."""

import numpy as np

from pisces.control import backgrounds
from pisces.control.overlay import SEEDS, foreign_pictures, overlaid_views, overlay


def test_an_overlay_is_a_weighted_mean_with_one_picture_over_all_frames_of_an_image():
    generator = np.random.default_rng(0)
    images = generator.integers(256, size=(5, 4, 4, 9), dtype=np.uint8)
    pictures = generator.integers(256, size=(3, 4, 4, 3), dtype=np.uint8)
    found = overlay(images, pictures, weight=0.25, generator=np.random.default_rng(1))
    chosen = np.random.default_rng(1).integers(3, size=5)
    for image, picture, mixed in zip(images, pictures[chosen], found, strict=True):
        for frame in range(3):
            channels = slice(3 * frame, 3 * frame + 3)
            expected = 0.75 * image[..., channels] + 0.25 * picture
            np.testing.assert_array_equal(mixed[..., channels], np.floor(expected))
    assert (found.dtype, len(set(chosen))) == (np.uint8, 3)


def test_the_brightest_does_not_overflow():
    white = np.full((1, 2, 2, 9), 255, np.uint8)
    for weight in (0.001, 0.5, 0.999):
        found = overlay(white, white[..., :3], weight=weight, generator=np.random.default_rng(0))
        np.testing.assert_array_equal(found, white)


def test_each_view_of_an_image_gets_a_picture_of_its_own():
    views = np.random.default_rng(0).integers(256, size=(3, 2, 16, 16, 9), dtype=np.uint8)
    found = overlaid_views(views, weight=0.5, generator=np.random.default_rng(1))
    np.testing.assert_array_equal(found[:, :2], views)
    laid_over = 2 * found[:, 2:].astype(int) - views
    chosen = foreign_pictures(16)[np.random.default_rng(1).integers(1800, size=6)]
    expected = np.tile(chosen, 3).reshape(views.shape).astype(int)
    assert np.abs(laid_over - expected).max() <= 1
    assert len({picture.tobytes() for picture in chosen}) == 6


def test_foreign_pictures_are_of_videos_that_nothing_else_shows():
    assert not set(SEEDS) & {seed for seeds in backgrounds.SEEDS.values() for seed in seeds}
    pictures = foreign_pictures(16)
    assert pictures.shape == (1800, 16, 16, 3) and pictures.dtype == np.uint8
    np.testing.assert_array_equal(pictures[60:120], backgrounds.procedural_video(SEEDS[1], 16))
