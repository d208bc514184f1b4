import numpy as np
import pytest

from pisces.control.crops import random_crops


def images(*shape):
    return np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)


def test_a_view_is_a_window_of_the_picture_whose_edges_repeat():
    batch, padding = images(3, 5, 6, 2), 2
    views = random_crops(batch, num_crops=4, padding=padding, generator=np.random.default_rng(1))
    assert views.shape == (3, 4, 5, 6, 2) and views.dtype == np.uint8
    for image, of_image in zip(batch, views, strict=True):
        possible = [
            np.array(
                [
                    [image[np.clip(row + down, 0, 4), np.clip(column + right, 0, 5)] for column in range(6)]
                    for row in range(5)
                ]
            )
            for down in range(-padding, padding + 1)
            for right in range(-padding, padding + 1)
        ]
        for view in of_image:
            assert sum(np.array_equal(view, other) for other in possible) == 1


def test_every_move_comes_up_and_each_view_has_its_own():
    image = images(1, 4, 4, 1)
    views = random_crops(image, num_crops=500, padding=1, generator=np.random.default_rng(0))[0]
    found, counts = np.unique(views.reshape(500, -1), axis=0, return_counts=True)
    assert len(found) == 9
    assert counts.min() > 500 / 9 / 2


def test_the_generator_decides():
    batch = images(4, 6, 6, 3)
    one, same, other = (
        random_crops(batch, num_crops=2, padding=2, generator=np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_without_padding_nothing_moves():
    batch, generator = images(2, 4, 4, 3), np.random.default_rng(0)
    views = random_crops(batch, num_crops=3, padding=0, generator=generator)
    np.testing.assert_array_equal(views, np.stack([batch] * 3, axis=1))
    assert generator.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_crops": 0}, "num_crops is 0; it must be an integer of at least 1"),
        ({"padding": -1}, "padding is -1; it must be an integer of at least 0"),
    ],
)
def test_numbers_of_views_and_pixels_are_checked(change, message):
    settings = {"num_crops": 1, "padding": 1, "generator": np.random.default_rng(0)} | change
    with pytest.raises(ValueError, match=message):
        random_crops(images(1, 4, 4, 1), **settings)
