"""Foreign pictures over what is seen."""

import numpy as np

from pisces.control import backgrounds
from pisces.control.overlay import SEEDS, foreign_pictures, overlaid_views, overlay


def test_an_overlay_is_a_weighted_mean_with_a_stack_of_pictures_for_each_image():
    generator = np.random.default_rng(0)
    images = generator.integers(256, size=(5, 4, 4, 9), dtype=np.uint8)
    pictures = generator.integers(256, size=(3, 4, 4, 9), dtype=np.uint8)
    found = overlay(images, pictures, weight=0.25, generator=np.random.default_rng(1))
    chosen = np.random.default_rng(1).integers(3, size=5)
    for image, picture, mixed in zip(images, pictures[chosen], found, strict=True):
        np.testing.assert_array_equal(mixed, np.floor(0.75 * image + 0.25 * picture))
    assert (found.dtype, len(set(chosen))) == (np.uint8, 3)


def test_the_brightest_does_not_overflow():
    white = np.full((1, 2, 2, 9), 255, np.uint8)
    for weight in (0.001, 0.5, 0.999):
        found = overlay(white, white, weight=weight, generator=np.random.default_rng(0))
        np.testing.assert_array_equal(found, white)


def test_each_view_of_an_image_gets_a_picture_of_its_own():
    views = np.random.default_rng(0).integers(256, size=(3, 2, 16, 16, 9), dtype=np.uint8)
    found = overlaid_views(views, weight=0.5, generator=np.random.default_rng(1))
    np.testing.assert_array_equal(found[:, :2], views)
    laid_over = 2 * found[:, 2:].astype(int) - views
    chosen = foreign_pictures(16)[np.random.default_rng(1).integers(1800, size=6)]
    expected = chosen.reshape(views.shape).astype(int)
    assert np.abs(laid_over - expected).max() <= 1
    assert len({picture.tobytes() for picture in chosen}) == 6


def test_foreign_pictures_are_of_videos_that_nothing_else_shows():
    assert not set(SEEDS) & {seed for seeds in backgrounds.SEEDS.values() for seed in seeds}
    pictures = foreign_pictures(16)
    assert pictures.shape == (1800, 16, 16, 9) and pictures.dtype == np.uint8
    video = backgrounds.procedural_video(SEEDS[1], 16)
    np.testing.assert_array_equal(pictures[60:120], np.tile(video, 3))


def test_pictures_that_move_do_so_as_a_video_behind_the_bodies():
    pictures = foreign_pictures(16, steps=8).reshape(2, len(SEEDS), 60, 16, 16, 3, 3)
    video = backgrounds.procedural_video(SEEDS[2], 16)
    for direction, start, expected in (
        (0, 20, [20, 28, 36]),
        (1, 20, [20, 12, 4]),
        (0, 50, [50, 58, 52]),  # there and back
        (1, 5, [5, 3, 11]),
    ):
        frames = np.moveaxis(pictures[direction, 2, start], 2, 0)
        np.testing.assert_array_equal(frames, video[expected])
